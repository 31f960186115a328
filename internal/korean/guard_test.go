package korean_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/internal/korean"
)

// TestNotThisOne: readings that lie near and must not be taken.
func TestNotThisOne(t *testing.T) {
	for _, c := range []struct{ why, text, kind, word string }{
		{"a word ends inside a syllable", "난", korean.HangulWord, "나"},
		{"half in one layout, half in the other", "사fkd", korean.HangulWord, "사랑"},
		{"three keys are too few", "dho", korean.QwertyHangul, "왜"},
		{"four letters are too few for a name", "maho", korean.KoreanName, "마호"},
		{"romanised surname, typed given name", "kimalswns", korean.KoreanName, "김민준"},
		{"a row of keys is no word for being jamo", "asdf", korean.QwertyHangul, "ㅁㄴㅇㄹ"},
		{"jamo were not typed in English", "ㄴㅏㄱㅜㄹㅡ", korean.QwertyHangul, "나구르"},
		{"nobody was born in 1905", "19050302", korean.KoreanBirthDate, "19050302"},
		{"a phrase goes on to its end", "사랑사랑사랑", korean.HangulWord, "사랑사랑"},
	} {
		for _, m := range korean.Matches([]rune(c.text)) {
			if m.Kind == c.kind && (m.Word == c.word || c.kind == korean.QwertyHangul) {
				t.Errorf("%s: %q has %v", c.why, c.text, m)
			}
		}
	}
}

// TestOnce: a word whose spellings agree is reported once.
func TestOnce(t *testing.T) {
	ms := korean.Matches([]rune("saranghae"))
	for i, m := range ms {
		if slices.Contains(ms[:i], m) {
			t.Errorf("%v comes twice", m)
		}
	}
}

// TestHeads bounds the work of putting phrases together.
func TestHeads(t *testing.T) {
	phrases := 0
	for _, m := range korean.Matches([]rune(strings.Repeat("사랑바보!", 25))) {
		if m.Word == "사랑바보" {
			phrases++
		}
	}
	if phrases != 16 {
		t.Errorf("%d phrases, want 16", phrases)
	}
}

func TestForeignersCheckDigit(t *testing.T) {
	for last := '0'; last <= '9'; last++ {
		_, _, ok := korean.ResidentNumber([]rune("99850302523456" + string(last)))
		if ok != (last == '3') {
			t.Errorf("check digit %c: %v", last, ok)
		}
	}
}

func TestShortSurnameOfALongOne(t *testing.T) {
	if family, given, ok := korean.SplitName("남궁"); family != "남" || given != "궁" || !ok {
		t.Errorf("%q, %q, %v", family, given, ok)
	}
}

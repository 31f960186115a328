package korean_test

import (
	"testing"

	"example.com/accountsec/internal/korean"
	"golang.org/x/text/unicode/norm"
)

func TestKeysAndCompose(t *testing.T) {
	for _, c := range []struct{ hangul, keys string }{
		{"안녕하세요", "dkssudgktpdy"}, {"비밀번호", "qlalfqjsgh"}, {"사랑해", "tkfkdgo"},
		{"대한민국", "eogksalsrnr"}, {"독도는우리땅", "ehrehsmsdnflEkd"}, {"김민준", "rlaalswns"},
		{"홍길동", "ghdrlfehd"}, {"괜찮아", "rhoscksgdk"}, {"값어치", "rkqtdjcl"}, {"각사", "rkrtk"},
		{"갃아", "rkrtdk"}, {"닭갈비", "ekfrrkfql"}, {"외워의", "dhldnjdml"}, {"쏘다", "Thek"}, {"없어", "djqtdj"},
		{"예쁘다", "dPQmek"}, {"얘기", "dOrl"}, {"읊조리다", "dmfvwhflek"}, {"핥다", "gkfxek"}, {"앉다", "dkswek"},
		{"훑어", "gnfxdj"}, {"밟다", "qkfqek"}, {"외곬", "dhlrhft"}, {"잃다", "dlfgek"}, {"삶", "tkfa"}, {"웬", "dnps"},
		{"위", "dnl"}, {"왜", "dho"}, {"갔다", "rkTek"}, {"밖", "qkR"}, {"많다", "aksgek"},
	} {
		if got := korean.Keys(c.hangul); got != c.keys {
			t.Errorf("Keys(%q) = %q, want %q", c.hangul, got, c.keys)
		}
		text, n, covered := korean.Compose([]rune(c.keys))
		if text != c.hangul || n != len([]rune(c.hangul)) || covered != len(c.keys) {
			t.Errorf("Compose(%q) = %q, %d, %d, want %q", c.keys, text, n, covered, c.hangul)
		}
	}
}

// TestEverySyllable types each of the 11,172 syllables, alone and between two
// that begin and end with a consonant, and reads it back.
func TestEverySyllable(t *testing.T) {
	for c := '가'; c <= '힣'; c++ {
		for _, s := range []string{string(c), "각" + string(c) + "나", "오" + string(c) + "아" + string(c)} {
			if got, _, _ := korean.Compose([]rune(korean.Keys(s))); got != s {
				t.Fatalf("%q comes back as %q", s, got)
			}
		}
	}
}

func TestComposeLeavesTheRest(t *testing.T) {
	for _, c := range []struct {
		keys, text         string
		syllables, covered int
	}{
		{"", "", 0, 0}, {"1234", "1234", 0, 0}, {"x", "x", 0, 0}, {"1tkfkd!", "1사랑!", 2, 5},
		{"DKSSUD", "안녕", 2, 6}, {"hello", "h디lo", 1, 2}, {"漢字", "漢字", 0, 0},
	} {
		text, n, covered := korean.Compose([]rune(c.keys))
		if text != c.text || n != c.syllables || covered != c.covered {
			t.Errorf("Compose(%q) = %q, %d, %d, want %q, %d, %d", c.keys, text, n, covered, c.text, c.syllables, c.covered)
		}
	}
}

func TestLatinKeys(t *testing.T) {
	for _, latin := range []string{"hello", "password", "iloveyou", "welcome", "qwerty", "Tell", "letmein1234", "monkey!"} {
		hangul := korean.Typed(latin)
		if got := korean.LatinKeys(hangul); got != latin {
			t.Errorf("%q shows %q, which reads back as %q", latin, hangul, got)
		}
	}
	if got := korean.Typed("hello"); got != "ㅗ디ㅣㅐ" {
		t.Errorf(`Typed("hello") = %q`, got)
	}
	if got := korean.LatinKeys("hello"); got != "" {
		t.Errorf("LatinKeys of Latin = %q", got)
	}
}

func TestPiecesOfSyllables(t *testing.T) {
	for _, text := range []string{"안녕", norm.NFD.String("안녕"), "ㅇㅏㄴㄴㅕㅇ"} {
		if got := korean.Keys(text); got != "dkssud" {
			t.Errorf("Keys(%+q) = %q", text, got)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("dkssudgktpdy")
	f.Add("사랑해1004")
	f.Add("ㅗ디ㅣㅐ\xff")
	f.Fuzz(func(t *testing.T, text string) {
		keys := []rune(text)
		composed, n, covered := korean.Compose(keys)
		if n < 0 || covered < 2*n || covered > len(keys) || len([]rune(composed)) > len(keys) {
			t.Fatalf("Compose(%q) = %q, %d, %d", text, composed, n, covered)
		}
		if got, _, _ := korean.Compose([]rune(korean.Keys(composed))); n > 0 && covered == len(keys) && got != composed {
			t.Fatalf("%q comes back as %q", composed, got)
		}
		if lat := korean.LatinKeys(text); len(lat) > 5*len(text) {
			t.Fatalf("LatinKeys(%q) grows to %d bytes", text, len(lat))
		}
	})
}

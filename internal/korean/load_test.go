package korean

import (
	"strings"
	"testing"
)

// TestLists: each list is well-formed, so that a slip in one is seen at once.
func TestLists(t *testing.T) {
	for name, data := range map[string]string{"words": wordData, "given": givenData} {
		seen := map[string]bool{}
		buckets(data, func(w string, _ float64) {
			if strings.ContainsFunc(w, func(c rune) bool { return !isSyllable(c) && !isJamo(c) }) {
				t.Errorf("%s: %q is not Hangul", name, w)
			}
			seen[w] = true
		})
		t.Logf("%s: %d", name, len(seen))
	}
	for name, data := range map[string]string{"latin": latinData, "english": englishData} {
		buckets(data, func(w string, _ float64) {
			if w != strings.ToLower(w) || strings.ContainsFunc(w, func(c rune) bool { return c >= 128 }) {
				t.Errorf("%s: %q", name, w)
			}
		})
	}
	n := 0
	for _, c := range strings.TrimSpace(syllableData) {
		if n++; !isSyllable(c) {
			t.Errorf("syllables: %q", c)
		}
	}
	if n < 1000 || n >= unranked {
		t.Errorf("%d syllables", n)
	}
	for _, s := range surnames() {
		if len(s.spellings) == 0 {
			t.Errorf("%s has no spelling", s.hangul)
		}
	}
	for line := range listLines(numberData) {
		digits, word, ok := strings.Cut(line, " ")
		if !ok || word == "" || strings.ContainsFunc(digits, func(c rune) bool { return !isDigit(c) }) {
			t.Errorf("numbers: %q", line)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load()
	}
}

// TestFull: what is found after the last place is let go.
func TestFull(t *testing.T) {
	f := finder{out: make([]Match, maxMatches)}
	f.pieces[scriptHangul] = make([]piece, maxMatches)
	f.reportRunes(0, 0, 1, HangulWord, "가")
	f.piece(scriptHangul, 0, 0, 1)
	if len(f.out) != maxMatches || len(f.pieces[scriptHangul]) != maxMatches {
		t.Errorf("%d matches, %d pieces", len(f.out), len(f.pieces[scriptHangul]))
	}
}

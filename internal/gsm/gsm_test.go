package gsm_test

import (
	"strings"
	"testing"

	"example.com/accountsec/internal/gsm"
)

func TestSegments(t *testing.T) {
	rep := strings.Repeat
	for name, c := range map[string]struct {
		text     string
		want     int
		sevenBit bool
	}{
		"empty":                                 {"", 1, true},
		"160 septets":                           {rep("a", 160), 1, true},
		"161 septets":                           {rep("a", 161), 2, true},
		"306 septets":                           {rep("a", 306), 2, true},
		"307 septets":                           {rep("a", 307), 3, true},
		"the tables' own":                       {"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\r\n", 1, true},
		"80 of the extension":                   {rep("€", 80), 1, true},
		"80 of the extension and one":           {rep("€", 80) + "a", 2, true},
		"every one of the extension":            {rep("^{}\\[~]|€\f", 8), 1, true},
		"an escape is not cut":                  {rep("a", 152) + "€" + rep("a", 151), 2, true},
		"an escape is not cut, and one more":    {rep("a", 152) + "€" + rep("a", 152), 3, true},
		"ten backticks are not in the alphabet": {rep("`", 10), 1, false},
		"the small cedilla is not":              {"ç" + rep("a", 69), 1, false},
		"70 hangul":                             {rep("가", 70), 1, false},
		"71 hangul":                             {rep("가", 71), 2, false},
		"134 hangul":                            {rep("가", 134), 2, false},
		"135 hangul":                            {rep("가", 135), 3, false},
		"one hangul among ASCII":                {"가" + rep("a", 70), 2, false},
		"35 pairs":                              {rep("😀", 35), 1, false},
		"36 pairs":                              {rep("😀", 36), 2, false},
		"a pair is not cut":                     {rep("가", 66) + "😀" + rep("가", 65), 2, false},
		"a pair is not cut, and one more":       {rep("가", 66) + "😀" + rep("가", 66), 3, false},
		"not UTF-8 counts as U+FFFD":            {"\xff", 1, false},
	} {
		if n, seven := gsm.Segments(c.text); n != c.want || seven != c.sevenBit {
			t.Errorf("%s: %d segments, 7-bit %v; want %d, %v", name, n, seven, c.want, c.sevenBit)
		}
	}
}

func TestKoreanBytes(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc\n": 4, "[Web발신]\n": 10, "예시샵 1": 8, "😀": 2} {
		if got := gsm.KoreanBytes(text); got != want {
			t.Errorf("%q: %d bytes, want %d", text, got, want)
		}
	}
}

func FuzzSegments(f *testing.F) {
	f.Add("code 123456")
	f.Add(strings.Repeat("😀€가", 50))
	f.Fuzz(func(t *testing.T, s string) {
		n, seven := gsm.Segments(s)
		if n < 1 || n > 1+len([]rune(s))/33 {
			t.Fatalf("%d segments", n)
		}
		more, stays := gsm.Segments(s + "a")
		if more < n || more > n+1 || stays != seven {
			t.Fatalf("one letter more: %d segments after %d", more, n)
		}
	})
}

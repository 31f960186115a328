package recovery

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"  The SILVER Heron! ": "thesilverheron", "ＦＵＬＬ１２": "full12", "강릉에서는": "강릉", "학교에서": "학교",
		"서울을": "서울", "마을": "마을", "가을": "가을", "바다에": "바다", "\u1112\u1161\u11ab\u1100\u1173\u11af": "한글", "Straße": "straße", "ΣΊΣΥΦΟΣ": "σίσυφοσ", "Σίσυφος": "σίσυφοσ", "Ꮔ": "ꮔ",
		"🐈": "", "\xff": "", "a\u200bb": "ab",
		"ㅎㅏㄴㄱㅡㄹ": "한글", "ㄱㅏㅇㄹㅡㅇ": "강릉", "ㄴㅓㄳ": "넋", "ㄷㅏㄹㄱㅣ": "달기", "ㅋㅋㅋ": "ᄏᄏᄏ", "ㅏㅏ": "ᅡᅡ", "ㄱ": "ᄀ", "ab_ㄱㅏ": "ab가",
		strings.Repeat("a", maxNormal): strings.Repeat("a", maxNormal), strings.Repeat("a", maxNormal+1): "",
		strings.Repeat("\u1112\u1161\u11ab", 100): strings.Repeat("한", 100), strings.Repeat("ﷺ", 100): "",
	} {
		if got := normalize(in); got != want {
			t.Errorf("normalize(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"", "강릉 종점에서는", "ﬀ", "Σίσυφος", "\u1112\u1161", strings.Repeat("에서", 40), "ǰ\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normalize(s)
		if !utf8.ValidString(n) {
			t.Fatalf("normalize(%q) = %q", s, n)
		}
		if len(s) <= maxTyped && normalize(n) != n {
			t.Fatalf("not stable: %q, %q, %q", s, n, normalize(n))
		}
	})
}

package strength_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/password/strength"
)

// BenchmarkEstimate: password/zxcvbngo runs the first of these against its peer.
func BenchmarkEstimate(b *testing.B) {
	strength.Estimate("warm up, 안녕") // the word lists are unpacked now
	for _, one := range []struct{ name, password string }{
		{"8", "P@ssw0rd"}, {"8random", "kX9#mQ2v"}, {"16", "correcthorse1999"}, {"16random", "tR9#mK2$vL5@qW8%"},
		{"32random", "tR9#mK2$vL5@qW8%nB4&xZ7*pY1!hJ6("},
		{"64lower", "qmzjxkwvbtrpnhyfgcldsaoieumzqkxwyvjbtrhnfpglcdsakqzoixemwuvtbyrj"},
		{"64l33t", strings.Repeat("4@8({[<369!1|0$5+7%2", 4)[:64]},
		{"100words", strings.Repeat("correct horse battery staple ", 4)[:100]}, {"100digits", strings.Repeat("19900131", 13)[:100]},
		{"MiBl33t", strings.Repeat("4@8({[<369!1|0$5+7%2", 1<<20/20)}, {"MiBa", strings.Repeat("a", 1<<20)},
		{"MiBrandom", strings.Repeat("x7Kp2mQz9!", 1<<20/10)}, {"MiBinvalid", strings.Repeat("\xf0\x9f\xff", 1<<20/3)}, {"MiBemoji", strings.Repeat("😀😁", 1<<17)},
		{"MiBhangul", strings.Repeat("김민준사랑해", 1<<20/18)}, {"MiBjamo", strings.Repeat("ㅋㅎㅠㅘㄳ", 1<<20/15)}, {"MiBdates", strings.Repeat("1.1.91", 1<<20/6)},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				strength.Estimate(one.password)
			}
		})
	}
}

// BenchmarkUserInputs: as many words of the user's as are used, of many parts.
func BenchmarkUserInputs(b *testing.B) {
	inputs := make([]string, strength.MaxUserInputs)
	for i := range inputs {
		inputs[i] = fmt.Sprintf("%da %db %dc 가%d 나%d 다%d @%d 4%d", i, i, i, i, i, i, i, i)
	}
	password := strings.Repeat("4@8({[<369!1|0$5+7%2", 5)
	b.ReportAllocs()
	for b.Loop() {
		strength.Estimate(password, inputs...)
	}
}

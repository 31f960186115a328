package zxcvbngo_test

import (
	"strings"
	"testing"

	"example.com/accountsec/password/strength"
	zxcvbn "github.com/nbutton23/zxcvbn-go"
)

// BenchmarkPeer runs zxcvbn-go itself, without this package's cut, and our own
// model on the same passwords.
func BenchmarkPeer(b *testing.B) {
	strength.Estimate("warm up, 안녕") // the word lists are unpacked now
	for _, one := range []struct{ name, password string }{
		{"8", "P@ssw0rd"}, {"8random", "kX9#mQ2v"}, {"16", "correcthorse1999"}, {"16random", "tR9#mK2$vL5@qW8%"},
		{"25", "correcthorsebatterystaple"}, {"32random", "tR9#mK2$vL5@qW8%nB4&xZ7*pY1!hJ6("},
		{"64lower", "qmzjxkwvbtrpnhyfgcldsaoieumzqkxwyvjbtrhnfpglcdsakqzoixemwuvtbyrj"},
		{"64random", "tR9#mK2$vL5@qW8%nB4&xZ7*pY1!hJ6(eD3)gF0_aS=cT+uV-iO[lP]rE{wQ}|k"},
		{"128lower", strings.Repeat("qmzjxkwvbtrpnhyfgcldsaoieumzqkxwyvjbtrhnfpglcdsakqzoixemwuvtbyrj", 2)},
		{"64l33t", strings.Repeat("4@8({[<369!1|0$5+7%2", 4)[:64]},
	} {
		b.Run(one.name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				strength.Estimate(one.password)
			}
		})
		b.Run(one.name+"/zxcvbn-go", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				zxcvbn.PasswordStrength(one.password, nil)
			}
		})
	}
}

package storetest_test

import (
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/password"
)

// BenchmarkSignIn compares a whole sign-in on a real database with the bare
// hash that it contains, at the default cost, in one run.
func BenchmarkSignIn(b *testing.B) {
	hasher, err := password.NewArgon2id(password.Argon2idConfig{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("bare hash", func(b *testing.B) {
		hash, err := hasher.Hash(b.Context(), goodPassword)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if ok, _, err := hasher.Verify(b.Context(), hash, goodPassword); err != nil || !ok {
				b.Fatal(err)
			}
		}
	})
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			s := openShopWith(b, d.Open(b), d.Name, hasher)
			if err := s.signUp(b.Context(), kim, goodPassword); err != nil {
				b.Fatal(err)
			}
			known := home
			known.DeviceID = "known"
			for b.Loop() {
				res, err := s.SignIn(b.Context(), kim.Email, goodPassword, known)
				if err != nil || res.Grant == nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(d.Name+" wrong", func(b *testing.B) {
			s := openShopWith(b, d.Open(b), d.Name, hasher)
			if err := s.signUp(b.Context(), kim, goodPassword); err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				n++
				c := home
				c.IP = home.IP.Next()
				for range n % 200 {
					c.IP = c.IP.Next()
				}
				s.now.Add(int64(3600e6)) // an hour a guess, so that none is throttled
				if _, err := s.SignIn(b.Context(), kim.Email, "wrong", c); err != accountsec.ErrSignIn {
					b.Fatal(err)
				}
			}
		})
	}
}

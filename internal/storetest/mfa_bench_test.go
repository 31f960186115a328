package storetest_test

import (
	"testing"
	"time"

	"github.com/pquerna/otp"
	otptotp "github.com/pquerna/otp/totp"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

// BenchmarkTOTP compares a challenge and its verification over a real database,
// with all their guards, to the bare minimum in the same run: the validation of
// pquerna/otp and one conditional update that keeps a code from being used
// twice. Events go nowhere: the log has a benchmark of its own.
func BenchmarkTOTP(b *testing.B) {
	for _, d := range storetest.Dialects() {
		raw, s := storetest.Migrated(b, d, mfa.NewSQLStore)
		app, err := totp.New(totp.Config{Issuer: "Example Shop"})
		ok(b, err)
		now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		m, err := mfa.New(s, mfa.Config{Methods: []mfa.Method{app}, AEAD: secrettest.AEAD(), Recorder: &mfaRecorder{}, Now: func() time.Time { return now }})
		ok(b, err)
		ctx := b.Context()
		e, err := m.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "totp", Name: "phone"})
		ok(b, err)
		seed := seedOf(e)
		code := func() string {
			code, err := otptotp.GenerateCode(seed, now)
			ok(b, err)
			return code
		}
		_, err = m.FinishEnroll(ctx, "kim", e.FactorID, code(), activity.Client{})
		ok(b, err)
		challenge := func() string {
			ch, err := m.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin"})
			ok(b, err)
			return ch.Token
		}
		verify := func(token, code string) {
			_, err := m.Verify(ctx, token, "signin", e.FactorID, code, activity.Client{})
			ok(b, err)
		}
		_, err = raw.ExecContext(ctx, `CREATE TABLE bare (account TEXT NOT NULL, id TEXT NOT NULL, step BIGINT NOT NULL, used_at BIGINT NOT NULL, PRIMARY KEY (account, id))`)
		ok(b, err)
		_, err = raw.ExecContext(ctx, `INSERT INTO bare VALUES ('kim', 'f', 0, 0)`)
		ok(b, err)
		update := `UPDATE bare SET step = ?, used_at = ? WHERE account = ? AND id = ? AND step < ?`
		if d.Name == "postgres" {
			update = `UPDATE bare SET step = $1, used_at = $2 WHERE account = $3 AND id = $4 AND step < $5`
		}
		// Each code is computed outside of what is measured: its user's phone does it.
		b.Run(d.Name+"/bare", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				now = now.Add(30 * time.Second)
				c := code()
				b.StartTimer()
				good, err := otptotp.ValidateCustom(c, seed, now, otptotp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
				if err != nil || !good {
					b.Fatal(good, err)
				}
				step := now.Unix() / 30
				res, err := raw.ExecContext(ctx, update, step, now.UnixMicro(), "kim", "f", step)
				ok(b, err)
				if n, err := res.RowsAffected(); err != nil || n != 1 {
					b.Fatal(n, err)
				}
			}
		})
		b.Run(d.Name+"/Verify", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				now = now.Add(30 * time.Second)
				c, token := code(), challenge()
				b.StartTimer()
				verify(token, c)
			}
		})
		b.Run(d.Name+"/Challenge+Verify", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				now = now.Add(30 * time.Second)
				c := code()
				b.StartTimer()
				verify(challenge(), c)
			}
		})
	}
}

package storetest_test

import (
	"database/sql"
	"slices"
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
// with all their guards, to the bare minimum: the validation of pquerna/otp and
// one conditional update that keeps a code from being used twice. They take
// turns, so that whatever else the machine does falls on all alike; told are the
// medians and what they are of the bare one's. Events go nowhere: the log has a
// benchmark of its own.
func BenchmarkTOTP(b *testing.B) {
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) { benchTOTP(b, d) })
	}
}

func benchTOTP(b *testing.B, d storetest.Dialect) {
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
	code := func() string { // of the next step; its user's phone computes it
		now = now.Add(30 * time.Second)
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
	bare := bareTOTP(b, raw, d.Name)
	var bares, verified, both []time.Duration
	for b.Loop() {
		c, token := code(), challenge()
		bares = append(bares, took(func() { bare(seed, c, now) }))
		verified = append(verified, took(func() { verify(token, c) }))
		c = code()
		both = append(both, took(func() { verify(challenge(), c) }))
	}
	base := float64(median(bares))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(base/1e3, "bare-µs")
	b.ReportMetric(float64(median(verified))/base, "Verify/bare")
	b.ReportMetric(float64(median(both))/base, "Challenge+Verify/bare")
}

// bareTOTP gives the least that keeps a code from being used twice.
func bareTOTP(b *testing.B, raw *sql.DB, dialect string) func(seed, code string, now time.Time) {
	ctx := b.Context()
	_, err := raw.ExecContext(ctx, `CREATE TABLE bare (account TEXT NOT NULL, id TEXT NOT NULL, step BIGINT NOT NULL, used_at BIGINT NOT NULL, PRIMARY KEY (account, id))`)
	ok(b, err)
	_, err = raw.ExecContext(ctx, `INSERT INTO bare VALUES ('kim', 'f', 0, 0)`)
	ok(b, err)
	update := `UPDATE bare SET step = ?, used_at = ? WHERE account = ? AND id = ? AND step < ?`
	if dialect == "postgres" {
		update = `UPDATE bare SET step = $1, used_at = $2 WHERE account = $3 AND id = $4 AND step < $5`
	}
	return func(seed, code string, now time.Time) {
		good, err := otptotp.ValidateCustom(code, seed, now, otptotp.ValidateOpts{Period: 30, Skew: 1, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
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
}

func took(fn func()) time.Duration {
	start := time.Now()
	fn()
	return time.Since(start)
}

func median(spans []time.Duration) time.Duration {
	slices.Sort(spans)
	return spans[len(spans)/2]
}

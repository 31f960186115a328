package accountsec

import (
	"context"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/password"
)

// PasswordAdvice is what the owner of a password should be told after signing
// in with it. It is advice: the sign-in is granted all the same.
type PasswordAdvice struct {
	// Breached tells that the password was found in leaked data.
	Breached bool
	// Since is when the password was set, if that is long enough ago to
	// recommend a new one; zero otherwise. Of a second's precision.
	Since time.Time
}

func adviceOf(pw password.Verified) PasswordAdvice {
	a := PasswordAdvice{Breached: pw.Breached > 0}
	if pw.AgeAdvice {
		a.Since = pw.SetAt.Truncate(time.Second).UTC()
	}
	return a
}

// Text is the advice in a language ("ko", "en", a BCP 47 tag or an
// Accept-Language header), one sentence a line; "" if there is none.
func (a PasswordAdvice) Text(lang string) string {
	v := password.Verified{AgeAdvice: !a.Since.IsZero(), SetAt: a.Since}
	if a.Breached {
		v.Breached = 1
	}
	return v.Advice(lang)
}

// binding ties a pending sign-in to the password that began it: after a change
// of password it is worth nothing. It carries over the second factor what was
// found out about that password.
type binding struct {
	version string // "v" and the number
	revoked bool
	advice  PasswordAdvice
}

const (
	revokedMark  = "revoked"
	breachedMark = "breached"
	sinceMark    = "since:"
)

func versionMark(n int64) string { return "v" + strconv.FormatInt(n, 10) }

func bindingOf(pw password.Verified) binding {
	return binding{version: versionMark(pw.Version), revoked: pw.Revoked, advice: adviceOf(pw)}
}

// String is the form that is stored with the challenge.
func (b binding) String() string {
	words := []string{b.version}
	if b.revoked {
		words = append(words, revokedMark)
	}
	if b.advice.Breached {
		words = append(words, breachedMark)
	}
	if !b.advice.Since.IsZero() {
		words = append(words, sinceMark+strconv.FormatInt(b.advice.Since.Unix(), 10))
	}
	return strings.Join(words, " ")
}

// parseBinding reads what String wrote. Only this package writes it, so that
// what is not understood is advice of another version of it.
func parseBinding(s string) (b binding) {
	version, rest, _ := strings.Cut(s, " ")
	b.version = version
	for word := range strings.FieldsSeq(rest) {
		since, isSince := strings.CutPrefix(word, sinceMark)
		switch {
		case word == revokedMark:
			b.revoked = true
		case word == breachedMark:
			b.advice.Breached = true
		case isSince:
			if n, err := strconv.ParseInt(since, 10, 64); err == nil {
				b.advice.Since = time.Unix(n, 0).UTC()
			}
		}
	}
	return b
}

// checkBinding gives the version of the password that a pending sign-in began
// with, if it is still the account's, and was not revoked since.
func (g *Guard) checkBinding(ctx context.Context, account string, b binding) (int64, error) {
	rec, err := g.passwordOf(ctx, account)
	if err != nil {
		return 0, err
	}
	if rec.Version == 0 || b.version != versionMark(rec.Version) || !b.revoked && !rec.RevokedAt.IsZero() {
		return 0, ErrPending
	}
	return rec.Version, nil
}

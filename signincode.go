package accountsec

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// SentCode is the method, and the id of the one factor, of a pending sign-in
// that waits for a code which was sent to the owner. An account without a second
// factor is asked for it when a sign-in is too unusual for the password alone.
// It proves that whoever signs in reads the owner's messages, as a recovery does,
// and stands for no factor of the account's own.
const SentCode = "sent-code"

const (
	codePrefix   = "code_" // tells its tokens from those of package mfa
	codeFor      = 10 * time.Minute
	codeDigits   = 8
	maxCodeTries = 5
	// Codes that may be sent within an hour: to an account, and because of one
	// network. Guessing one of 10⁸ in 50 tries an hour takes a century.
	maxCodes, maxCodesNetwork = 10, 4
)

// canSend tells whether a code can reach the account's owner.
func (g *Guard) canSend(a Account) bool {
	for _, channel := range g.queue.CodeChannels() {
		switch channel {
		case "email":
			if a.Email != "" {
				return true
			}
		case "sms":
			if a.Phone != "" {
				return true
			}
		default: // a channel of the shop's own, which knows its addresses
			return true
		}
	}
	return false
}

// askCode sends the owner a code and gives what waits for it. Errors:
// *[ThrottledError] after too many codes.
func (g *Guard) askCode(ctx context.Context, j judged, b binding) (*Pending, error) {
	account, now := j.attempt.Account, g.cfg.Now()
	if err := g.mayAsk(ctx, account, j.attempt.Client, now); err != nil {
		return nil, err
	}
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	if err != nil {
		return nil, err
	}
	code, token := fmt.Sprintf("%0*d", codeDigits, n), secret.NewToken()
	row := alerts.Code{
		Hash: secret.HashToken(string(token)), Account: account, Binding: b.String(), ExpiresAt: now.Add(codeFor),
	}
	if row.Sealed, err = secret.Seal(g.cfg.AEAD, codeRow(row), []byte(code)); err != nil {
		return nil, err
	}
	err = g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		if err := g.cfg.Stores.Alerts.PutCode(ctx, row); err != nil {
			return err
		}
		if err := g.log.Record(ctx, j.event(g, activity.SignInChallenged, activity.OutcomePending)); err != nil {
			return err
		}
		return g.monitor.SendCode(ctx, alerts.SignInCode, account, nil, code, row.ExpiresAt)
	})
	if err != nil {
		return nil, fmt.Errorf("accountsec: ask for a code: %w", err)
	}
	return &Pending{
		Token: codePrefix + string(token), ExpiresAt: row.ExpiresAt,
		Factors: []mfa.Factor{{ID: SentCode, Method: SentCode, Name: SentCode}},
	}, nil
}

// mayAsk counts a code that is to be sent. Who has the password from one
// network uses up that network's, not the owner's.
func (g *Guard) mayAsk(ctx context.Context, account string, c activity.Client, now time.Time) error {
	for _, limit := range []struct {
		name string
		max  int
	}{{"codes|" + canon.NetworkKey(c.IP), maxCodesNetwork}, {"codes", maxCodes}} {
		r, err := g.cfg.Stores.Alerts.CountRate(ctx, alerts.Rate{Account: account, Name: limit.name, N: 1}, time.Hour, now)
		if err != nil {
			return err
		}
		if r.N > limit.max {
			return &ThrottledError{max(r.Since.Add(time.Hour).Sub(now), time.Second)}
		}
	}
	return nil
}

func codeRow(c alerts.Code) secret.Row { return secret.At("signin.code", c.Account, c.Hash) }

func isCodeToken(token string) bool { return strings.HasPrefix(token, codePrefix) }

// peekCode tells whether a sent code can still be answered, without a try.
func (g *Guard) peekCode(ctx context.Context, token, factorID string) error {
	hash := secret.HashToken(strings.TrimPrefix(token, codePrefix))
	if hash == "" || factorID != SentCode {
		return ErrPending
	}
	_, err := g.cfg.Stores.Alerts.Code(ctx, hash, g.cfg.Now())
	if errors.Is(err, alerts.ErrNoCode) {
		return ErrPending
	}
	return err
}

// finishCode proves a sent code and grants. Each try is counted before the code
// is looked at.
func (g *Guard) finishCode(ctx context.Context, token, factorID, response string, c activity.Client) (Grant, error) {
	hash := secret.HashToken(strings.TrimPrefix(token, codePrefix))
	if hash == "" || factorID != SentCode {
		return Grant{}, ErrPending
	}
	codes := g.cfg.Stores.Alerts
	row, err := codes.TakeCode(ctx, hash, maxCodeTries, g.cfg.Now())
	if errors.Is(err, alerts.ErrNoCode) {
		return Grant{}, ErrPending
	}
	if err != nil {
		return Grant{}, translate(err)
	}
	bound := parseBinding(row.Binding)
	version, err := g.checkBinding(ctx, row.Account, bound)
	if err != nil {
		return Grant{}, err
	}
	// A factor that was enrolled meanwhile is asked for instead.
	if enabled, err := g.factors.Enabled(ctx, row.Account); err != nil || enabled {
		return Grant{}, errors.Join(err, ErrPending)
	}
	want, err := secret.Open(g.cfg.AEAD, codeRow(row), row.Sealed)
	if err != nil {
		return Grant{}, err
	}
	if subtle.ConstantTimeCompare([]byte(typedCode(response)), want) != 1 {
		g.note(ctx, g.event(row.Account, activity.SecondFactorFailed, activity.OutcomeFailure, c))
		return Grant{}, ErrWrongCode
	}
	won, err := codes.FinishCode(ctx, hash, g.cfg.Now())
	if err != nil {
		return Grant{}, err
	}
	if !won {
		return Grant{}, ErrPending
	}
	return g.grant(ctx, Grant{
		Account: row.Account, Method: SentCode, MustChangePassword: bound.revoked, PasswordAdvice: bound.advice,
	}, version, c)
}

// typedCode takes out the spaces that people type; a longer text is no code.
func typedCode(code string) string {
	if len(code) > 4*codeDigits {
		return ""
	}
	return strings.Join(strings.Fields(code), "")
}

package accountsec

import (
	"context"
	"errors"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

// EndSessions says which sessions the shop must end now.
type EndSessions struct {
	// Account is whose sessions end.
	Account string
	// Except is the SessionID of the one that stays; "" if none does.
	Except string
}

// CheckPassword reports how a password fares under the policy, rule by rule,
// for live feedback. It stores nothing and is safe on any input.
func (g *Guard) CheckPassword(a Account, pw string) password.Report {
	return g.passwords.Check(pw, g.person(a))
}

// PasswordCounts gives how passwords fared under [Config].PolicyReportOnly in
// this process since it started; zero without one.
func (g *Guard) PasswordCounts() password.Counts { return g.passwords.Counts() }

// PreparePassword judges and hashes a new account's password, which takes time
// and changes nothing, so that the transaction that signs up can be short.
// Errors: *[password.PolicyError] with the report, password.ErrBusy.
func (g *Guard) PreparePassword(ctx context.Context, a Account, pw string) (password.Prepared, error) {
	if err := checkID(a.ID); err != nil {
		return password.Prepared{}, err
	}
	p, err := g.passwords.Prepare(ctx, a.ID, pw, g.person(a))
	return p, translate(err)
}

// SignUp sets a new account's prepared password and records the account. Call
// it in the transaction that inserts the customer ([WithTx]). Errors:
// [ErrConflict] if the account has a password already.
func (g *Guard) SignUp(ctx context.Context, p password.Prepared, c activity.Client) error {
	account := p.Account()
	if err := checkID(account); err != nil {
		return err
	}
	return g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		version, err := g.passwords.Version(ctx, account)
		if err != nil {
			return err
		}
		if version != 0 {
			return ErrConflict
		}
		if err := g.log.Record(ctx, g.event(account, activity.AccountCreated, activity.OutcomeSuccess, c)); err != nil {
			return err
		}
		return translate(g.passwords.Commit(ctx, p, c))
	})
}

// ImportPassword gives an account without a password the hash that another
// system made of it, or that password.Importing.Wrap made of a fast digest; setAt
// is when the owner chose it. [Config].Hasher must be a password.Importing. For
// the move of a whole shop: it asks no policy and records no event. Errors:
// password.ErrMalformedHash if nobody could sign in with the hash,
// [ErrConflict] if the account has a password already.
func (g *Guard) ImportPassword(ctx context.Context, account, hash string, setAt time.Time) error {
	if err := checkID(account); err != nil {
		return err
	}
	return translate(g.passwords.Import(ctx, account, hash, setAt))
}

// passwordOf reads what is stored of the account's password; the zero Record if it
// has none.
func (g *Guard) passwordOf(ctx context.Context, account string) (password.Record, error) {
	rec, err := g.cfg.Stores.Password.Get(ctx, account)
	if errors.Is(err, password.ErrNoPassword) {
		return password.Record{}, nil
	}
	return rec, err
}

// provePassword checks the password of who is signed in, as a sign-in does. A
// revoked one is in somebody else's hands, and proves nothing until another is set.
func (g *Guard) provePassword(ctx context.Context, account, current string, c activity.Client) (password.Verified, error) {
	known, err := g.monitor.KnownDevice(ctx, account, c.DeviceID)
	if err != nil {
		return password.Verified{}, err
	}
	verified, err := g.passwords.Verify(ctx, account, current, c, known)
	if errors.Is(err, password.ErrMismatch) {
		g.note(ctx, g.event(account, activity.PasswordFailed, activity.OutcomeFailure, c))
	}
	if err != nil {
		return password.Verified{}, translate(err)
	}
	if verified.Revoked {
		return password.Verified{}, ErrPasswordRevoked
	}
	return verified, nil
}

// ChangePassword replaces a password by its owner. Pending sign-ins and
// recoveries die with the old one, and all other sessions must end. Errors:
// [ErrSignIn] if current is wrong, *[ThrottledError],
// *[password.PolicyError], [ErrConflict].
func (g *Guard) ChangePassword(ctx context.Context, account, current, next string, c activity.Client) (EndSessions, error) {
	a, err := g.cfg.Accounts.Account(ctx, account)
	if err != nil {
		return EndSessions{}, err
	}
	known, err := g.monitor.KnownDevice(ctx, a.ID, c.DeviceID)
	if err != nil {
		return EndSessions{}, err
	}
	if err := g.passwords.Change(ctx, a.ID, current, next, g.person(a), c, known); err != nil {
		return EndSessions{}, translate(err)
	}
	return EndSessions{Account: a.ID, Except: c.SessionID}, nil
}

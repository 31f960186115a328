package password

import (
	"context"
	"errors"
	"log/slog"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/sqldb"
)

// Prepared is a new password that met the policy and is hashed, not yet set.
// Only a [Manager] makes one that [Manager.Commit] accepts.
type Prepared struct {
	account, hash string
	expect        int64 // the version that it replaces
	revoked       bool  // that one was revoked already
	event         activity.Type
	unchecked     bool
}

// BreachUnchecked tells that the password could not be looked up in leaked
// data, under [BreachWarn].
func (p Prepared) BreachUnchecked() bool { return p.unchecked }

// Account is whose password was prepared.
func (p Prepared) Account() string { return p.account }

// String keeps the hash out of logs.
func (Prepared) String() string { return "password.Prepared(redacted)" }

// GoString keeps the hash out of logs.
func (p Prepared) GoString() string { return p.String() }

// LogValue keeps the hash out of logs.
func (p Prepared) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Set sets a password without asking for the current one: at sign-up, and after
// a recovery. Records password.set, in the same transaction. Errors:
// *[PolicyError], [ErrChanged], [ErrBusy], [ErrBreachUnknown].
//
// Hashing is slow. Where Set would run inside a transaction that holds locks,
// call [Manager.Prepare] before it and [Manager.Commit] in it.
func (m *Manager) Set(ctx context.Context, account, password string, who Person, c activity.Client) error {
	p, err := m.Prepare(ctx, account, password, who)
	if err != nil {
		return err
	}
	return m.Commit(ctx, p, c)
}

// Prepare does all of [Manager.Set] that takes time and changes nothing:
// policy, then leaked data, then former passwords, which cost at most
// [Config].History hashes, then the hash. Errors: *[PolicyError], [ErrBusy],
// [ErrBreachUnknown].
func (m *Manager) Prepare(ctx context.Context, account, password string, who Person) (Prepared, error) {
	if err := canon.CheckID(account); err != nil {
		return Prepared{}, err
	}
	rec, err := m.record(ctx, account)
	if err != nil {
		return Prepared{}, err
	}
	return m.prepare(ctx, account, password, who, rec, activity.PasswordSet)
}

// Claim is [Manager.Hold] for the password that p replaces, which [Manager.Commit]
// begins with. Call it first in a transaction that locks other rows before Commit
// does, so that all lock in one order. Errors: [ErrChanged].
func (m *Manager) Claim(ctx context.Context, p Prepared) error {
	if p.expect == 0 {
		return nil // nothing is there to hold
	}
	return m.Hold(ctx, p.account, p.expect, p.revoked)
}

// Commit sets what was prepared, unless the account's password was set or
// revoked meanwhile ([ErrChanged]). Records the event, in the same transaction.
func (m *Manager) Commit(ctx context.Context, p Prepared, c activity.Client) error {
	if p.hash == "" {
		return errors.New("password: nothing was prepared")
	}
	keep := max(m.cfg.History-1, 0) // the current one is not in the store's history
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.Claim(ctx, p); err != nil {
			return err
		}
		won, err := m.store.SetHash(ctx, p.account, p.hash, p.expect, keep, m.cfg.Now())
		if err != nil {
			return err
		}
		if !won {
			return ErrChanged
		}
		if m.cfg.OnSet != nil {
			if err := m.cfg.OnSet(ctx, p.account); err != nil {
				return err
			}
		}
		return m.cfg.Recorder.Record(ctx, m.event(p.account, p.event, activity.OutcomeSuccess, c))
	})
}

// Change replaces a password by its owner, who gives the current one. It is
// counted and throttled as [Manager.Verify] is. Records password.changed in the
// same transaction, or password.failed in one of its own. Errors: [ErrMismatch],
// *[ThrottledError], *[PolicyError], [ErrChanged], [ErrBusy],
// [ErrBreachUnknown].
func (m *Manager) Change(ctx context.Context, account, current, next string, who Person, c activity.Client, known bool) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	rec, _, err := m.prove(ctx, account, current, c, known)
	if errors.Is(err, ErrMismatch) {
		m.noteFailure(ctx, account, c)
	}
	if err != nil {
		return err
	}
	p, err := m.prepare(ctx, account, next, who, rec.Record, activity.PasswordChanged)
	if err != nil {
		return err
	}
	return m.Commit(ctx, p, c)
}

// noteFailure records a wrong password. The event commits on its own, as the
// count did; the failure stands without.
func (m *Manager) noteFailure(ctx context.Context, account string, c activity.Client) {
	ctx, cancel := sqldb.Apart(ctx)
	defer cancel()
	if err := m.cfg.Recorder.Record(ctx, m.event(account, activity.PasswordFailed, activity.OutcomeFailure, c)); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "password: an event was not recorded", "type", activity.PasswordFailed, "err", err)
	}
}

func (m *Manager) prepare(ctx context.Context, account, password string, who Person, rec Record, event activity.Type) (Prepared, error) {
	report := m.cfg.Policy.Check(password, who)
	clean, possible := hashable(password)
	if !report.OK || !possible {
		return Prepared{}, &PolicyError{Report: report}
	}
	count, unchecked, err := m.breached(ctx, clean)
	if err != nil {
		return Prepared{}, err
	}
	if count > 0 {
		return Prepared{}, &PolicyError{Report: report.with(breachedRule(count))}
	}
	used, err := m.used(ctx, account, clean, password, rec)
	if err != nil {
		return Prepared{}, err
	}
	if used {
		return Prepared{}, &PolicyError{Report: report.with(RuleResult{Rule: RuleHistory})}
	}
	hash, err := m.cfg.Hasher.Hash(ctx, clean)
	if err != nil {
		return Prepared{}, err
	}
	if hash, err = m.seal(account, rec.Version+1, hash); err != nil {
		return Prepared{}, err
	}
	m.tryOut(&m.fresh, clean, who)
	return Prepared{account: account, hash: hash, expect: rec.Version, revoked: !rec.RevokedAt.IsZero(), event: event, unchecked: unchecked}, nil
}

// used tells whether the password is one of the last Config.History, or the
// revoked one. A former hash that cannot be read any more refuses nothing.
func (m *Manager) used(ctx context.Context, account, clean, typed string, rec Record) (bool, error) {
	if rec.Version == 0 || m.cfg.History == 0 && rec.RevokedAt.IsZero() {
		return false, nil
	}
	former, err := m.store.History(ctx, account, max(m.cfg.History-1, 0))
	if err != nil {
		return false, err
	}
	for i, stored := range append([]string{rec.Hash}, former...) {
		version := int64(0)
		if i == 0 {
			version = rec.Version
		}
		ok, err := m.was(ctx, account, version, stored, clean, typed)
		if unreadable(err) {
			m.cfg.Logger.WarnContext(ctx, "password: a former hash was not compared", "err", err)
			continue
		}
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (m *Manager) was(ctx context.Context, account string, version int64, stored, clean, typed string) (bool, error) {
	hash, _, err := m.open(account, version, stored)
	if err != nil {
		return false, err
	}
	ok, _, err := m.matches(ctx, hash, clean, typed)
	return ok, err
}

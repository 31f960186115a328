package password

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

// Verified is a password that proved right.
type Verified struct {
	// Version is of the password that was right; see [Manager.Version].
	Version int64
	// UpgradedHash tells that its hash was replaced by one of today's
	// parameters, or sealed.
	UpgradedHash bool
	// Revoked tells that it must be replaced and is no longer enough to sign
	// in with, see [Manager.Revoke].
	Revoked bool
	// Breached is how often the password was seen in leaked data, with
	// [Config].BreachAtSignIn; 0 also if it could not be looked up. It is advice
	// to the owner, no reason to turn them away.
	Breached int
	// SetAt is when the password was set.
	SetAt time.Time
	// AgeAdvice recommends a change because the password is older than
	// [Config].AdviseAfter. It is advice as well.
	AgeAdvice bool
}

// Advice is what to tell the owner of the password after the sign-in, one
// sentence a line, in a language; "" if nothing is to be said.
func (v Verified) Advice(lang string) string {
	var lines []string
	if v.Breached > 0 {
		lines = append(lines, catalogue().Text(lang, "advice.breached", nil))
	}
	if v.AgeAdvice {
		lines = append(lines, catalogue().Text(lang, "advice.age", message.Args{"date": v.SetAt.Format(time.DateOnly)}))
	}
	return strings.Join(lines, "\n")
}

// Verify tells whether the password is the account's. Errors: [ErrMismatch]
// for a wrong password and for an account without one, after the same
// statements and the same one hash; *[ThrottledError], before any hash;
// [ErrBusy]; [ErrMalformedHash] and [ErrSealed] if the stored hash cannot be
// read.
//
// The text is hashed in its NFKC form. A hash that another system made, see
// [Importer], is compared with the text as it was typed, too, within the same
// one attempt. An attempt that ends before it is judged is not counted, where
// there is one form to compare.
//
// known says that the caller knows c.DeviceID to be a device on which this
// account has signed in before, by something that a stranger cannot make up
// (a random cookie). Such a device has a bucket of its own.
//
// Verify records no event. What it counts commits on its own, beside a
// transaction that ctx carries; on SQLite it refuses to run inside one.
func (m *Manager) Verify(ctx context.Context, account, password string, c activity.Client, known bool) (Verified, error) {
	u, err := m.VerifyUnsettled(ctx, account, password, c, known)
	if err != nil {
		return Verified{}, err
	}
	return m.Settle(ctx, u), nil
}

// Unsettled is a password that proved right, which nobody may be told yet. It
// holds the password, and prints and logs itself redacted.
type Unsettled struct {
	rec            proved
	account, clean string
	client         activity.Client
	known          bool
}

// String keeps the password out of logs.
func (Unsettled) String() string { return "password.Unsettled(redacted)" }

// Format keeps every verb redacted.
func (u Unsettled) Format(f fmt.State, _ rune) { fmt.Fprint(f, u.String()) } //nolint:errcheck

// LogValue keeps the password out of logs.
func (u Unsettled) LogValue() slog.Value { return slog.StringValue(u.String()) }

// VerifyUnsettled is [Manager.Verify] for a caller that may refuse the right
// password all the same, and must not tell: until [Manager.Settle] the attempt
// stays counted as a wrong one would, and no more work is done than for one.
func (m *Manager) VerifyUnsettled(ctx context.Context, account, password string, c activity.Client, known bool) (Unsettled, error) {
	if err := canon.CheckID(account); err != nil {
		return Unsettled{}, err
	}
	rec, clean, err := m.proveUnsettled(ctx, account, password, c, known)
	if err != nil {
		return Unsettled{}, err
	}
	return Unsettled{rec, account, clean, c, known}, nil
}

// Settle lets a right password be one: it takes back the count of the attempt,
// raises the hash to today's parameters and looks up what to advise the owner,
// all of which takes time that a wrong password does not. What fails of it is
// logged: the owner gets in.
func (m *Manager) Settle(ctx context.Context, u Unsettled) Verified {
	m.settle(ctx, u.account, u.client, u.known)
	m.tryOut(&m.verified, u.clean, Person{})
	rec := u.rec
	return Verified{
		Version: rec.Version, Revoked: !rec.RevokedAt.IsZero(), UpgradedHash: m.upgrade(ctx, u.account, rec, u.clean),
		Breached: m.leaked(ctx, u.clean), SetAt: rec.SetAt,
		AgeAdvice: m.cfg.AdviseAfter > 0 && m.cfg.Now().Sub(rec.SetAt) >= m.cfg.AdviseAfter,
	}
}

// Revoke marks the account's password as known to somebody else: it still
// verifies, with Verified.Revoked, until another one is set in its place, which
// must differ from it. A second time, or without a password, changes nothing.
// It records nothing and joins the transaction that ctx carries.
func (m *Manager) Revoke(ctx context.Context, account string) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	_, err := m.store.Revoke(ctx, account, m.cfg.Now())
	return err
}

// Hold makes sure that the account's password still is the one of this version
// ([Verified].Version) and, unless revoked is true, not revoked, and that it stays
// so until the end of the transaction that ctx carries. Let it be the first
// statement of what grants by a password that was looked at before. Errors:
// [ErrChanged].
func (m *Manager) Hold(ctx context.Context, account string, version int64, revoked bool) error {
	held, err := m.store.Hold(ctx, account, version, revoked)
	if err == nil && !held {
		err = ErrChanged
	}
	return err
}

// proved is the record that a password belongs to.
type proved struct {
	Record
	hash    string // opened
	sealed  bool
	upgrade bool // it is of yesterday's parameters
}

// prove counts the attempt, then compares; it gives the record and the
// password in the form that is hashed.
func (m *Manager) prove(ctx context.Context, account, password string, c activity.Client, known bool) (proved, string, error) {
	rec, clean, err := m.proveUnsettled(ctx, account, password, c, known)
	if err == nil {
		m.settle(ctx, account, c, known)
	}
	return rec, clean, err
}

// settle takes back the count of an attempt that proved right. That it fails is
// logged: the owner waits, and gets in. It commits on its own, as the count did:
// a row of a whole network must not stay locked until the caller's transaction
// ends, nor keep the next attempt in it waiting.
func (m *Manager) settle(ctx context.Context, account string, c activity.Client, known bool) {
	if err := throttle.Succeed(sqldb.Detach(ctx), m.store, bucketsOf(account, c, known)...); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "password: attempts were not settled", "err", err)
	}
}

func (m *Manager) proveUnsettled(ctx context.Context, account, password string, c activity.Client, known bool) (proved, string, error) {
	buckets := bucketsOf(account, c, known)
	wait, err := throttle.Take(ctx, m.store, m.cfg.Now(), buckets...)
	if err != nil {
		return proved{}, "", err
	}
	if wait > 0 {
		return proved{}, "", &ThrottledError{RetryAfter: wait}
	}
	rec, clean, err := m.compare(ctx, account, password)
	switch {
	case unjudged(err) && !m.comparesTwice(password):
		m.refund(ctx, buckets)
		return proved{}, "", err
	case err != nil:
		return proved{}, "", err
	}
	return rec, clean, nil
}

// compare does the same work whether the account has a password or not, and
// whether the text could be one or not.
func (m *Manager) compare(ctx context.Context, account, password string) (proved, string, error) {
	rec, err := m.record(ctx, account)
	if err != nil {
		return proved{}, "", err
	}
	clean, possible := hashable(password)
	if !possible {
		clean, password = "-", "-"
	}
	owner, stored := account, rec.Hash
	if rec.Version == 0 {
		owner, stored = "", m.dummy
	}
	hash, sealed, err := m.open(owner, rec.Version, stored)
	if err != nil {
		return proved{}, "", err
	}
	ok, upgrade, err := m.matches(ctx, hash, clean, password)
	if err != nil {
		return proved{}, "", err
	}
	if !ok || !possible || rec.Version == 0 {
		return proved{}, "", ErrMismatch
	}
	return proved{rec, hash, sealed, upgrade}, clean, nil
}

// unjudged tells the errors of a password that was not compared.
func unjudged(err error) bool {
	return errors.Is(err, ErrBusy) || errors.Is(err, ErrSealed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// comparesTwice tells whether the password is compared in two forms. What ends
// between the two says that the first was wrong: a visitor who leaves in time
// would guess for nothing.
func (m *Manager) comparesTwice(password string) bool {
	clean, possible := hashable(password)
	_, is := m.cfg.Hasher.(Importer)
	return is && possible && clean != password
}

// matches compares a hash with a password and, if another system may have made
// it, with what was typed.
func (m *Manager) matches(ctx context.Context, hash, clean, typed string) (ok, upgrade bool, err error) {
	if h, is := m.cfg.Hasher.(Importer); is {
		return h.VerifyTyped(ctx, hash, clean, typed)
	}
	return m.cfg.Hasher.Verify(ctx, hash, clean)
}

// refund gives back an attempt that was never judged, even if the caller has
// left meanwhile.
func (m *Manager) refund(ctx context.Context, buckets []throttle.Bucket) {
	ctx, cancel := context.WithTimeout(sqldb.Detach(context.WithoutCancel(ctx)), time.Second)
	defer cancel()
	for _, b := range buckets {
		if err := m.store.RefundAttempt(ctx, b.Account, b.Name); err != nil {
			m.cfg.Logger.ErrorContext(ctx, "password: an attempt was not refunded", "err", err)
		}
	}
}

// upgrade replaces the hash by one of today's parameters, and seals it. A
// failure is no reason to turn the owner away: the next sign-in tries again.
func (m *Manager) upgrade(ctx context.Context, account string, rec proved, clean string) bool {
	if !rec.upgrade && (rec.sealed || m.cfg.Pepper == nil) {
		return false
	}
	won, err := m.replace(ctx, account, rec, clean)
	if err != nil {
		m.cfg.Logger.WarnContext(ctx, "password: a hash was not upgraded", "err", err)
	}
	return won
}

func (m *Manager) replace(ctx context.Context, account string, rec proved, clean string) (won bool, err error) {
	hash := rec.hash
	if rec.upgrade {
		if hash, err = m.cfg.Hasher.Hash(ctx, clean); err != nil {
			return false, err
		}
	}
	if hash, err = m.seal(account, rec.Version, hash); err != nil {
		return false, err
	}
	return m.store.UpgradeHash(ctx, account, rec.Record.Hash, hash)
}

// The buckets of attempts. A network may be an office or a carrier's gateway
// and is given more; the account's own is what bounds guessing from many
// networks: with at most 15 minutes between tries, some 100 a day.
const (
	networkFree, networkBase, networkMax = 30, time.Minute, time.Hour
	pairFree, pairBase, pairMax          = 10, 30 * time.Second, time.Hour
	accountFree, accountBase, accountMax = 10, 30 * time.Second, 15 * time.Minute
	deviceFree, deviceBase, deviceMax    = 10, 30 * time.Second, 15 * time.Minute
)

func bucketsOf(account string, c activity.Client, known bool) []throttle.Bucket {
	if known && c.DeviceID != "" {
		sum := sha256.Sum256([]byte(c.DeviceID))
		return []throttle.Bucket{{Account: account, Name: "device|" + hex.EncodeToString(sum[:16]),
			Free: deviceFree, Base: deviceBase, Max: deviceMax}}
	}
	net := "net|" + canon.NetworkKey(c.IP)
	return []throttle.Bucket{
		{Name: net, Free: networkFree, Base: networkBase, Max: networkMax, Shared: true},
		{Account: account, Name: net, Free: pairFree, Base: pairBase, Max: pairMax},
		{Account: account, Name: "account", Free: accountFree, Base: accountBase, Max: accountMax},
	}
}

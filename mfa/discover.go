package mfa

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/throttle"
)

// Discovery waits for whoever answers: sign-in without a user name.
type Discovery struct {
	// Token goes into [Manager.VerifyDiscovered]: a few hundred bytes, the
	// method's state sealed. Keep it in the visitor's session, never in a link.
	Token string
	// Show is what the method gives to show: for webauthn the ceremony's JSON.
	Show any
	// ExpiresAt ends it, [DiscoverLifetime] from now.
	ExpiresAt time.Time
}

// discovered is what a token holds. Nothing is stored of it until it is
// answered well, so that a stranger, who may ask as often as he likes, fills
// no table.
type discovered struct {
	ID      string `json:"id"` // spent by a good response
	Method  string `json:"method"`
	State   []byte `json:"state"`
	Expires int64  `json:"expires"` // Unix microseconds
}

const maxDiscovery = 16 << 10

// Discover asks for a factor of a method before it is known whose. It stores
// nothing. Errors: [ErrNoMethod] if the method is not on offer or is not
// [Discoverable], and the method's own.
func (m *Manager) Discover(ctx context.Context, method, purpose string, c activity.Client) (Discovery, error) {
	if err := checkPurpose(purpose); err != nil {
		return Discovery{}, err
	}
	asked, ok := m.methods[method].(Discoverable)
	if !ok {
		return Discovery{}, ErrNoMethod
	}
	now := m.cfg.Now()
	begun, err := asked.Discover(ctx, Subject{Client: c, Now: now})
	if err != nil {
		return Discovery{}, fmt.Errorf("mfa: discover %s: %w", method, err)
	}
	expires := now.Add(DiscoverLifetime)
	plain, err := json.Marshal(discovered{ID: secret.NewID(), Method: method, State: begun.State, Expires: expires.UnixMicro()})
	if err != nil {
		return Discovery{}, fmt.Errorf("mfa: discover %s: %w", method, err)
	}
	sealed, err := m.seal(discoverRow(purpose), plain)
	if err != nil {
		return Discovery{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(sealed)
	if len(token) > maxDiscovery {
		return Discovery{}, fmt.Errorf("mfa: discover %s: the state is too long", method)
	}
	return Discovery{Token: token, Show: begun.Show, ExpiresAt: expires}, nil
}

func discoverRow(purpose string) secret.Row { return secret.At("mfa.discover", purpose) }

// VerifyDiscovered judges the response to a [Discovery]. A good one tells whose
// factor it is, and is spent with the discovery. A factor that nobody has and a
// wrong response look alike. Failures are counted for the network, as no
// account is known, 30 a minute before it is slowed down. Errors: [ErrWrongCode], [ErrNoChallenge],
// *[ThrottledError]. Call it outside a transaction, as [Manager.Verify].
func (m *Manager) VerifyDiscovered(ctx context.Context, token, purpose, response string, c activity.Client) (Proof, error) {
	d, method, err := m.discovered(token, purpose)
	if err != nil {
		return Proof{}, err
	}
	network := discoverBucket(c, m.cfg.Now())
	wait, err := throttle.Take(ctx, m.store, m.cfg.Now(), network)
	if err != nil {
		return Proof{}, err
	}
	if wait > 0 {
		return Proof{}, &ThrottledError{RetryAfter: wait}
	}
	ctx = sqldb.Detach(ctx)
	a, err := m.whose(ctx, d, method, purpose, response, c)
	if err != nil {
		return Proof{}, err
	}
	verdict, err := a.judge(ctx, d.State, response)
	if err != nil {
		return Proof{}, err
	}
	proof, err := a.settle(ctx, verdict, Settlement{Token: d.ID, TokenUntil: time.UnixMicro(d.Expires)})
	if err == nil {
		err = throttle.Succeed(ctx, m.store, network)
	}
	if err != nil {
		return Proof{}, err
	}
	return proof, nil
}

// discoverBucket counts the failures of a network in a minute. Nothing can be
// guessed here: what it spares is the processor. So it lets some through even
// when it is full and begins anew each minute, for a network may be a carrier's
// with thousands behind it, where a bucket that others' sign-ins keep from being
// forgotten would close for good on one failure an hour.
func discoverBucket(c activity.Client, now time.Time) throttle.Bucket {
	minute := strconv.FormatInt(now.Unix()/60, 10)
	return throttle.Bucket{
		Name: "discover|" + canon.NetworkKey(c.IP) + "|" + minute,
		Free: 30, Base: time.Second, Max: 10 * time.Second, Shared: true,
	}
}

// discovered opens a token.
func (m *Manager) discovered(token, purpose string) (discovered, Discoverable, error) {
	var d discovered
	if len(token) > maxDiscovery || strings.ContainsAny(token, "\r\n") { // which the decoder would skip
		return d, nil, ErrNoChallenge
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return d, nil, ErrNoChallenge
	}
	plain, err := m.open(discoverRow(purpose), sealed)
	if err != nil {
		return d, nil, ErrNoChallenge
	}
	if err := json.Unmarshal(plain, &d); err != nil {
		return d, nil, ErrNoChallenge
	}
	method, ok := m.methods[d.Method].(Discoverable)
	if !ok || !m.cfg.Now().Before(time.UnixMicro(d.Expires)) {
		return d, nil, ErrNoChallenge
	}
	return d, method, nil
}

// whose finds the factor that a response names, among those of all accounts.
func (m *Manager) whose(ctx context.Context, d discovered, method Discoverable, purpose, response string, c activity.Client) (*attempt, error) {
	lookup := lookupOf(method, response)
	if lookup == "" {
		return nil, ErrWrongCode
	}
	f, err := m.store.FactorByLookup(ctx, d.Method, lookup)
	if errors.Is(err, ErrNoFactor) {
		return nil, ErrWrongCode
	}
	if err != nil {
		return nil, err
	}
	all, err := m.store.Factors(ctx, f.Account)
	if err != nil {
		return nil, err
	}
	return &attempt{
		Manager: m, row: ChallengeRow{Account: f.Account, Purpose: purpose}, factors: all, factor: f, method: method,
		lane: Lane{Name: d.Method + "|" + canon.NetworkKey(c.IP)}, client: c,
		detail: map[string]string{"purpose": purpose, "method": f.Method, "factor": f.Name},
	}, nil
}

// String keeps the token out of logs.
func (d Discovery) String() string { return "[mfa discovery]" }

// Format keeps every verb redacted.
func (d Discovery) Format(f fmt.State, _ rune) { fmt.Fprint(f, d.String()) } //nolint:errcheck

// LogValue is String.
func (d Discovery) LogValue() slog.Value { return slog.StringValue(d.String()) }

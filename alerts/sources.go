package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

const (
	// sourceWindow is how long attempts from a network are counted together.
	sourceWindow = time.Hour
	// burstSpan is how long new devices of an account are counted together.
	burstSpan = 24 * time.Hour
	// newFor is how long a device counts as new for payments and addresses.
	newFor = 72 * time.Hour
	// longestWindow is of all of them.
	longestWindow = newFor

	nameDevices = "devices"
)

// Try is an attempt to sign in or to recover, whoever it was aimed at.
type Try struct {
	// Attempt is who was tried, and from where.
	Attempt
	// Passed tells that it got past the password.
	Passed bool
	// Recovery tells that it was the beginning of a recovery, which neither
	// passes nor fails: it counts only where there is no such account.
	Recovery bool
	// Unknown tells that there is no such account.
	Unknown bool
	// Leaked tells that the password is one that everybody knows.
	Leaked bool
}

// CountTry counts an attempt for the networks it came from: its address prefix
// and its autonomous system, one statement each, the same for every account.
// Nothing that an account does resets or refunds such a count, its own success
// least of all. Failures that are part of a wave of stuffing are remembered as
// attacks from there. Call it outside of transactions, since all of a network's
// sign-ins share the row. Errors: [ErrAttempt], the store's.
func (m *Monitor) CountTry(ctx context.Context, t Try) error {
	a, err := t.Attempt.check()
	if err != nil {
		return err
	}
	wave := false
	for _, name := range sources(a) {
		r := Rate{Name: name, N: 1}
		s := sketchOf(name, canon.Key(a.Account))
		switch {
		case t.Recovery && !t.Unknown:
		case t.Passed:
			r.Passed = s
		default:
			r.Failed = s
		}
		if t.Unknown {
			r.Unknown = 1
		}
		if t.Leaked {
			r.Leaked = 1
		}
		sum, err := m.store.CountRate(ctx, r, sourceWindow, a.At)
		if err != nil {
			return fmt.Errorf("alerts: count a try: %w", err)
		}
		wave = wave || contains(m.limits.Source(sum.source()), risk.ReasonStuffing)
	}
	if wave && !t.Passed && !t.Recovery { // what comes from there is remembered for longer than the wave
		m.crowd.learn(func(p *risk.Population) { p.LearnAttack(m.engine(a)) })
	}
	return nil
}

// sources name the networks of an attempt. Visitors without a valid address
// share one, so that hiding it buys no fresh count.
func sources(a Attempt) []string {
	out := []string{"net|" + prefix(a.Client.IP)}
	if a.Location.ASN != 0 {
		out = append(out, "as|"+strconv.FormatUint(uint64(a.Location.ASN), 10))
	}
	return out
}

// prefix is the /24, or the /56 of IPv6, that one attacker has at least.
func prefix(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	bits := 56
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return canon.NetworkKey(ip)
	}
	return p.String()
}

// wanted are the rates that an attempt is judged by: those of its sources, then
// the account's new devices.
func wanted(a Attempt) (want []Rate) {
	for _, name := range sources(a) {
		want = append(want, Rate{Name: name, Since: a.At.Add(-sourceWindow)})
	}
	return append(want, Rate{Account: a.Account, Name: nameDevices, Since: a.At.Add(-burstSpan)})
}

// source reads a rate as the engine wants it. Attempts and successes are
// accounts, not tries: one who signs in to an account of his own again and again
// counts once, and hides nothing.
func (r Rate) source() risk.SourceCounts {
	failed, passed := r.Failed.Count(), r.Passed.Count()
	out := risk.SourceCounts{
		System: len(r.Name) > 3 && r.Name[:3] == "as|", Attempts: failed + passed, Successes: passed,
		Accounts: r.Failed.union(r.Passed).Count(), Unknown: r.Unknown,
	}
	if r.N > 0 {
		out.Breached = r.Leaked * out.Attempts / r.N
		out.Unknown = min(r.Unknown, out.Accounts)
	}
	return out
}

// deviceName names the row that says since when a device is known.
func deviceName(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "device|" + hex.EncodeToString(sum[:16])
}

package mfa_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// laptop is a device that the owner is known by.
var laptop = activity.Client{IP: netip.MustParseAddr("192.0.2.10"), UserAgent: "home", DeviceID: "a random cookie"}

// network gives a stranger on the n-th network.
func network(n int) activity.Client {
	return activity.Client{IP: netip.AddrFrom4([4]byte{100, 64, byte(n >> 8), byte(n)})}
}

// tryAs answers a fresh sign-in challenge of a client.
func (w *world) tryAs(c activity.Client, known bool, account, factor, response string) error {
	w.Helper()
	ch, err := w.Challenge(w.Context(), mfa.ChallengeRequest{Account: account, Purpose: "signin", Known: known, Client: c})
	w.ok(err)
	_, err = w.Verify(w.Context(), ch.Token, "signin", factor, response, c)
	return err
}

// guess guesses as fast as the throttle lets, on ever new networks, until it is
// stopped; it counts the guesses that were judged, and those of the first day.
func (w *world) guess(a app, c func(n int) activity.Client, known bool) (firstDay, judged int) {
	w.Helper()
	begin := w.clock.now
	for n := range 1000 {
		err := w.tryAs(c(n), known, "kim", a.id, a.wrong())
		var throttled *mfa.ThrottledError
		switch {
		case errors.Is(err, mfa.ErrWrongCode):
			judged++
			if w.clock.now.Sub(begin) < 24*time.Hour {
				firstDay++
			}
		case errors.As(err, &throttled):
			w.clock.Add(throttled.RetryAfter)
		case errors.Is(err, mfa.ErrStopped):
			return firstDay, judged
		default:
			w.Fatal(err)
		}
	}
	w.Fatal("the guessing is never stopped")
	return 0, 0
}

// Pitfall 2: guessing as fast as the throttle lets, whoever knows the password
// gets 90 guesses in all, and 100 on a device of the owner's: 0.03 % of the live
// codes. Then only another channel opens the way again; time does not.
func TestPitfall02OddsOfGuessing(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	const percent = 3 * 100 / 1e6 // three live codes of a million
	day, far := w.guess(a, network, false)
	dayKnown, near := w.guess(a, func(int) activity.Client { return laptop }, true)
	t.Logf("strangers: %d guesses on the first day (%.4f %%), %d in all (%.4f %%)", day, float64(day)*percent, far, float64(far)*percent)
	t.Logf("with a device of the owner's: %d more on the first day, %d in all (%.4f %%)", dayKnown, far+near, float64(far+near)*percent)
	if far != mfa.MaxFailures-mfa.KnownFailures || far+near != mfa.MaxFailures || float64(far+near)*percent > 0.0300001 {
		t.Fatalf("%d guesses, then %d", far, near)
	}
	w.clock.Add(1000 * time.Hour) // does not end by itself
	_, err := w.Purge(t.Context())
	w.ok(err)
	w.want(w.try("kim", a.id, a.code()), mfa.ErrStopped)
	if e := w.rec.last(); e.Type != activity.FactorFailed || e.Outcome != activity.OutcomeDenied || e.Detail["reason"] != "stopped" {
		t.Errorf("recorded %+v", e)
	}
	w.want(w.try("kim", mfa.RecoveryCode, "0000-0000-0000-0000"), mfa.ErrWrongCode)
	w.want(w.try("kim", a.id, a.code()), mfa.ErrStopped)
	w.ok(w.try("kim", mfa.RecoveryCode, a.recoveryCodes[0]))
	w.ok(w.try("kim", a.id, a.code()))
}

// Pitfall 2: many open challenges are no more guesses than one.
func TestPitfall02ManyChallenges(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	type open struct {
		c     activity.Client
		token string
	}
	var all []open
	for n := range 300 {
		c := network(n)
		ch, err := w.Challenge(t.Context(), mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: c})
		w.ok(err)
		all = append(all, open{c, ch.Token})
	}
	judged, left := 0, 0
	for _, o := range all {
		if _, err := w.Peek(t.Context(), o.token, "signin"); err == nil {
			left++
		}
		for range mfa.MaxAttempts {
			if _, err := w.Verify(t.Context(), o.token, "signin", a.id, a.wrong(), o.c); errors.Is(err, mfa.ErrWrongCode) {
				judged++
			}
		}
	}
	if judged != 5 || left > 64 {
		t.Errorf("%d guesses were judged at once, want 5; %d challenges are open, want at most 64", judged, left)
	}
}

// Pitfall 8: while a stranger who knows the password keeps the app closed, and
// after it is stopped, the owner gets in from a known device, by another
// factor, and by a recovery code.
func TestPitfall08OwnerIsNotLockedOut(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	k := w.enrollKey("kim", "k1", &proof)
	w.clock.Add(time.Minute)
	byKey := func(c activity.Client, counter int) error {
		ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Client: c})
		w.ok(err)
		show, err := w.Prepare(ctx, ch.Token, "signin", k, c)
		w.ok(err)
		_, err = w.Verify(ctx, ch.Token, "signin", k, fmt.Sprint("k1 ", show, " ", counter), c)
		return err
	}
	closed := func() bool {
		var throttled *mfa.ThrottledError
		err := w.tryAs(network(999), false, "kim", a.id, a.code())
		return errors.As(err, &throttled) || errors.Is(err, mfa.ErrStopped)
	}
	ways := func(when string, counter, code int) {
		t.Helper()
		for n := range 40 { // of the other ways, too
			w.tryAs(network(n), false, "kim", k, "k1 x 9")                             //nolint:errcheck // wrong
			w.tryAs(network(n), false, "kim", mfa.RecoveryCode, "0000-0000-0000-0000") //nolint:errcheck // wrong
		}
		if !closed() {
			t.Fatalf("%s: the app is not closed", when)
		}
		if err := byKey(home, counter); err != nil {
			t.Errorf("%s: another factor: %v", when, err)
		}
		if !closed() {
			t.Errorf("%s: another factor's use opened the app for strangers", when)
		}
		if err := w.tryAs(laptop, true, "kim", a.id, a.code()); err != nil {
			t.Errorf("%s: a known device: %v", when, err)
		}
		if !closed() {
			t.Errorf("%s: the known device's use opened the app for strangers", when)
		}
		if err := w.tryAs(home, false, "kim", mfa.RecoveryCode, a.recoveryCodes[code]); err != nil {
			t.Errorf("%s: a recovery code: %v", when, err)
		}
	}
	for n := range 5 {
		w.want(w.tryAs(network(n), false, "kim", a.id, a.wrong()), mfa.ErrWrongCode)
	}
	ways("closed", 100, 0)
	w.clock.Add(time.Minute)
	w.guess(a, network, false)
	ways("stopped", 101, 1)
}

// Pitfall 8: a stranger's challenge does not end the owner's, from wherever it
// comes.
func TestPitfall08OwnersChallengeStays(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	ask := func(c activity.Client, known bool) string {
		ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Known: known, Client: c})
		w.ok(err)
		return ch.Token
	}
	far := activity.Client{IP: netip.MustParseAddr("203.0.113.9")}
	mine, other := ask(laptop, true), ask(far, false)
	for range 50 {
		ask(network(1), false)
		ask(home, false) // in the owner's own network, without the cookie
	}
	for n := range 2000 {
		ask(network(n), false)
	}
	_, err := w.Verify(ctx, other, "signin", a.id, a.at(-30*time.Second), far)
	t.Logf("without a known device, against 2000 networks: %v", err)
	_, err = w.Verify(ctx, mine, "signin", a.id, a.code(), laptop)
	w.ok(err)

	// One network of a stranger's takes one of 64 places.
	ended := 0
	for n := range 200 {
		w.clock.Add(time.Minute)
		c := activity.Client{IP: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)})}
		mine := ask(c, false)
		for range 20 {
			ask(network(n), false)
		}
		if _, err := w.Peek(ctx, mine, "signin"); err != nil {
			ended++
		}
	}
	if ended > 10 { // 200/64 expected
		t.Errorf("a stranger's network ended %d of 200 sign-ins", ended)
	}
}

// A challenge that began on a known device is answered from there in its lane,
// and from elsewhere in the strangers'.
func TestKnownLaneNeedsItsDevice(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	for n := range 5 {
		w.want(w.tryAs(network(n), false, "kim", a.id, a.wrong()), mfa.ErrWrongCode)
	}
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Known: true, Client: laptop})
	w.ok(err)
	var throttled *mfa.ThrottledError
	for _, device := range []string{"", "another cookie"} {
		c := laptop
		c.DeviceID = device
		if _, err := w.Verify(ctx, ch.Token, "signin", a.id, a.code(), c); !errors.As(err, &throttled) {
			t.Errorf("device %q: %v", device, err)
		}
	}
	if err := w.tryAs(activity.Client{IP: laptop.IP}, true, "kim", a.id, a.code()); !errors.As(err, &throttled) {
		t.Errorf("known without a device: %v", err)
	}
	_, err = w.Verify(ctx, ch.Token, "signin", a.id, a.code(), laptop)
	w.ok(err)
}

// What opens a stopped method: another method's proof to manage the factors, and
// not its own from a known device.
func TestAnotherChannelOpensAStoppedMethod(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	a := w.enroll("kim", "phone", nil)
	proof := w.prove("kim", a)
	k := w.enrollKey("kim", "k1", &proof)
	w.guess(a, network, false)
	w.clock.Add(time.Minute)
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: mfa.PurposeManage, Known: true, Client: laptop})
	w.ok(err)
	_, err = w.Verify(ctx, ch.Token, mfa.PurposeManage, a.id, a.code(), laptop)
	w.ok(err)
	w.clock.Add(time.Minute)
	w.want(w.try("kim", a.id, a.code()), mfa.ErrStopped)
	w.keyProof("kim", k, "k1")
	w.ok(w.try("kim", a.id, a.code()))
}

// messages is a method whose challenges cost something.
type messages struct {
	*postcard
	enrolled, sent, purged int
	deleted                []string
}

func (*messages) Info() mfa.Info {
	return mfa.Info{Name: "messages", Guessable: true, Restricted: true}
}

func (m *messages) Enroll(ctx context.Context, s mfa.Subject) (mfa.Begun, error) {
	m.enrolled++
	return m.postcard.Enroll(ctx, s)
}

func (m *messages) Challenge(ctx context.Context, s mfa.Subject) (mfa.Begun, error) {
	m.sent++
	return m.postcard.Challenge(ctx, s)
}

func (m *messages) DeleteAccount(_ context.Context, account string) error {
	m.deleted = append(m.deleted, account)
	return nil
}

func (m *messages) Purge(context.Context) (int64, error) {
	m.purged++
	return 7, nil
}

// Pitfall 11: nothing is sent that could not be accepted: for an enrolment that
// is refused, for a challenge of a method that is closed or stopped.
func TestPitfall11NothingIsSentInVain(t *testing.T) {
	m := &messages{postcard: &postcard{sent: map[string]string{}}}
	w := newWorld(t, func(c *mfa.Config) { c.Methods = append(c.Methods, m) })
	ctx := t.Context()
	e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: "kim", Method: "messages", Name: "mine", Client: home})
	w.ok(err)
	_, err = w.FinishEnroll(ctx, "kim", e.FactorID, "arrived", home)
	w.ok(err)
	token := w.challenge("kim", mfa.PurposeManage)
	_, err = w.Prepare(ctx, token, mfa.PurposeManage, e.FactorID, home)
	w.ok(err)
	proof, err := w.Verify(ctx, token, mfa.PurposeManage, e.FactorID, m.postcard.sent[e.FactorID], home)
	w.ok(err)
	for name, req := range map[string]mfa.StartEnrollRequest{"no proof": {Name: "another"}, "a name in use": {Name: "MINE", Proof: &proof}} {
		req.Account, req.Method = "kim", "messages"
		if _, err := w.StartEnroll(ctx, req); err == nil || m.enrolled != 1 {
			t.Errorf("%s: %v, %d begun", name, err, m.enrolled)
		}
	}
	sent := m.sent
	token = w.challenge("kim", "signin")
	for range 5 {
		w.want(w.tryAs(network(1), false, "kim", e.FactorID, "no"), mfa.ErrWrongCode)
	}
	var throttled *mfa.ThrottledError
	if _, err = w.Prepare(ctx, token, "signin", e.FactorID, home); !errors.As(err, &throttled) || m.sent != sent {
		t.Errorf("closed: %v, %d sent", err, m.sent-sent)
	}
	w.guess(app{w: w, id: e.FactorID, seed: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, network, false)
	token = w.challenge("kim", "signin")
	if _, err = w.Prepare(ctx, token, "signin", e.FactorID, home); !errors.Is(err, mfa.ErrStopped) || m.sent != sent {
		t.Errorf("stopped: %v, %d sent", err, m.sent-sent)
	}
	ch, err := w.Challenge(ctx, mfa.ChallengeRequest{Account: "kim", Purpose: "signin", Known: true, Client: laptop})
	w.ok(err)
	_, err = w.Prepare(ctx, ch.Token, "signin", e.FactorID, laptop)
	w.ok(err)

	// What the method keeps of its own goes with the account's.
	w.ok(w.DeleteAccount(ctx, "kim"))
	if n, err := w.Purge(ctx); err != nil || n < 7 || m.purged != 1 || len(m.deleted) != 1 || m.deleted[0] != "kim" {
		t.Errorf("purged %d, %v; deleted %v", n, err, m.deleted)
	}
}

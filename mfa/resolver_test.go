package mfa_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
)

// key is a method whose responses name their factor: "<lookup> <challenge>
// <counter>". A counter that does not grow is doubted.
type key struct {
	mu   sync.Mutex
	seen []mfa.Subject
	n    int
}

func (k *key) see(s mfa.Subject) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen = append(k.seen, s)
	k.n++
	return k.n
}

func (*key) Info() mfa.Info         { return mfa.Info{Name: "key", PhishingResistant: true} }
func (*key) Guide(string) mfa.Guide { return mfa.Guide{Title: "Key"} }

func (k *key) begin(s mfa.Subject) (mfa.Begun, error) {
	nonce := fmt.Sprint("nonce-", k.see(s))
	return mfa.Begun{State: []byte(nonce), Show: nonce}, nil
}

func (k *key) Enroll(_ context.Context, s mfa.Subject) (mfa.Begun, error)    { return k.begin(s) }
func (k *key) Challenge(_ context.Context, s mfa.Subject) (mfa.Begun, error) { return k.begin(s) }
func (k *key) Discover(_ context.Context, s mfa.Subject) (mfa.Begun, error)  { return k.begin(s) }

func (*key) Lookup(response string) string {
	lookup, _, _ := strings.Cut(response, " ")
	return lookup
}

func (k *key) Confirm(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	k.see(a.Subject)
	f := strings.Fields(a.Response)
	if len(f) != 2 || f[1] != string(a.State) {
		return mfa.Verdict{}, nil
	}
	return mfa.Verdict{OK: true, Lookup: f[0], State: []byte(f[0] + "=0"), Step: 1}, nil
}

func (k *key) Verify(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	k.see(a.Subject)
	f := strings.Fields(a.Response)
	id, _, _ := strings.Cut(string(a.State), "=")
	if len(f) != 3 || a.Challenge == nil || f[0] != id || f[1] != string(a.Challenge) {
		return mfa.Verdict{}, nil
	}
	var counter int64
	fmt.Sscan(f[2], &counter) //nolint:errcheck // 0 is a counter that does not grow
	v := mfa.Verdict{OK: true, Step: counter, State: []byte(fmt.Sprint(id, "=", counter))}
	if counter < 5 {
		v.Warning = "clone"
	}
	return v, nil
}

var _ mfa.Discoverable = (*key)(nil)

func withKey(k *key) func(*mfa.Config) {
	return func(c *mfa.Config) { c.Methods = append(c.Methods, k) }
}

func (w *world) enrollKey(account, lookup string, proof *mfa.Proof) string {
	w.Helper()
	e, err := w.StartEnroll(w.Context(), mfa.StartEnrollRequest{Account: account, Method: "key", Name: lookup, Proof: proof, Client: home})
	w.ok(err)
	_, err = w.FinishEnroll(w.Context(), account, e.FactorID, fmt.Sprint(lookup, " ", e.Show), home)
	w.ok(err)
	return e.FactorID
}

// keyProof proves a key for managing the factors.
func (w *world) keyProof(account, factor, lookup string) mfa.Proof {
	w.Helper()
	token := w.challenge(account, mfa.PurposeManage)
	show, err := w.Prepare(w.Context(), token, mfa.PurposeManage, factor, home)
	w.ok(err)
	p, err := w.Verify(w.Context(), token, mfa.PurposeManage, factor, fmt.Sprint(lookup, " ", show, " ", w.clock.Now().UnixMicro()), home)
	w.ok(err)
	return p
}

// Of an account's keys any may answer what was prepared for one of them, and
// every call is told who asks and of the others.
func TestResolverChoosesAmongItsOwn(t *testing.T) {
	k := &key{}
	w := newWorld(t, withKey(k))
	ctx := t.Context()
	first := w.enrollKey("kim", "k1", nil)
	proof := w.keyProof("kim", first, "k1")
	second := w.enrollKey("kim", "k2", &proof)
	w.enrollKey("eve", "e1", nil)
	for i, s := range k.seen {
		if s.Client != home || s.Now.IsZero() {
			t.Errorf("call %d was told %v of %s", i, s.Client, s.Account)
		}
	}
	token := w.challenge("kim", "signin")
	show, err := w.Prepare(ctx, token, "signin", first, home)
	w.ok(err)
	asked := k.seen[len(k.seen)-1]
	if len(asked.Others) != 1 || asked.Others[0].FactorID != second || string(asked.Others[0].State) != "k2=0" || !strings.HasPrefix(string(asked.State), "k1=") {
		t.Errorf("asked with %d others", len(asked.Others))
	}
	for name, bad := range map[string]string{
		"another account's": fmt.Sprint("e1 ", show, " 9"), "nobody's": fmt.Sprint("zz ", show, " 9"), "no name": fmt.Sprint(" ", show, " 9"),
		"another nonce": "k2 nonce-0 9", "huge": strings.Repeat("k2 ", 1<<20),
	} {
		if _, err := w.Verify(ctx, token, "signin", first, bad, home); !errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = w.Verify(ctx, token, "signin", first, fmt.Sprint("k2 ", show, " 9"), home) // the five were counted
	w.want(err, mfa.ErrNoChallenge)
	w.clock.Add(time.Hour)
	token = w.challenge("kim", "signin")
	show, err = w.Prepare(ctx, token, "signin", first, home)
	w.ok(err)
	p, err := w.Verify(ctx, token, "signin", first, fmt.Sprint("k2 ", show, " 9"), home)
	w.ok(err)
	if p.Factor() != second || p.Level() != mfa.LevelPhishingResistant || p.Warning() != "" {
		t.Errorf("proved %s, level %d, warning %q", p.Factor(), p.Level(), p.Warning())
	}
	for _, e := range w.rec.events {
		if e.Account == "eve" && e.Type != activity.FactorEnrollStarted && e.Type != activity.FactorEnrolled && e.Type != activity.RecoveryCodesMade {
			t.Errorf("a stranger's event in the log of eve: %s", e.Type)
		}
	}
}

// Pitfall 10: a credential that is enrolled is not enrolled again, by whomever.
func TestPitfall10TakenCredential(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	first := w.enrollKey("kim", "k1", nil)
	try := func(account, name string, proof *mfa.Proof) error {
		e, err := w.StartEnroll(ctx, mfa.StartEnrollRequest{Account: account, Method: "key", Name: name, Proof: proof, Client: home})
		w.ok(err)
		_, err = w.FinishEnroll(ctx, account, e.FactorID, fmt.Sprint("k1 ", e.Show), home)
		return err
	}
	w.want(try("eve", "mine", nil), mfa.ErrTaken)
	proof := w.keyProof("kim", first, "k1")
	w.want(try("kim", "again", &proof), mfa.ErrTaken)
	if on, err := w.Enabled(ctx, "eve"); on || err != nil {
		t.Error(on, err)
	}
}

// Pitfall 10: a doubted response is good once, says so, and moves neither
// counter nor state: 5/5, 5/4 and 5/0 leave 5.
func TestPitfall10DoubtMovesNothing(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	id := w.enrollKey("kim", "k1", nil)
	answer := func(counter int) (mfa.Proof, error) {
		token := w.challenge("kim", "signin")
		show, err := w.Prepare(ctx, token, "signin", id, home)
		w.ok(err)
		return w.Verify(ctx, token, "signin", id, fmt.Sprint("k1 ", show, " ", counter), home)
	}
	_, err := answer(50)
	w.ok(err)
	before, err := w.store.Factor(ctx, "kim", id)
	w.ok(err)
	for _, counter := range []int{4, 1, 0} {
		w.clock.Add(time.Minute)
		p, err := answer(counter)
		w.ok(err)
		after, err := w.store.Factor(ctx, "kim", id)
		w.ok(err)
		if p.Warning() != "clone" || after.Step != 50 || string(after.Sealed) != string(before.Sealed) || !after.UsedAt.After(before.UsedAt) {
			t.Errorf("counter %d: warning %q, step %d", counter, p.Warning(), after.Step)
		}
		if e := w.rec.last(); e.Type != activity.FactorVerified || e.Detail["warning"] != "clone" {
			t.Errorf("recorded %+v", e)
		}
	}
	_, err = answer(49) // not doubted by the method, but not after the last
	w.want(err, mfa.ErrWrongCode)
	p, err := answer(51)
	w.ok(err)
	if p.Warning() != "" {
		t.Error("the doubt stayed")
	}
}

func (w *world) discover(purpose string) (token, show string) {
	w.Helper()
	d, err := w.Discover(w.Context(), "key", purpose, home)
	w.ok(err)
	return d.Token, d.Show.(string)
}

// Sign-in without a user name: whoever answers well is told, once.
func TestDiscover(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	id := w.enrollKey("kim", "k1", nil)
	w.enrollKey("eve", "e1", nil)
	token, show := w.discover("signin")
	p, err := w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("k1 ", show, " 9"), home)
	w.ok(err)
	if p.Account() != "kim" || p.Factor() != id || p.Method() != "key" || p.Purpose() != "signin" || p.Level() != mfa.LevelPhishingResistant {
		t.Errorf("proved %s %s %s", p.Account(), p.Factor(), p.Purpose())
	}
	_, err = w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("k1 ", show, " 10"), home)
	w.want(err, mfa.ErrNoChallenge) // spent
	if e := w.rec.last(); e.Detail["reason"] != "over" || e.Account != "kim" {
		t.Errorf("recorded %+v", e)
	}
	_, err = w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("e1 ", show, " 9"), home)
	w.want(err, mfa.ErrNoChallenge) // by anyone
	for method, want := range map[string]error{"totp": mfa.ErrNoMethod, "": mfa.ErrNoMethod, "sms": mfa.ErrNoMethod} {
		_, err := w.Discover(ctx, method, "signin", home)
		w.want(err, want)
	}
}

// Pitfalls 9 and 14: a discovery is good for its purpose and its minutes, and
// what is wrong about a response is not told.
func TestPitfall14Discovery(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	w.enrollKey("kim", "k1", nil)
	token, show := w.discover("signin")
	other, _ := w.discover("signin")
	good := fmt.Sprint("k1 ", show, " 9")
	for name, bad := range map[string][2]string{
		"nobody's key": {token, fmt.Sprint("zz ", show, " 9")}, "a wrong signature": {token, "k1 nonce-0 9"},
		"another discovery's": {other, good}, "no name": {token, " "}, "empty": {token, ""}, "huge": {token, strings.Repeat("k", 1<<20)},
		"NUL": {token, "k1\x00 x 9"},
	} {
		if _, err := w.VerifyDiscovered(ctx, bad[0], "signin", bad[1], home); err == nil || err.Error() != mfa.ErrWrongCode.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
	mutated := []byte(token)
	mutated[len(mutated)/2] ^= 1
	for _, forged := range []string{"", "x", string(mutated), token + "A", token[:len(token)-1], token[:40] + "\n" + token[40:], strings.Repeat("A", 1<<20), w.challenge("kim", "signin")} {
		_, err := w.VerifyDiscovered(ctx, forged, "signin", good, home)
		w.want(err, mfa.ErrNoChallenge)
	}
	for _, purpose := range []string{"manage", "", "SIGNIN"} {
		_, err := w.VerifyDiscovered(ctx, token, purpose, good, home)
		w.want(err, mfa.ErrNoChallenge)
	}
	cfg := w.cfg
	cfg.AEAD = secrettest.AEAD()
	stranger, err := mfa.New(w.store, cfg)
	w.ok(err)
	_, err = stranger.VerifyDiscovered(ctx, token, "signin", good, home)
	w.want(err, mfa.ErrNoChallenge)
	w.clock.Add(mfa.DiscoverLifetime - time.Second)
	_, err = w.VerifyDiscovered(ctx, token, "signin", good, home)
	w.ok(err)
	token, show = w.discover("signin")
	w.clock.Add(mfa.DiscoverLifetime)
	_, err = w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("k1 ", show, " 99"), home)
	w.want(err, mfa.ErrNoChallenge)
}

// Pitfall 3: one of 64 callers with one good response.
func TestPitfall03OneDiscovery(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	w.enrollKey("kim", "k1", nil)
	token, show := w.discover("signin")
	wins := racing.Wins(t, func(i int) (bool, error) {
		c := home
		c.IP = netip.AddrFrom4([4]byte{100, 64, 0, byte(i)}) // so that no network is slowed down
		_, err := w.VerifyDiscovered(t.Context(), token, "signin", fmt.Sprint("k1 ", show, " ", 100+i), c)
		return err == nil, nil
	})
	if wins != 1 {
		t.Errorf("%d of 64 succeeded", wins)
	}
}

// Pitfall 2: no account is known, so failures count for the network; another
// network goes on, and a success gives back only its own attempt.
func TestPitfall02DiscoverIsThrottledByNetwork(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	w.enrollKey("kim", "k1", nil)
	rows := func() int64 {
		n, err := w.store.Purge(ctx, w.clock.now.Add(1000*time.Hour))
		w.ok(err)
		return n
	}
	rows()
	token, show := w.discover("signin")
	if n := rows(); n != 0 { // a stranger who only asks fills no table
		t.Errorf("%d rows are kept of a question", n)
	}
	var throttled *mfa.ThrottledError
	tries := 0
	for ; throttled == nil && tries < 100; tries++ {
		_, err := w.VerifyDiscovered(ctx, token, "signin", "zz x 9", home)
		if !errors.As(err, &throttled) {
			w.want(err, mfa.ErrWrongCode)
		}
	}
	if throttled == nil || throttled.RetryAfter <= 0 {
		t.Fatalf("%d tries were let through", tries)
	}
	far := home
	far.IP = far.IP.Next()
	_, err := w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("k1 ", show, " 9"), far)
	w.ok(err)
	if _, err := w.VerifyDiscovered(ctx, token, "signin", "k1 x 9", home); !errors.As(err, &throttled) {
		t.Errorf("a success elsewhere opened it: %v", err)
	}
}

// Pitfall 8: nobody shuts this way in for a network that many share: failures
// are forgotten though others sign in there all day, and a full count opens soon.
func TestPitfall08NetworkIsNotShutOut(t *testing.T) {
	w := newWorld(t, withKey(&key{}))
	ctx := t.Context()
	w.enrollKey("kim", "k1", nil)
	counter := 10
	var throttled *mfa.ThrottledError
	good := func() error {
		counter++
		token, show := w.discover("signin")
		_, err := w.VerifyDiscovered(ctx, token, "signin", fmt.Sprint("k1 ", show, " ", counter), home)
		return err
	}
	for i := range 100 { // a failure an hour
		token, _ := w.discover("signin")
		_, err := w.VerifyDiscovered(ctx, token, "signin", "zz x 9", home)
		w.want(err, mfa.ErrWrongCode)
		if err := good(); err != nil {
			t.Fatalf("after %d failures in as many hours: %v", i+1, err)
		}
		w.clock.Add(time.Hour)
	}
	token, _ := w.discover("signin")
	for range 3600 { // a failure a second, for an hour; the token lives for minutes
		if _, err := w.VerifyDiscovered(ctx, token, "signin", "zz x 9", home); errors.Is(err, mfa.ErrNoChallenge) {
			token, _ = w.discover("signin")
		}
		w.clock.Add(time.Second)
	}
	for waited := time.Duration(0); errors.As(good(), &throttled); waited += throttled.RetryAfter {
		if waited > time.Minute {
			t.Fatal("a minute after the last of many failures it is closed")
		}
		w.clock.Add(throttled.RetryAfter)
	}
	w.ok(good())
}

// A method breaks its contract: a lookup from a method that resolves nothing,
// none from one that does, one too long.
func TestLookupContract(t *testing.T) {
	for _, lookup := range []string{"", "a\nb", strings.Repeat("x", mfa.MaxLookup+1)} {
		w := newWorld(t, func(c *mfa.Config) { c.Methods = append(c.Methods, careless{&key{}, lookup}) })
		e, err := w.StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: "kim", Method: "key", Name: "k"})
		w.ok(err)
		if _, err := w.FinishEnroll(t.Context(), "kim", e.FactorID, "x", home); err == nil || errors.Is(err, mfa.ErrWrongCode) {
			t.Errorf("%q: %v", lookup, err)
		}
	}
}

type careless struct {
	*key
	lookup string
}

func (c careless) Confirm(context.Context, mfa.Answer) (mfa.Verdict, error) {
	return mfa.Verdict{OK: true, Lookup: c.lookup}, nil
}

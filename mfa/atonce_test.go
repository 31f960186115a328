package mfa_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

// watched is an app that tells when it judges.
type watched struct {
	*totp.Method
	judging func()
	slow    bool // as it says of itself
}

func (w *watched) Info() mfa.Info {
	info := w.Method.Info()
	info.Instant = !w.slow
	return info
}

func (w *watched) Verify(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	w.judging()
	return w.Method.Verify(ctx, a)
}

// Pitfall 2: only a first guess is looked at before it is counted, and it is
// told after. Every one after it is counted first, and one that is refused is
// not looked at. A method that does not say that it only computes is not asked
// before the count at all.
func TestPitfall02CountedBeforeTheSecondGuess(t *testing.T) {
	for _, slow := range []bool{false, true} {
		countedBefore(t, slow)
	}
}

func countedBefore(t *testing.T, slow bool) {
	app := &watched{slow: slow}
	w := newWorld(t, func(c *mfa.Config) {
		app.Method = c.Methods[0].(*totp.Method)
		c.Methods = []mfa.Method{app}
	})
	a := w.enroll("kim", "phone", nil)
	w.clock.Add(time.Minute)
	token := w.challenge("kim", "signin")
	var counted []int // attempts when the method judged
	app.judging = func() {
		c, _, err := w.store.Challenge(t.Context(), hash(token), w.clock.now)
		w.ok(err)
		counted = append(counted, c.Attempts)
	}
	verify := func(code string) error {
		_, err := w.Verify(t.Context(), token, "signin", a.id, code, home)
		return err
	}
	for range 4 {
		w.want(verify(a.wrong()), mfa.ErrWrongCode)
	}
	want := []int{0, 1, 2, 3, 4}
	if slow {
		want = want[1:]
	}
	if !slices.Equal(counted, want) {
		t.Errorf("slow %v: judged after %v counts, want %v", slow, counted, want)
	}
	w.want(verify(a.wrong()), mfa.ErrWrongCode) // closes the lane
	token, counted = w.challenge("kim", "signin"), nil
	for _, code := range []string{a.wrong(), a.code()} {
		if err := verify(code); err == nil || len(counted) != 0 {
			t.Errorf("in a closed lane: %v, judged %d times", err, len(counted))
		}
	}
}

// A good code of an account without a failure leaves the same behind as one that
// was counted: the challenge is over, the code is spent, the event is there.
func TestAtOnceLeavesTheSame(t *testing.T) {
	for name, spoil := range map[string]func(w *world, a app){
		"at once": func(*world, app) {}, "in steps": func(w *world, a app) { w.want(w.try("kim", a.id, a.wrong()), mfa.ErrWrongCode) },
	} {
		w := newWorld(t)
		a := w.enroll("kim", "phone", nil)
		w.clock.Add(time.Minute)
		spoil(w, a)
		for _, purpose := range []string{"signin", mfa.PurposeManage} {
			token, code := w.challenge("kim", purpose), a.at(30*time.Second) // the phone is ahead
			p, err := w.Verify(t.Context(), token, purpose, a.id, code, home)
			w.ok(err)
			if e := w.rec.last(); e.Type != "mfa.verified" || e.Detail["purpose"] != purpose || e.Detail["method"] != "totp" || e.Detail["factor"] != "phone" {
				t.Errorf("%s: the event is %+v", name, e)
			}
			f, err := w.store.Factor(t.Context(), "kim", a.id)
			w.ok(err)
			if p.Account() != "kim" || p.Purpose() != purpose || p.Factor() != a.id || p.Method() != "totp" || p.Drift() != 30*time.Second ||
				f.Step != w.clock.now.Unix()/30+1 || w.clock.now.Sub(f.UsedAt) > time.Second {
				t.Errorf("%s: proof %s %s %v, step %d, used %v", name, p.Account(), p.Purpose(), p.Drift(), f.Step, f.UsedAt)
			}
			_, err = w.Peek(t.Context(), token, purpose)
			w.want(err, mfa.ErrNoChallenge)
			w.want(w.try("kim", a.id, code), mfa.ErrWrongCode)
			w.ok(w.store.ResetLanes(t.Context(), "kim", ""))
			w.clock.Add(time.Minute)
		}
	}
}

// instant is a shop's own method that says so, with whatever verdict.
type instant struct {
	postcard
	verdict mfa.Verdict
}

func (*instant) Info() mfa.Info { return mfa.Info{Name: "postcard", Instant: true} }

func (i *instant) Verify(context.Context, mfa.Answer) (mfa.Verdict, error) { return i.verdict, nil }

// A verdict that one step cannot settle is settled in two, whole; one that says no
// is none, whatever else it says.
func TestNotAtOnce(t *testing.T) {
	own := &instant{}
	w := newWorld(t, withPostcard(&own.postcard), func(c *mfa.Config) { c.Methods[1] = own })
	e, err := w.StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: "kim", Method: "postcard", Name: "card"})
	w.ok(err)
	_, err = w.FinishEnroll(t.Context(), "kim", e.FactorID, "arrived", home)
	w.ok(err)
	for _, c := range []struct {
		what          string
		v             mfa.Verdict
		step          int64
		stateReplaced bool
	}{
		{"a step", mfa.Verdict{OK: true, Step: 5}, 5, false},
		{"no step", mfa.Verdict{OK: true}, 5, false},
		{"a state", mfa.Verdict{OK: true, Step: 6, State: []byte("new")}, 6, true},
		{"a doubt", mfa.Verdict{OK: true, Step: 9, Warning: "clone"}, 6, false},
	} {
		own.verdict = c.v
		before, err := w.store.Factor(t.Context(), "kim", e.FactorID)
		w.ok(err)
		p, err := w.Verify(t.Context(), w.challenge("kim", "signin"), "signin", e.FactorID, "x", home)
		w.ok(err)
		f, err := w.store.Factor(t.Context(), "kim", e.FactorID)
		w.ok(err)
		if f.Step != c.step || slices.Equal(f.Sealed, before.Sealed) == c.stateReplaced || p.Warning() != c.v.Warning || w.rec.last().Detail["warning"] != c.v.Warning {
			t.Errorf("%s: step %d, warning %q, event %v", c.what, f.Step, p.Warning(), w.rec.last().Detail)
		}
	}
	own.verdict = mfa.Verdict{Step: 10}
	w.want(w.try("kim", e.FactorID, "x"), mfa.ErrWrongCode)
}

// slow is a store in which the first count waits, as one that is not committed.
type slow struct {
	mfa.Store
	counting, commit chan struct{}
	takes, atOnce    atomic.Int64
}

func (s *slow) TakeAttempt(ctx context.Context, id string, max int, l mfa.Lane, now time.Time) (time.Duration, error) {
	if s.takes.Add(1) == 1 {
		close(s.counting)
		<-s.commit
	}
	return s.Store.TakeAttempt(ctx, id, max, l, now)
}

func (s *slow) SettleAtOnce(ctx context.Context, v mfa.Settlement, max int, now time.Time) (mfa.Settled, error) {
	s.atOnce.Add(1)
	return s.Store.SettleAtOnce(ctx, v, max, now)
}

// Pitfall 2: beside a guess whose count is not there yet, none is settled without
// one.
func TestPitfall02OneLookAtATime(t *testing.T) {
	w := newWorld(t)
	a, eve := w.enroll("kim", "phone", nil), w.enroll("eve", "phone", nil)
	s := &slow{Store: w.store, counting: make(chan struct{}), commit: make(chan struct{})}
	var err error
	w.Manager, err = mfa.New(s, w.cfg)
	w.ok(err)
	w.clock.Add(time.Minute)
	first, second := w.challenge("kim", "signin"), w.challenge("kim", "stepup")
	wrong := make(chan error)
	go func() {
		_, err := w.Verify(t.Context(), first, "signin", a.id, "1", home)
		wrong <- err
	}()
	<-s.counting
	_, err = w.Verify(t.Context(), second, "stepup", a.id, a.code(), home)
	w.ok(err)
	if takes, atOnce := s.takes.Load(), s.atOnce.Load(); takes != 2 || atOnce != 0 {
		t.Errorf("%d were counted, %d settled at once", takes, atOnce)
	}
	w.ok(w.try("eve", eve.id, eve.code()))
	if n := s.atOnce.Load(); n != 1 {
		t.Errorf("%d of another account were settled at once", n)
	}
	close(s.commit)
	w.want(<-wrong, mfa.ErrWrongCode)
}

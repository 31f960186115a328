package accountsec_test

import (
	"context"
	"net/netip"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/password"
)

// countingLeaks counts the look-ups.
type countingLeaks struct{ asked int }

func (l *countingLeaks) Breached(context.Context, string) (int, error) {
	l.asked++
	return 7, nil
}

// Pitfall 9: the work that only a right password makes, a hash of today's
// parameters and a look-up in leaked data, is done for one that is let in and not
// for one that is refused.
func TestPitfall09RefusedPasswordMakesNoWork(t *testing.T) {
	w := newWorld(t)
	raised, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 128, Time: 1, Threads: 1})
	w.ok(err)
	hashes, leaked := &countingHasher{Hasher: raised}, &countingLeaks{}
	w.config.Hasher, w.config.Breach, w.config.BreachAtSignIn = hashes, leaked, true
	w.config.SignIns.Deny = []netip.Prefix{netip.PrefixFrom(abroad.IP, 32)}
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	type work struct {
		hashed, verified int64
		asked            int
	}
	sofar := func() work { return work{hashes.hashed.Load(), hashes.verified.Load(), leaked.asked} }
	try := func(pw string) work {
		before := sofar()
		_, err := w.try("kim", pw, abroad)
		w.want(err, accountsec.ErrSignIn)
		after := sofar()
		return work{after.hashed - before.hashed, after.verified - before.verified, after.asked - before.asked}
	}
	if right, wrong := try(goodPassword), try("not "+goodPassword); right != wrong || right != (work{verified: 1}) {
		t.Errorf("the right password makes %+v, a wrong one %+v", right, wrong)
	}
	before := sofar()
	if res := w.signIn("kim", home); !res.Grant.PasswordAdvice.Breached {
		t.Error("the owner is told nothing")
	}
	if after := sofar(); after.hashed != before.hashed+1 || after.asked != 1 {
		t.Errorf("the owner's sign-in: %+v, then %+v", before, after)
	}
}

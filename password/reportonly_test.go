package password_test

import (
	"maps"
	"sync"
	"testing"

	"example.com/accountsec/password"
)

func TestReportOnly(t *testing.T) {
	next := password.PCI()
	w := newWorld(t, func(cfg *password.Config) { cfg.ReportOnly = &next })
	next.MinLength = 1000 // the caller's later changes do not matter
	ctx := t.Context()
	w.set("kim", good) // no digit
	w.set("lee", "violet otter mends 4 kites")
	if err := w.Set(ctx, "park", "short", password.Person{}, home); err == nil {
		t.Error("the policy in force no longer refuses")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := w.Verify(ctx, "kim", good, host(i), false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, err := w.Verify(ctx, "kim", "a guess", home, false)
	w.want(err, password.ErrMismatch)
	for name, c := range map[string]struct {
		got             password.Tally
		judged, failing int64
	}{"new": {w.Counts().New, 2, 1}, "verified": {w.Counts().Verified, 8, 8}} {
		if c.got.Judged != c.judged || c.got.Failing != c.failing || !maps.Equal(c.got.Failed, map[password.Rule]int64{password.RuleDigit: c.failing}) {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
	w.Counts().New.Failed[password.RuleDigit] = 99
	if w.Counts().New.Failed[password.RuleDigit] != 1 {
		t.Error("the counts are given away")
	}
	without := newWorld(t, nil)
	without.set("kim", good)
	if c := without.Counts(); c.New.Judged != 0 || c.Verified.Judged != 0 {
		t.Errorf("%+v", c)
	}
}

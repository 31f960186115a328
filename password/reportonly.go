package password

import (
	"maps"
	"sync"
)

// Tally counts passwords that were judged under [Config].ReportOnly.
type Tally struct {
	// Judged is how many there were.
	Judged int64
	// Failing is how many of them would have been refused.
	Failing int64
	// Failed is how many would have failed each rule; one password may fail
	// several.
	Failed map[Rule]int64
}

// Counts are what this process has counted under [Config].ReportOnly since it
// started. They hold nothing of any password or account.
type Counts struct {
	// New are passwords that met the policy in force and were prepared.
	New Tally
	// Verified are passwords that proved right. Of their owners nothing is
	// known, so that the personal rule fails only on further words.
	Verified Tally
}

// tally is a Tally for many goroutines. It grows with the rules, not with the
// passwords.
type tally struct {
	mu sync.Mutex
	t  Tally
}

func (t *tally) count(r Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.t.Judged++
	if r.OK {
		return
	}
	t.t.Failing++
	if t.t.Failed == nil {
		t.t.Failed = map[Rule]int64{}
	}
	for _, v := range r.Violations {
		t.t.Failed[v.Rule]++
	}
}

func (t *tally) copy() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.t
	out.Failed = maps.Clone(out.Failed)
	return out
}

// Counts gives how passwords fared under [Config].ReportOnly; zero without it.
func (m *Manager) Counts() Counts {
	return Counts{New: m.fresh.copy(), Verified: m.verified.copy()}
}

// tryOut judges a password under the policy that is not in force yet.
func (m *Manager) tryOut(t *tally, clean string, who Person) {
	if m.cfg.ReportOnly != nil {
		t.count(m.cfg.ReportOnly.Check(clean, who))
	}
}

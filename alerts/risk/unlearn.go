package risk

import (
	"slices"
	"time"

	"example.com/accountsec/activity"
)

// Unlearn takes back what [Model.Learn] took from an attempt, for when the
// owner says "this wasn't me": its device becomes unknown and its values count
// one sign-in less. Taking back what was never learned, or was forgotten since,
// makes nothing more familiar.
func (m *Model) Unlearn(p *Profile, a Attempt) {
	if p.signIns <= 1 {
		*p = Profile{}
		return
	}
	f := featuresOf(&a)
	at := a.At
	if at.After(p.last) {
		at = p.last
	}
	w := p.growth(at, m.cfg.HalfLife)
	p.signIns--
	p.n = max(p.n-w, 0)
	if i := p.find(f.device); i >= 0 {
		p.devices = slices.Delete(p.devices, i, i+1)
		p.fresh -= w // it was new when it came
	}
	p.fresh = min(max(p.fresh, 0), p.n)
	for l, key := range f.key {
		if key != 0 {
			p.levels[l].remove(key, w)
		}
	}
	if p.placeAt.Equal(a.At) {
		p.place, p.placeAt = activity.Location{}, time.Time{} // where the owner was before is not kept
	}
}

// remove takes a count back; a value of which nothing is left is new again.
func (t *tally) remove(key uint64, w float64) {
	i := slices.IndexFunc(t.entries, func(e entry) bool { return e.key == key })
	if i < 0 {
		return
	}
	e := &t.entries[i]
	if e.n > 1.001*w { // what comes out of float32 is not exact
		e.n -= w
		t.total = max(t.total-w, e.n)
	} else {
		t.total = max(t.total-e.n, 0)
		t.fresh = max(t.fresh-e.n, 0)
		t.entries = slices.Delete(t.entries, i, i+1)
	}
	t.fresh = min(t.fresh, t.total)
}

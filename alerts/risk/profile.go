package risk

import (
	"math"
	"time"

	"example.com/accountsec/activity"
)

const (
	maxDevices = 32
	// maxGrowth bounds the factor by which a new sign-in counts more than one at
	// the profile's epoch, in halvings; then the counts are scaled back.
	maxGrowth  = 16
	maxSignIns = 1 << 30
)

// capacity is how many values of each level a profile holds. Those that count
// least are forgotten first.
var capacity = [levels]int{
	levelKind: 4, levelCountry: 16, levelASN: 24, levelPrefix: 32, levelIP: 24,
	levelClass: 6, levelOS: 10, levelBrowser: 14, levelVersion: 20, levelAgent: 20, levelRTT: 12, levelHour: 12,
}

// Profile is what is known of an account's habits. The zero value knows
// nothing and is ready to use. Not safe for concurrent use.
//
// Counts decay with [Config].HalfLife, without ever being walked through: a
// sign-in at time t is counted as 2^((t-epoch)/half-life), and a count means
// its share of what a sign-in now would count.
type Profile struct {
	signIns int       // since the first, undecayed
	epoch   time.Time // when a sign-in counted 1
	last    time.Time // of what was learned
	n       float64   // sign-ins, counted as above
	fresh   float64   // those of them on devices that were new then, the first excepted
	levels  [levels]tally
	devices []device // the most recently seen first
	place   activity.Location
	placeAt time.Time
}

// tally counts the values of one level; total is their sum, forgotten ones
// included, fresh the part of it that was new when it came, the first excepted.
type tally struct {
	total, fresh float64
	entries      []entry
}

type entry struct {
	key uint64
	n   float64
}

type device struct {
	key  deviceKey
	seen int64 // seconds since 1970
}

// SignIns is how many sign-ins were learned.
func (p *Profile) SignIns() int { return p.signIns }

// LastSeen is when the last of them was; zero if there was none.
func (p *Profile) LastSeen() time.Time { return p.last }

// KnowsDevice tells whether the owner signed in on the device with this id, see
// [activity.Client].DeviceID. The empty id is no device.
func (p *Profile) KnowsDevice(id string) bool { return p.knows(keyOfDevice(id)) }

func (p *Profile) knows(key deviceKey) bool { return p.find(key) >= 0 }

func (p *Profile) find(key deviceKey) int {
	if key == (deviceKey{}) {
		return -1
	}
	for i := range p.devices {
		if p.devices[i].key == key {
			return i
		}
	}
	return -1
}

// ForgetDevices makes all devices unknown but the one with this id; "" forgets
// that one too.
func (p *Profile) ForgetDevices(except string) {
	i := p.find(keyOfDevice(except))
	if i < 0 {
		p.devices = nil
		return
	}
	p.devices = []device{p.devices[i]}
}

// Countries lists the countries of the sign-ins, the most frequent first.
func (p *Profile) Countries() []string {
	entries := append([]entry(nil), p.levels[levelCountry].entries...)
	out := make([]string, 0, len(entries))
	for len(entries) > 0 {
		best := 0
		for i := range entries {
			if entries[i].n > entries[best].n {
				best = i
			}
		}
		out = append(out, string([]byte{byte(entries[best].key >> 8), byte(entries[best].key)}))
		entries = append(entries[:best], entries[best+1:]...)
	}
	return out
}

// Learn makes an attempt familiar. Call it only after full authentication, or
// when the owner has said "this was me". now is the caller's clock; one that
// went back counts as having stood still. The cost is bounded and independent of
// the number of sign-ins.
func (m *Model) Learn(p *Profile, a Attempt, now time.Time) {
	f := featuresOf(&a)
	w := p.advance(now, m.cfg.HalfLife)
	p.n += w
	if p.signIns > 0 && !p.knows(f.device) {
		p.fresh += w
	}
	p.signIns = min(p.signIns+1, maxSignIns)
	for l, key := range f.key {
		if key != 0 {
			p.levels[l].add(key, w, capacity[l])
		}
	}
	p.remember(f.device, now)
	if l, ok := f.location(&a); ok && (p.placeAt.IsZero() || !a.At.Before(p.placeAt)) {
		p.place, p.placeAt = activity.Location{Latitude: l.Latitude, Longitude: l.Longitude, RadiusKM: l.RadiusKM}, a.At
	}
}

// advance moves the profile's clock to now and tells what a sign-in counts then.
func (p *Profile) advance(now time.Time, halfLife time.Duration) float64 {
	if p.signIns == 0 {
		*p = Profile{epoch: now, last: now}
		return 1
	}
	if now.After(p.last) {
		p.last = now
	}
	w := p.growth(p.last, halfLife)
	if w < 1<<maxGrowth {
		return w
	}
	p.scale(1 / w)
	p.epoch = p.last
	return 1
}

// growth is what a sign-in at a time counts; 1 or more.
func (p *Profile) growth(at time.Time, halfLife time.Duration) float64 {
	if !at.After(p.epoch) {
		return 1
	}
	return math.Exp2(min(float64(at.Sub(p.epoch))/float64(halfLife), 1000))
}

func (p *Profile) scale(by float64) {
	p.n *= by
	p.fresh *= by
	for l := range p.levels {
		t := &p.levels[l]
		t.total *= by
		t.fresh *= by
		for i := range t.entries {
			t.entries[i].n *= by
		}
	}
}

// remember puts a device first. Of more than maxDevices the one that was seen
// longest ago is forgotten.
func (p *Profile) remember(key deviceKey, now time.Time) {
	if key == (deviceKey{}) {
		return
	}
	i := p.find(key)
	switch {
	case i < 0 && len(p.devices) < maxDevices:
		p.devices = append(p.devices, device{})
		i = len(p.devices) - 1
	case i < 0:
		i = maxDevices - 1
	}
	copy(p.devices[1:i+1], p.devices[:i])
	p.devices[0] = device{key, now.Unix()}
}

// add counts a value. In a full table it takes the place of the one that counts
// least, whose count stays in the total.
func (t *tally) add(key uint64, w float64, capacity int) {
	first, least := t.total == 0, -1
	t.total += w
	for i := range t.entries {
		if t.entries[i].key == key {
			t.entries[i].n += w
			return
		}
		if least < 0 || t.entries[i].n < t.entries[least].n {
			least = i
		}
	}
	if !first {
		t.fresh += w
	}
	if len(t.entries) < capacity {
		t.entries = append(t.entries, entry{key, w})
		return
	}
	t.entries[least] = entry{key, w}
}

// count is how often a value was seen.
func (t *tally) count(key uint64) float64 {
	for i := range t.entries {
		if t.entries[i].key == key {
			return t.entries[i].n
		}
	}
	return 0
}

// upTo is how often a browser was seen in this version or an earlier one. The
// lowest 16 bits of a key are the version, the others the browser.
func (t *tally) upTo(key uint64) (sum float64) {
	for _, e := range t.entries {
		if e.key>>16 == key>>16 && e.key <= key {
			sum += e.n
		}
	}
	return sum
}

package risk

import (
	"crypto/sha256"
	"time"
)

// Earlier is what a profile of an earlier version knew of an account.
type Earlier struct {
	SignIns int
	// Last is when the last sign-in was.
	Last time.Time
	// Devices are the known devices, the most recently seen first.
	Devices []EarlierDevice
	// Countries are the known countries.
	Countries []string
}

// EarlierDevice is a device of [Earlier].
type EarlierDevice struct {
	// Sum is the SHA-256 of the device's id.
	Sum [sha256.Size]byte
	// At is when it was last seen.
	At time.Time
}

// Profile carries over what was known. How the sign-ins were spread over the
// countries was not: they share them equally. What was not kept at all, such as
// networks, is no evidence until it is learned.
func (e Earlier) Profile() *Profile {
	if e.SignIns < 1 || e.Last.IsZero() || e.Last.Unix() < 1 {
		return &Profile{}
	}
	p := &Profile{signIns: min(e.SignIns, maxSignIns), epoch: e.Last, last: e.Last}
	p.n = float64(min(e.SignIns, 1<<maxGrowth))
	for _, d := range e.Devices[:min(len(e.Devices), maxDevices)] {
		key := deviceKey(d.Sum[:len(deviceKey{})])
		key[0] |= 1
		p.devices = append(p.devices, device{key, d.At.Unix()})
	}
	t := &p.levels[levelCountry]
	countries := e.Countries[:min(len(e.Countries), capacity[levelCountry])]
	for _, c := range countries {
		if isCountry(c) {
			t.add(uint64(c[0])<<8|uint64(c[1]), p.n/float64(len(countries)), capacity[levelCountry])
		}
	}
	return p
}

// Readdress makes the device with a known id known under another id as well: its
// cookie was replaced. Without the first it changes nothing.
func (p *Profile) Readdress(known, also string) {
	key := keyOfDevice(also)
	if i := p.find(keyOfDevice(known)); i >= 0 && key != (deviceKey{}) && !p.knows(key) {
		p.remember(key, time.Unix(p.devices[i].seen, 0))
	}
}

package riskeval

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

const (
	day  = 24 * time.Hour
	year = 365 * day

	vpnUsers, vpnUse           = .08, .4
	commuters, commute         = .3, .3
	mobileUse, roaming         = .5, .4
	firstDevice, replaceDevice = .7, .005
	leaseMean                  = 60 * day
	bursts, burstGap           = .3, 3.6 // share of gaps, hours
)

// world is what all people have in common. It is not changed once it is made.
type world struct {
	cfg      Config
	net      *internet
	families []family
	begin    time.Time
}

// household is people behind one line.
type household struct {
	country  int
	isp      int // system
	lat, lon float64
	leases   []lease
	size     int
}

// lease is an address from a time on.
type lease struct {
	from time.Duration
	at   address
}

func (w *world) newHousehold(r *rand.Rand) household {
	mix := w.cfg.Mix
	h := household{country: w.net.byCode[mix[pick(r, len(mix), func(i int) float64 { return mix[i].Share })].Country]}
	h.isp = w.operator(r, w.net.countries[h.country].fixed)
	first := w.net.any(r, h.isp)
	for w.net.countryOf(first) != h.country {
		first = w.net.any(r, h.isp)
	}
	p := w.net.place(first)
	h.lat, h.lon = p.lat, p.lon
	h.leases = []lease{{0, first}}
	for at := exp(r, leaseMean); at < year; at += exp(r, leaseMean) {
		h.leases = append(h.leases, lease{at, w.net.near(r, h.isp, h.lat, h.lon, 40)})
	}
	h.size = 1 + pick(r, 4, func(i int) float64 { return []float64{.45, .30, .15, .10}[i] })
	return h
}

func (w *world) operator(r *rand.Rand, list []operator) int {
	return w.net.byASN[list[pick(r, len(list), func(i int) float64 { return list[i].users })].asn]
}

// line is the household's address at a time.
func (h *household) line(at time.Duration) address {
	i := len(h.leases) - 1
	for h.leases[i].from > at {
		i--
	}
	return h.leases[i].at
}

// person is one account's owner.
type person struct {
	home    *household
	perYear float64
	carrier int
	office  *address
	vpn     bool
	gadgets []gadget
	trips   []trip
}

type trip struct {
	from, to time.Duration
	abroad   bool
	system   int
	lat, lon float64
}

func (w *world) newPerson(r *rand.Rand, h *household) *person {
	c := w.net.countries[h.country]
	p := &person{home: h, perYear: w.cfg.Rate * gammaHalf(r) / .5, carrier: w.operator(r, c.mobile), vpn: r.Float64() < vpnUsers}
	if r.Float64() < commuters {
		office := w.net.near(r, w.operator(r, c.fixed), h.lat, h.lon, 40)
		p.office = &office
	}
	for range 1 + poisson(r, .7) {
		p.gadgets = append(p.gadgets, w.newGadget(r))
	}
	for range poisson(r, .6) {
		p.trips = append(p.trips, w.newTrip(r, w.net.byCode[c.abroad[r.IntN(len(c.abroad))]], true, time.Duration(float64(4*day)*math.Exp(.6*r.NormFloat64()))))
	}
	for range poisson(r, 1.5) {
		p.trips = append(p.trips, w.newTrip(r, h.country, false, time.Duration(1+r.IntN(3))*day))
	}
	return p
}

func (w *world) newTrip(r *rand.Rand, to int, abroad bool, length time.Duration) trip {
	from := time.Duration(r.Float64() * float64(year))
	c := w.net.countries[to]
	t := trip{from: from, to: from + length, abroad: abroad}
	if len(c.fixed) > 0 {
		t.system = w.operator(r, c.fixed)
	} else {
		t.system = w.net.within[to][r.IntN(20)]
	}
	place := c.cities[pick(r, len(c.cities), func(i int) float64 { return c.cities[i].weight })]
	t.lat, t.lon = place.lat, place.lon
	return t
}

// times are when the person signs in, within the year.
func (p *person) times(r *rand.Rand) []time.Duration {
	var out []time.Duration
	slow := float64(year) / max(.7*p.perYear, 1e-9)
	for at := time.Duration(min(slow*r.ExpFloat64(), float64(year))); at < year; {
		out = append(out, at)
		gap := slow * r.ExpFloat64()
		if r.Float64() < bursts {
			gap = burstGap * float64(time.Hour) * r.ExpFloat64()
		}
		if gap >= float64(year) {
			break
		}
		at += time.Duration(gap) + time.Second
	}
	return out
}

// signIn is the owner's attempt at a time.
func (w *world) signIn(r *rand.Rand, p *person, at time.Duration) risk.Attempt {
	i := 0
	if len(p.gadgets) > 1 && r.Float64() >= firstDevice {
		i = 1 + r.IntN(len(p.gadgets)-1)
	}
	if r.Float64() < replaceDevice {
		p.gadgets[i] = w.newGadget(r)
	} else if r.Float64() < w.cfg.CookieLoss {
		p.gadgets[i].cookie = w.newGadget(r).cookie
	}
	g := p.gadgets[i]
	mobile := w.families[g.family].device.Class == "mobile"
	a := w.attempt(w.whence(r, p, at, mobile), g, at)
	a.Client.DeviceID = g.cookie
	return a
}

// whence is the address that the owner comes from.
func (w *world) whence(r *rand.Rand, p *person, at time.Duration, mobile bool) address {
	if p.vpn && r.Float64() < vpnUse {
		return w.exit(r)
	}
	if i := slices.IndexFunc(p.trips, func(t trip) bool { return t.from <= at && at < t.to }); i >= 0 {
		t := p.trips[i]
		if t.abroad && mobile && r.Float64() < roaming {
			return w.net.any(r, p.carrier)
		}
		return w.net.near(r, t.system, t.lat, t.lon, 60)
	}
	switch {
	case mobile && r.Float64() < mobileUse:
		return w.net.any(r, p.carrier)
	case p.office != nil && r.Float64() < commute:
		return *p.office
	}
	return p.home.line(at)
}

// exit is an address of a host from which VPNs come out.
func (w *world) exit(r *rand.Rand) address {
	hosts := vpnHosts()
	return w.net.any(r, w.net.byASN[hosts[r.IntN(len(hosts))]])
}

func (w *world) attempt(from address, g gadget, at time.Duration) risk.Attempt {
	device, agent := w.device(g, at)
	return risk.Attempt{
		At: w.begin.Add(at), Location: w.net.location(from), Device: device,
		Client: activity.Client{IP: w.net.ip(from), UserAgent: agent},
	}
}

// Kind is a kind of thief.
type Kind int

// The kinds of thief.
const (
	Naive Kind = iota
	VPN
	Targeted
	Hidden
	kinds
)

// String names the kind.
func (k Kind) String() string {
	return [...]string{"naive", "in-country VPN", "same provider and browser", "behind a VPN host"}[k]
}

// attack is a thief's attempt at a time.
func (w *world) attack(r *rand.Rand, p *person, k Kind, at time.Duration) risk.Attempt {
	g := w.newGadget(r)
	var from address
	switch k {
	case Naive:
		from = w.net.anywhere(r)
	case VPN:
		from = w.net.inside(r, p.home.country)
	case Targeted:
		from = w.net.near(r, p.home.isp, p.home.lat, p.home.lon, 50)
		g.family = p.gadgets[0].family
		g.build = r.IntN(w.families[g.family].builds)
	case Hidden:
		from = w.exit(r)
	}
	return w.attempt(from, g, at)
}

func exp(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean))
}

// gammaHalf draws from Gamma(½, 1): half the square of a normal.
func gammaHalf(r *rand.Rand) float64 { x := r.NormFloat64(); return x * x / 2 }

func poisson(r *rand.Rand, mean float64) int {
	n, at := 0, math.Exp(-mean)
	for x := r.Float64(); x > at; x *= r.Float64() {
		n++
	}
	return n
}

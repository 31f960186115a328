package riskeval

import (
	"math"
	"math/rand/v2"
	"net/netip"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

const routed = 11_900_000 // /24s in the routed IPv4 space

// system is an autonomous system with /24s of its own, numbered from first.
type system struct {
	asn     uint
	name    string
	first   int
	count   int
	country []int // of the n-th /24: country[n % len]
}

// internet is a sketch of it: every /24 has a system, a country and a place.
type internet struct {
	countries []country
	byCode    map[string]int
	systems   []system
	byASN     map[uint]int
	within    [][]int // systems with addresses in a country
	total     int
}

func newInternet() *internet {
	n := &internet{countries: countries(), byCode: map[string]int{}, byASN: map[uint]int{}}
	for i, c := range n.countries {
		n.byCode[c.code] = i
	}
	n.within = make([][]int, len(n.countries))
	for i, c := range n.countries {
		rest := 1.0
		for _, o := range append(append([]operator(nil), c.fixed...), c.mobile...) {
			if o.space > 0 {
				n.add(o.asn, o.name, o.space*c.space*routed, []int{i})
				rest -= o.space
			}
		}
		const small = 60
		for s := range small { // the rest is spread evenly over systems of private numbers
			n.add(uint(4200000000+i*small+s), "", rest*c.space*routed/small, []int{i})
		}
	}
	for _, c := range clouds() {
		var where []int
		for _, code := range c.where {
			where = append(where, n.byCode[code])
		}
		n.add(c.asn, c.name, c.space*routed, where)
	}
	return n
}

func (n *internet) add(asn uint, name string, blocks float64, where []int) {
	s := system{asn: asn, name: name, first: n.total, count: max(int(blocks), 4), country: where}
	n.total += s.count
	n.byASN[asn] = len(n.systems)
	for i, c := range where {
		if i == 0 || where[i-1] != c {
			n.within[c] = append(n.within[c], len(n.systems))
		}
	}
	n.systems = append(n.systems, s)
}

// address is one address of a system.
type address struct {
	system, block int
	host          byte
}

// any picks an address of a system; anywhere one of the whole internet; inside
// one of a country, whosever it is.
func (n *internet) any(r *rand.Rand, system int) address {
	return address{system, r.IntN(n.systems[system].count), byte(1 + r.IntN(254))}
}

func (n *internet) anywhere(r *rand.Rand) address {
	at := r.IntN(n.total)
	lo, hi := 0, len(n.systems)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; n.systems[mid].first <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return address{lo, at - n.systems[lo].first, byte(1 + r.IntN(254))}
}

func (n *internet) inside(r *rand.Rand, country int) address {
	systems := n.within[country]
	total := 0
	for _, s := range systems {
		total += n.systems[s].count
	}
	for {
		at := r.IntN(total)
		for _, s := range systems {
			if at < n.systems[s].count {
				if a := (address{s, at, byte(1 + r.IntN(254))}); n.countryOf(a) == country {
					return a
				}
				break
			}
			at -= n.systems[s].count
		}
	}
}

// near picks an address of a system within km of a place; any if it has none
// there that a thousand tries find.
func (n *internet) near(r *rand.Rand, system int, lat, lon, km float64) address {
	a := n.any(r, system)
	for range 1000 {
		if p := n.place(a); risk.Distance(p.lat, p.lon, lat, lon) <= km {
			return a
		}
		a = n.any(r, system)
	}
	return a
}

func (n *internet) countryOf(a address) int {
	s := n.systems[a.system]
	return s.country[a.block%len(s.country)]
}

// place is where a /24 is said to be: in one of the country's cities by their
// weight, some kilometres off; the same for the same /24.
func (n *internet) place(a address) city {
	c := n.countries[n.countryOf(a)]
	r := rand.New(rand.NewPCG(uint64(n.systems[a.system].first+a.block), 0x9e3779b97f4a7c15))
	p := c.cities[pick(r, len(c.cities), func(i int) float64 { return c.cities[i].weight })]
	p.lat += r.NormFloat64() * 10 / 111
	p.lon += r.NormFloat64() * 10 / (111 * math.Cos(p.lat*math.Pi/180))
	p.weight = r.Float64() // decides its accuracy
	return p
}

// location is what a database says of an address: where it is vague, the
// country alone.
func (n *internet) location(a address) activity.Location {
	c, s, p := n.countries[n.countryOf(a)], n.systems[a.system], n.place(a)
	l := activity.Location{Country: c.code, City: p.name, Latitude: p.lat, Longitude: p.lon, RadiusKM: 20, ASN: s.asn, ASOrg: s.name}
	switch sharp := (p.weight - c.vague) / (1 - c.vague); {
	case sharp < 0:
		l.City, l.Latitude, l.Longitude, l.RadiusKM = "", c.cities[0].lat, c.cities[0].lon, 1000
	case sharp < .15:
		l.RadiusKM = 200
	case sharp < .3:
		l.RadiusKM = 100
	case sharp < .6:
		l.RadiusKM = 50
	}
	return l
}

// ip numbers the /24s through the first octets that are public as a whole.
func (n *internet) ip(a address) netip.Addr {
	at := n.systems[a.system].first + a.block
	first := at >> 16
	for _, reserved := range []int{0, 10, 100, 127, 172, 192, 198} {
		if first >= reserved {
			first++
		}
	}
	return netip.AddrFrom4([4]byte{byte(first), byte(at >> 8), byte(at), a.host})
}

// pick chooses an index by weight.
func pick(r *rand.Rand, n int, weight func(int) float64) int {
	sum := 0.0
	for i := range n {
		sum += weight(i)
	}
	at := r.Float64() * sum
	for i := range n {
		if at -= weight(i); at < 0 {
			return i
		}
	}
	return n - 1
}

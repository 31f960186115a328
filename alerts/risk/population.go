package risk

import (
	"cmp"
	"maps"
	"slices"
)

// Population is what everybody's sign-ins have in common: how usual a value is
// among them. Its memory is bounded, what is rare is forgotten first; nothing
// in it belongs to an account. The zero value knows nothing, and so does nil.
//
// Any number of Score may read a population at once while nobody changes it.
// An instance that runs beside others keeps two: the shared one, which it reads
// from the store now and then, and its own sign-ins since, which it merges into
// the shared one and begins anew. A population that is stale by hours or days
// changes little: the owner's own history decides.
type Population struct {
	levels  [levels]crowd
	attacks [2]crowd // by AS, by country
}

// crowd counts the most frequent values of one level.
type crowd struct {
	total  float64
	counts map[uint64]float64
}

// maxCrowd is the total at which counts are halved, so that the past fades.
const maxCrowd = 1 << 20

// crowdCapacity is how many values of each level a population holds. Single
// addresses are not counted: hardly any is shared by many.
var crowdCapacity = [levels]int{
	levelKind: 4, levelCountry: 256, levelASN: 1024, levelPrefix: 1024,
	levelClass: 8, levelOS: 64, levelBrowser: 128, levelVersion: 512, levelAgent: 512, levelRTT: 32, levelHour: 12,
}

const attackCapacity = 256

// usual is the share that a value of each level is taken to have before
// anything is known, worth usualWeight sign-ins.
var usual = [levels]float64{
	levelKind: 0.5, levelCountry: 0.05, levelASN: 0.02, levelPrefix: 0.001, levelIP: 0.001,
	levelClass: 0.4, levelOS: 0.2, levelBrowser: 0.1, levelVersion: 0.05, levelAgent: 0.01, levelRTT: 0.1, levelHour: 1. / 12,
}

const (
	usualWeight = 100
	// leastShare bounds how much a value of the owner's alone can speak for them:
	// the neighbours behind one address are not all friends.
	leastShare = 0.02
)

// Learn counts a legitimate sign-in. Call it where [Model.Learn] is called.
func (p *Population) Learn(a Attempt) {
	f := featuresOf(&a)
	for l, key := range f.key {
		if key != 0 && crowdCapacity[l] > 0 {
			p.levels[l].add(key, 1, crowdCapacity[l])
		}
	}
}

// LearnAttack counts a sign-in that was found out to be an attack: disowned by
// the owner, or part of a wave of stuffing.
func (p *Population) LearnAttack(a Attempt) {
	f := featuresOf(&a)
	for i, l := range attackLevels {
		if f.key[l] != 0 {
			p.attacks[i].add(f.key[l], 1, attackCapacity)
		}
	}
}

var attackLevels = [2]level{levelASN, levelCountry}

// SignIns is how many sign-ins it is made of, faded ones not counted.
func (p *Population) SignIns() int {
	if p == nil {
		return 0
	}
	return int(p.levels[levelHour].total)
}

// Merge adds what another population counted, which stays as it is.
func (p *Population) Merge(other *Population) {
	for l := range p.levels {
		p.levels[l].merge(other.levels[l], crowdCapacity[l])
	}
	for i := range p.attacks {
		p.attacks[i].merge(other.attacks[i], attackCapacity)
	}
}

// Clone gives a copy that can be changed apart.
func (p *Population) Clone() *Population {
	out := *p
	for l := range out.levels {
		out.levels[l].counts = maps.Clone(out.levels[l].counts)
	}
	for i := range out.attacks {
		out.attacks[i].counts = maps.Clone(out.attacks[i].counts)
	}
	return &out
}

// share is the part of all sign-ins that a value has, from leastShare to 1.
func (p *Population) share(l level, key uint64) float64 {
	q := usual[l]
	if p != nil {
		c := &p.levels[l]
		q = (c.counts[key] + usualWeight*q) / (c.total + usualWeight)
	}
	return min(max(q, leastShare), 1)
}

// attackRatio is how many times more often a value is seen in attacks than in
// sign-ins, from 1 up: attacks from elsewhere make nothing more trustworthy.
func (p *Population) attackRatio(i int, key uint64) float64 {
	if p == nil || key == 0 || p.attacks[i].total == 0 {
		return 1
	}
	q, c := p.share(attackLevels[i], key), &p.attacks[i]
	return max(1, (c.counts[key]+usualWeight*q)/((c.total+usualWeight)*q))
}

func (c *crowd) add(key uint64, n float64, capacity int) {
	if c.counts == nil {
		c.counts = map[uint64]float64{}
	}
	c.counts[key] += n
	c.total += n
	c.bound(capacity)
}

func (c *crowd) merge(o crowd, capacity int) {
	if o.total == 0 {
		return
	}
	if c.counts == nil {
		c.counts = make(map[uint64]float64, len(o.counts))
	}
	for key, n := range o.counts {
		c.counts[key] += n
	}
	c.total += o.total
	c.bound(capacity)
}

// bound drops the rarest values once there are twice as many as may stay, so
// that the work is paid for by the values that were added since, and halves all
// once the total is high.
func (c *crowd) bound(capacity int) {
	if len(c.counts) >= 2*capacity {
		c.counts = top(c.counts, capacity)
	}
	if c.total < maxCrowd {
		return
	}
	for c.total >= maxCrowd {
		c.total /= 2
		for key := range c.counts {
			c.counts[key] /= 2
		}
	}
}

// top keeps the n most frequent values.
func top(counts map[uint64]float64, n int) map[uint64]float64 {
	keys := ranked(counts)
	out := make(map[uint64]float64, 2*n)
	for _, key := range keys[:min(n, len(keys))] {
		out[key] = counts[key]
	}
	return out
}

// ranked gives the keys, the most frequent first.
func ranked(counts map[uint64]float64) []uint64 {
	return slices.SortedFunc(maps.Keys(counts), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

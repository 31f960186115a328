package risk

import "encoding/binary"

// MaxPopulation bounds an encoded population, in bytes.
const MaxPopulation = 64 << 10

const populationVersion = 0xB1

// Encode gives the population as at most [MaxPopulation] bytes, the same for
// the same counts.
func (p *Population) Encode() []byte {
	b := append(make([]byte, 0, 4096), populationVersion)
	for l := range p.levels {
		b = p.levels[l].append(b, crowdCapacity[l])
	}
	for i := range p.attacks {
		b = p.attacks[i].append(b, attackCapacity)
	}
	return binary.BigEndian.AppendUint32(b, checksum(b))
}

func (c *crowd) append(b []byte, capacity int) []byte {
	keys := ranked(c.counts)
	keys = keys[:min(len(keys), capacity)]
	b = appendFloat(b, c.total)
	b = binary.BigEndian.AppendUint16(b, uint16(len(keys)))
	for _, key := range keys {
		b = binary.BigEndian.AppendUint64(b, key)
		b = appendFloat(b, c.counts[key])
	}
	return b
}

// DecodePopulation reads an encoded population. Anything that this version did
// not write is no knowledge.
func DecodePopulation(data []byte) *Population {
	if len(data) < 5 || len(data) > MaxPopulation || data[0] != populationVersion {
		return &Population{}
	}
	body, sum := data[:len(data)-4], binary.BigEndian.Uint32(data[len(data)-4:])
	r, p := reader{b: body[1:]}, &Population{}
	for l := range p.levels {
		p.levels[l] = r.crowd(crowdCapacity[l])
	}
	for i := range p.attacks {
		p.attacks[i] = r.crowd(attackCapacity)
	}
	if r.bad || len(r.b) > 0 || sum != checksum(body) {
		return &Population{}
	}
	return p
}

func (r *reader) crowd(capacity int) crowd {
	c := crowd{total: r.count()}
	n := int(binary.BigEndian.Uint16(r.take(2)))
	if r.bad || n > capacity || len(r.b) < n*12 || c.total > maxCrowd {
		r.bad = true
		return crowd{}
	}
	if n > 0 {
		c.counts = make(map[uint64]float64, n)
	}
	for range n {
		key := r.uint64()
		c.counts[key] = r.count()
		r.bad = r.bad || c.counts[key] > c.total
	}
	return c
}

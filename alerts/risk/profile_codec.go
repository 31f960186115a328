package risk

import (
	"encoding/binary"
	"math"
	"time"
)

// MaxProfile bounds an encoded profile, in bytes.
const MaxProfile = 4096

// profileVersion is the first byte of an encoded profile. A profile of another
// version is no knowledge: whoever changes the encoding accepts that, or reads
// the old one.
const profileVersion = 0xA3

// Encode gives the profile as at most [MaxProfile] bytes.
func (p *Profile) Encode() []byte {
	b := make([]byte, 0, 1024)
	b = append(b, profileVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(p.signIns))
	for _, t := range []time.Time{p.epoch, p.last, p.placeAt} {
		b = binary.BigEndian.AppendUint64(b, uint64(unix(t)))
	}
	for _, v := range []float64{p.n, p.fresh, p.place.Latitude, p.place.Longitude, float64(p.place.RadiusKM)} {
		b = appendFloat(b, v)
	}
	for l := range p.levels {
		b = appendFloat(appendFloat(b, p.levels[l].total), p.levels[l].fresh)
		b = append(b, byte(len(p.levels[l].entries)))
		for _, e := range p.levels[l].entries {
			b = binary.BigEndian.AppendUint64(b, e.key)
			b = appendFloat(b, e.n)
		}
	}
	b = append(b, byte(len(p.devices)))
	for _, d := range p.devices {
		b = append(b, d.key[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(d.seen))
	}
	return binary.BigEndian.AppendUint32(b, checksum(b))
}

// DecodeProfile reads an encoded profile. Anything that this version did not
// write is no knowledge: the empty profile, to which everything is new.
func DecodeProfile(data []byte) *Profile {
	if len(data) < 5 || len(data) > MaxProfile || data[0] != profileVersion {
		return &Profile{}
	}
	body, sum := data[:len(data)-4], binary.BigEndian.Uint32(data[len(data)-4:])
	r := reader{b: body[1:]}
	p := &Profile{signIns: int(r.uint32())}
	p.epoch, p.last, p.placeAt = r.time(), r.time(), r.time()
	p.n, p.fresh = r.count(), r.count()
	p.place.Latitude, p.place.Longitude = r.float(), r.float()
	p.place.RadiusKM = int(r.count())
	for l := range p.levels {
		p.levels[l] = r.tally(capacity[l])
	}
	for range r.length(maxDevices) {
		d := device{}
		copy(d.key[:], r.take(len(d.key)))
		d.seen = int64(r.uint64())
		p.devices = append(p.devices, d)
	}
	if r.bad || len(r.b) > 0 || sum != checksum(body) || !p.valid() {
		return &Profile{}
	}
	return p
}

func (p *Profile) valid() bool {
	if p.signIns < 1 || p.signIns > maxSignIns || p.epoch.IsZero() || p.last.Before(p.epoch) || p.fresh > p.n {
		return false
	}
	for _, d := range p.devices {
		if d.key == (deviceKey{}) {
			return false
		}
	}
	return true
}

// checksum tells bytes of ours from others; it guards against accident, not
// against who can write to the database.
func checksum(b []byte) uint32 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return uint32(mix(h))
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func appendFloat(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(b, math.Float32bits(float32(v)))
}

// reader takes an encoding apart; bad remembers the first fault.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.bad = true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

func (r *reader) time() time.Time {
	us := int64(r.uint64())
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func (r *reader) float() float64 {
	v := float64(math.Float32frombits(r.uint32()))
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.bad = true
		return 0
	}
	return v
}

// count reads what cannot be negative and is not beyond what counting gives.
func (r *reader) count() float64 {
	v := r.float()
	if v < 0 || v > maxSignIns*(1<<maxGrowth) {
		r.bad = true
		return 0
	}
	return v
}

func (r *reader) length(max int) int {
	n := int(r.take(1)[0])
	if n > max {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) tally(capacity int) tally {
	t := tally{total: r.count(), fresh: r.count()}
	r.bad = r.bad || t.fresh > t.total
	if n := r.length(capacity); n > 0 && !r.bad && len(r.b) >= n*12 {
		t.entries = make([]entry, n)
		for i := range t.entries {
			t.entries[i] = entry{r.uint64(), r.count()}
			r.bad = r.bad || t.entries[i].key == 0
		}
	} else if n > 0 {
		r.bad = true
	}
	return t
}

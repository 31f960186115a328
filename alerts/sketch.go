package alerts

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"
)

// Sketch estimates how many different accounts were counted, in 16 bytes,
// whatever their number: linear counting (Whang et al., ACM TODS 1990). The
// first word has one bit for each account, by its hash, and is good up to some
// 150 accounts; the second has those of one account in 32, and is good
// up to some thousands. Counting an account again changes nothing; two sketches
// are united by OR, which every database can do in one statement.
type Sketch [2]uint64

// sketchPart is the share of accounts that the second word sees: one in 32.
const sketchPart = 32

// sketchOf holds one account. The network is hashed in, so that accounts which
// share a bit in one network's count do not in another's.
func sketchOf(network, account string) (s Sketch) {
	sum := sha256.Sum256([]byte(network + "|" + account))
	h := binary.BigEndian.Uint64(sum[:])
	s[0] = 1 << (h & 63)
	if h>>6%sketchPart == 0 {
		s[1] = 1 << (h >> 11 & 63)
	}
	return s
}

func (s Sketch) union(o Sketch) Sketch { return Sketch{s[0] | o[0], s[1] | o[1]} }

// Count estimates the number of accounts. The standard error is below one in
// six up to 3000.
func (s Sketch) Count() int {
	if free := 64 - bits.OnesCount64(s[0]); free >= 6 {
		return linear(free)
	}
	return max(linear(6), sketchPart*linear(max(1, 64-bits.OnesCount64(s[1]))))
}

func linear(free int) int { return int(math.Round(64 * math.Log(64/float64(free)))) }

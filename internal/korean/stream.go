package korean

// stream is a text as the keys that type it, so that Hangul, Hangul typed in
// English and Latin typed in Korean are looked up in the same way. Characters
// that no key of a word types become a 0, which is in no word.
type stream struct {
	raw, low     []byte
	at           []int  // the character that a key belongs to
	begins, ends []bool // whether a character begins or ends with the key
	hangul       []int  // number of keys before this one that are of Hangul
	latin        []int  // the same for Latin letters
}

// script of a stretch of keys.
type script int

const (
	scriptHangul script = iota
	scriptTyped         // Latin letters read as keys of Hangul
	scriptRoman         // Latin letters read as such
	scriptNone
)

func keysOf(text []rune) stream {
	n := len(text) * 3
	s := stream{raw: make([]byte, 0, n), low: make([]byte, 0, n), at: make([]int, 0, n), begins: make([]bool, 0, n), ends: make([]bool, 0, n),
		hangul: make([]int, 1, n+1), latin: make([]int, 1, n+1)}
	var buf [8]byte
	for i, c := range text {
		keys, hangul, latin := buf[:0], 0, 0
		switch {
		case isHangul(c):
			keys, hangul = appendKeys(keys, c), 1
		case c < 128 && isLatin(byte(c)):
			keys, latin = append(keys, byte(c)), 1
		case isDigit(c):
			keys = append(keys, byte(c))
		default:
			keys = append(keys, 0)
		}
		for j, k := range keys {
			s.raw = append(s.raw, k)
			s.low = append(s.low, lower(k))
			s.at = append(s.at, i)
			s.begins = append(s.begins, j == 0)
			s.ends = append(s.ends, j == len(keys)-1)
			s.hangul = append(s.hangul, s.hangul[len(s.hangul)-1]+hangul)
			s.latin = append(s.latin, s.latin[len(s.latin)-1]+latin)
		}
	}
	return s
}

func isLatin(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// of tells the keys from k to m, both inclusive, apart: Hangul, Latin (with the
// reading still open), or a mixture or neither.
func (s *stream) of(k, m int) (hangul, latin bool) {
	return s.hangul[m+1] > s.hangul[k], s.latin[m+1] > s.latin[k]
}

// shift is the number of ways of capitals that are tried before these: 1 as the
// word is typed or all small, 2 for the usual ones, more for odd ones.
func shift(raw []byte, keys string) float64 {
	odd, caps := 0, 0
	for i, c := range raw {
		if c >= 'A' && c <= 'Z' {
			caps++
		}
		if c != keys[i] {
			odd++
		}
	}
	switch {
	case odd == 0:
		return 1
	case caps == 0, caps == len(raw), odd == 1 && (raw[0] != keys[0] || raw[len(raw)-1] != keys[len(raw)-1]):
		return 2
	}
	ways := 1.0
	for i := range min(odd, len(raw)-odd, 8) {
		ways = ways * float64(len(raw)-i) / float64(i+1)
	}
	return max(2, ways)
}

package strength

import (
	"math"
	"sync"
)

// graph names a keyboard.
type graph uint8

const (
	qwerty graph = iota
	dvorak
	keypad
	macKeypad
)

func (g graph) String() string {
	return [...]string{"qwerty", "dvorak", "keypad", "mac_keypad"}[g]
}

// rows are the keys of a keyboard, each by its characters, without and with
// shift; a space is a gap. On a slanted keyboard each row is shifted half a key
// to the right of the one above.
var rows = [...][][2]string{
	qwerty:    {{"`1234567890-=", "~!@#$%^&*()_+"}, {" qwertyuiop[]\\", " QWERTYUIOP{}|"}, {" asdfghjkl;'", " ASDFGHJKL:\""}, {" zxcvbnm,./", " ZXCVBNM<>?"}},
	dvorak:    {{"`1234567890[]", "~!@#$%^&*(){}"}, {" ',.pyfgcrl/=\\", " \"<>PYFGCRL?+|"}, {" aoeuidhtns-", " AOEUIDHTNS_"}, {" ;qjkxbmwvz", " :QJKXBMWVZ"}},
	keypad:    {{" /*-", ""}, {"789+", ""}, {"456", ""}, {"123", ""}, {" 0.", ""}},
	macKeypad: {{" =/*", ""}, {"789-", ""}, {"456+", ""}, {"123", ""}, {" 0.", ""}},
}

// key is where a character is typed.
type key struct {
	x, y           int8
	shifted, typed bool
}

// layout is a keyboard and what zxcvbn's formula needs of it: the number of
// characters and how many keys lie beside one, on average.
type layout struct {
	keys           [128]key
	slanted        bool
	starts, degree float64
}

var layouts = sync.OnceValue(func() *[len(rows)]layout {
	var all [len(rows)]layout
	for g := range all {
		all[g] = newLayout(rows[g], graph(g) <= dvorak)
	}
	// One formula serves both keyboards and another both keypads.
	all[dvorak].starts, all[dvorak].degree = all[qwerty].starts, all[qwerty].degree
	all[macKeypad].starts, all[macKeypad].degree = all[keypad].starts, all[keypad].degree
	return &all
})

func newLayout(rows [][2]string, slanted bool) layout {
	l := layout{slanted: slanted}
	for y, row := range rows {
		for shift, chars := range row {
			for x, c := range []byte(chars) {
				if c != ' ' {
					l.keys[c] = key{int8(x), int8(y), shift == 1, true}
					l.starts++
				}
			}
		}
	}
	beside := 0
	for _, a := range l.keys {
		for _, b := range l.keys {
			if a.typed && b.typed && !b.shifted && l.direction(a, b) != 0 {
				beside++
			}
		}
	}
	l.degree = float64(beside) / l.starts
	return l
}

// direction numbers the way from one key to the one beside it; 0 if they do not
// touch. A key has six neighbours where rows are slanted, else eight.
func (l *layout) direction(a, b key) int {
	dx, dy := b.x-a.x, b.y-a.y
	if dx < -1 || dx > 1 || dy < -1 || dy > 1 || dx == 0 && dy == 0 || l.slanted && dx == dy {
		return 0
	}
	return int(3*dy+dx) + 5
}

func (l *layout) key(c rune) key {
	if c >= 128 {
		return key{}
	}
	return l.keys[c]
}

// walks finds stretches of at least three keys, each beside the last.
func (f *finder) walks(g graph) {
	l := &layouts()[g]
	for i := 0; i < len(f.runes)-1; {
		at := l.key(f.runes[i])
		j, turns, last, shifted := i+1, 0, 0, count(at.shifted)
		for at.typed && j < len(f.runes) {
			next := l.key(f.runes[j])
			d := l.direction(at, next)
			if !next.typed || d == 0 {
				break
			}
			shifted += count(next.shifted)
			turns += count(d != last)
			at, last = next, d
			j++
		}
		if j-i > 2 {
			f.add(match{i: int32(i), j: int32(j), pattern: spatial, graph: g, turns: uint8(turns),
				guesses: l.walkGuesses(j-i, turns) * shifts(shifted, j-i-shifted)})
		}
		i = j
	}
}

// walkGuesses counts the walks of up to n keys and up to as many turns: for each
// length the ways to place the turns, times a direction for each.
func (l *layout) walkGuesses(n, turns int) float64 {
	sum := 0.0
	for j := 1; j <= turns; j++ {
		places, c := 0.0, float64(j) // c is the ways to choose j-1 out of i-1
		for i := j + 1; i <= n; i++ {
			places += c
			c = c * float64(i) / float64(i-j+1)
		}
		sum += places * math.Pow(l.degree, float64(j))
	}
	return sum * l.starts
}

// shifts is the number of ways to hold shift that are tried before this one.
func shifts(shifted, plain int) float64 {
	switch {
	case shifted == 0:
		return 1
	case plain == 0:
		return 2
	}
	return ways(shifted, plain)
}

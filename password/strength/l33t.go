package strength

import "strings"

// l33tLetters are the letters that are written as symbols, l33tSymbols the
// symbols of each, and allSymbols all of them once. Letters and symbols are
// numbered by their places in these strings.
const (
	l33tLetters = "abcegilostxz"
	allSymbols  = "4@8({[<369!1|0$5+7%2"
)

var l33tSymbols = [len(l33tLetters)]string{"4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"}

// l33t is the search for words behind substitutions, from one place on.
//
// zxcvbn goes through tables: in each, every letter takes one of the symbols
// that the password holds, and where two letters take the same one, either may
// have it. It undoes each table's substitutions in the whole password and looks
// for words, which costs a pass for every table. Here one walk down the trie
// takes all tables at once: a reading of the characters so far belongs to some
// table if each symbol is read alike everywhere, no letter has two symbols, and
// every letter is left with a symbol to take. A symbol that is read as itself
// is one that no letter takes.
type l33t struct {
	f       *finder
	from    int
	present [len(l33tLetters)]uint32 // the symbols of each letter that the password holds
	reading [len(allSymbols)]int8    // unread, literal, or the letter's number
	taken   [len(l33tLetters)]bool   // the letters that some symbol is read as
	literal uint32                   // the symbols that are read as themselves
	subs    int                      // how many symbols are read as letters
}

const (
	unread  = -1
	literal = -2
)

// symbol and letter number a character, -1 if it is none.
func symbol(c rune) int { return numbers[0].of(c) }
func letter(c rune) int { return numbers[1].of(c) }

var numbers = [2]*numbering{numbered(allSymbols), numbered(l33tLetters)}

type numbering [128]int8

func numbered(chars string) *numbering {
	var n numbering
	for c := range n {
		n[c] = int8(strings.IndexByte(chars, byte(c)))
	}
	return &n
}

func (n *numbering) of(c rune) int {
	if c >= 128 {
		return -1
	}
	return int(n[c])
}

// l33tWords finds the words that hold at least one substitution and are at
// least two characters long.
func (f *finder) l33tWords() {
	s := l33t{f: f}
	last := -1
	for i, c := range f.low {
		k := symbol(c)
		if k < 0 {
			continue
		}
		last = i
		for letter, symbols := range l33tSymbols {
			if strings.IndexByte(symbols, allSymbols[k]) >= 0 {
				s.present[letter] |= 1 << k
			}
		}
	}
	for i := range s.reading {
		s.reading[i] = unread
	}
	for s.from = 0; s.from <= last; s.from++ {
		s.walk(0, s.from)
		for _, w := range f.own {
			s.own(w)
		}
	}
}

// walk reads the character at k in every way that leads on in the trie.
func (s *l33t) walk(n uint32, k int) {
	if k == len(s.f.low) {
		return
	}
	c := s.f.low[k]
	id := symbol(c)
	if id < 0 {
		s.step(n, k, c)
		return
	}
	switch was := s.reading[id]; was {
	case literal:
		s.step(n, k, c)
	case unread:
		if s.keep(id) {
			s.step(n, k, c)
			s.forget(id)
		}
		for letter := range l33tLetters {
			if s.take(id, letter) {
				s.step(n, k, rune(l33tLetters[letter]))
				s.forget(id)
			}
		}
	default:
		s.step(n, k, rune(l33tLetters[was]))
	}
}

func (s *l33t) step(n uint32, k int, c rune) {
	t := s.f.table
	if n = t.child(n, c); n == 0 {
		return
	}
	if t.rank[n] != 0 && s.subs > 0 && k > s.from {
		s.add(k+1, t.list[n], int(t.rank[n]))
	}
	s.walk(n, k+1)
}

// keep reads a symbol as itself, if every letter is left with another.
func (s *l33t) keep(id int) bool {
	without := s.literal | 1<<id
	for _, symbols := range s.present {
		if symbols != 0 && symbols&^without == 0 {
			return false
		}
	}
	s.reading[id], s.literal = literal, without
	return true
}

// take reads a symbol as a letter, if it stands for it and no other symbol does
// in this table.
func (s *l33t) take(id, letter int) bool {
	if s.taken[letter] || s.present[letter]&(1<<id) == 0 {
		return false
	}
	s.reading[id], s.taken[letter] = int8(letter), true
	s.subs++
	return true
}

func (s *l33t) forget(id int) {
	if was := s.reading[id]; was == literal {
		s.literal &^= 1 << id
	} else {
		s.taken[was] = false
		s.subs--
	}
	s.reading[id] = unread
}

// own reads the text as one of the user's words, which leaves no choice.
func (s *l33t) own(w ownWord) {
	if s.from+len(w.low) > len(s.f.low) || len(w.low) < 2 {
		return
	}
	var read []int
	fits := true
	for k := 0; k < len(w.low) && fits; k++ {
		c, want := s.f.low[s.from+k], w.low[k]
		id := symbol(c)
		switch {
		case id < 0:
			fits = c == want
		case s.reading[id] == literal:
			fits = c == want
		case s.reading[id] != unread:
			fits = int(s.reading[id]) == letter(want)
		case c == want && s.keep(id), letter(want) >= 0 && s.take(id, letter(want)):
			read = append(read, id)
		default:
			fits = false
		}
	}
	if fits && s.subs > 0 {
		s.add(s.from+len(w.low), listOwn, w.rank)
	}
	for _, id := range read {
		s.forget(id)
	}
}

func (s *l33t) add(j int, in list, rank int) {
	f := s.f
	f.add(match{i: int32(s.from), j: int32(j), pattern: dictionary, list: in, rank: int32(rank), l33t: true,
		guesses: float64(rank) * f.capitals(s.from, j) * s.variations(f.low[s.from:j])})
}

// variations is the number of ways to substitute that are tried before this
// one: for each symbol 2, or if its letter stands there as well, the ways to
// choose the places.
func (s *l33t) variations(low []rune) float64 {
	factor := 1.0
	for id, letter := range s.reading {
		if letter < 0 {
			continue
		}
		subbed, plain := 0, 0
		for _, c := range low {
			subbed += count(c == rune(allSymbols[id]))
			plain += count(c == rune(l33tLetters[letter]))
		}
		if plain == 0 {
			factor *= 2
		} else {
			factor *= ways(subbed, plain)
		}
	}
	return factor
}

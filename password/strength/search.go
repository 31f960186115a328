package strength

import (
	"cmp"
	"math"
	"slices"
)

// perMatch is D of the model: an attacker is taken to try that many guesses of
// each shorter sequence before a longer one.
const perMatch = 10000

// factorials and powers hold l! and perMatch^(l-1); no sequence has more
// matches than a text has characters. What is too large is +Inf, which no
// search prefers.
var factorials, powers = func() (f, p [MaxRunes + 1]float64) {
	f[0] = 1
	for l := 1; l <= MaxRunes; l++ {
		f[l] = f[l-1] * float64(l)
		p[l] = math.Pow(perMatch, float64(l-1))
	}
	return
}()

// analysis is the cheapest way to put a text together.
type analysis struct {
	runes   []rune
	matches []match
	guesses float64
}

// analyse finds the matches of at most MaxRunes characters and the cheapest
// sequence of them. If the text is only part of a longer one, the sequence may
// end early; see [search.end].
func analyse(c config, runes []rune, part bool) analysis {
	if len(runes) == 0 {
		return analysis{guesses: 1}
	}
	f := newFinder(c, runes, part)
	f.find()
	s := search{finder: f, cells: make([]cell, len(runes)*(len(runes)+1)/2), longest: make([]uint8, len(runes)+1)}
	s.run()
	end := s.end()
	l, guesses := s.best(end)
	return analysis{runes: runes, matches: s.unwind(end, l), guesses: guesses}
}

// cell is the best sequence of a certain length that covers a certain prefix:
// its guesses, the product of its matches' guesses, and its last match, as a
// place in found, or for arbitrary characters ^ where they begin. guesses are 0
// if there is no such sequence worth keeping.
type cell struct {
	g, pi float64
	last  int32
}

// search minimises l!·Π guesses + D^(l-1) over all sequences of l matches that
// cover the text (Wheeler, USENIX Security 2016, §4). What no match covers is
// arbitrary characters, ten guesses each.
type search struct {
	*finder
	cells   []cell
	longest []uint8 // of the sequences kept for each prefix
}

// row gives the cells of the prefix of k characters: row(k)[l-1] is the
// sequence of l matches.
func (s *search) row(k int) []cell { return s.cells[k*(k-1)/2 : k*(k+1)/2] }

func (s *search) run() {
	order := make([]int32, len(s.found))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.found[a].j, s.found[b].j), cmp.Compare(s.found[a].i, s.found[b].i))
	})
	for k := 1; k <= len(s.runes); k++ {
		for ; len(order) > 0 && int(s.found[order[0]].j) == k; order = order[1:] {
			m := &s.found[order[0]]
			s.extend(int(m.i), k, m.guesses, order[0])
		}
		for i := range k {
			s.extend(i, k, bruteforceGuesses(k-i), ^int32(i))
		}
	}
}

// bruteforceGuesses is what arbitrary characters cost: a little more than a
// match of the same length costs at least, so that the match is preferred.
func bruteforceGuesses(n int) float64 {
	if n == 1 {
		return 11
	}
	return math.Pow10(n)
}

// extend puts a match on runes[i:k] after each sequence that covers runes[:i].
func (s *search) extend(i, k int, guesses float64, last int32) {
	if i == 0 {
		s.offer(k, 1, cell{pi: guesses, last: last})
		return
	}
	before := s.row(i)
	for l := 1; l <= int(s.longest[i]); l++ {
		// Two stretches of arbitrary characters in a row are one.
		if c := before[l-1]; c.g > 0 && (last >= 0 || c.last >= 0) {
			s.offer(k, l+1, cell{pi: c.pi * guesses, last: last})
		}
	}
}

// offer keeps a sequence if none that is as short or shorter is as cheap.
func (s *search) offer(k, l int, c cell) {
	c.g = factorials[l]*c.pi + powers[l]
	row := s.row(k)[:l]
	for _, old := range row {
		if old.g > 0 && old.g <= c.g {
			return
		}
	}
	row[l-1] = c
	s.longest[k] = max(s.longest[k], uint8(l))
}

// best gives the length and the guesses of the cheapest sequence that covers
// runes[:k], the shortest if several are.
func (s *search) best(k int) (length int, guesses float64) {
	for l, c := range s.row(k)[:s.longest[k]] {
		if c.g > 0 && (length == 0 || c.g < guesses) {
			length, guesses = l+1, c.g
		}
	}
	return length, guesses
}

func (s *search) unwind(k, l int) []match {
	out := make([]match, l)
	for ; l > 0; l-- {
		last := s.row(k)[l-1].last
		if last >= 0 {
			out[l-1] = s.found[last]
		} else {
			out[l-1] = match{i: ^last, j: int32(k), guesses: bruteforceGuesses(k - int(^last))}
		}
		k = int(out[l-1].i)
	}
	return out
}

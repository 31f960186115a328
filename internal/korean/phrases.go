package korean

import (
	"cmp"
	"math"
	"slices"
)

// piece is a word, name, number or syllable that a phrase may hold.
type piece struct {
	k, m     int
	guesses  float64
	syllable bool
}

func (f *finder) piece(s script, k, m int, guesses float64) {
	if s == scriptNone {
		for s := range f.pieces {
			f.piece(script(s), k, m, guesses)
		}
		return
	}
	if len(f.pieces[s]) < maxMatches {
		f.pieces[s] = append(f.pieces[s], piece{k: k, m: m, guesses: guesses})
	}
}

// syllablesAt takes the syllable at a key as a piece, in Hangul or typed.
func (f *finder) syllablesAt(k int) {
	s, c, n := scriptHangul, f.text[f.at[k]], 1
	if !isSyllable(c) {
		var keys [6]rune
		part := f.raw[k:min(k+len(keys), len(f.raw))]
		for i, b := range part {
			keys[i] = rune(b)
		}
		s = scriptTyped
		if c, n = syllableAt(keys[:len(part)]); n == 0 {
			return
		}
		if hangul, _ := f.of(k, k+n-1); hangul {
			return
		}
	} else {
		n = len(appendKeys(nil, c))
	}
	if len(f.pieces[s]) < maxMatches {
		f.pieces[s] = append(f.pieces[s], piece{k, k + n - 1, f.rank(c), true})
	}
}

// maxHeads bounds the places from which phrases are put together.
const maxHeads = 16

// phrases puts adjacent pieces together and reports each stretch that can be
// read from end to end, at the cost of its cheapest reading.
func (f *finder) phrases() {
	for s, pieces := range f.pieces {
		slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.k, b.k) })
		starts, ends := make([]bool, len(f.low)+1), make([]bool, len(f.low)+1)
		for _, p := range pieces {
			starts[p.k], ends[p.m+1] = true, true
		}
		heads := 0
		for k := range f.low {
			if starts[k] && !ends[k] && heads < maxHeads {
				f.phrasesFrom(script(s), pieces, k, starts)
				heads++
			}
		}
	}
}

// reading is the cheapest way from a head to a key.
type reading struct {
	guesses float64
	pieces  int
	words   int // those that are more than a syllable
}

func (f *finder) phrasesFrom(s script, pieces []piece, head int, starts []bool) {
	best := make([]reading, len(f.low)+1)
	for i := range best {
		best[i].guesses = math.Inf(1)
	}
	best[head] = reading{guesses: 1}
	first, _ := slices.BinarySearchFunc(pieces, head, func(p piece, k int) int { return cmp.Compare(p.k, k) })
	for _, p := range pieces[first:] {
		from, to := best[p.k], &best[p.m+1]
		if g := from.guesses * p.guesses; g < to.guesses {
			*to = reading{g, from.pieces + 1, from.words}
			if !p.syllable {
				to.words++
			}
		}
	}
	for end := head + 1; end < len(best); end++ {
		if r := best[end]; r.pieces >= 2 && !starts[end] && !math.IsInf(r.guesses, 1) {
			f.phrase(s, head, end-1, r)
		}
	}
}

func (f *finder) phrase(s script, k, m int, r reading) {
	hangul, latin := f.of(k, m)
	if hangul == latin {
		return
	}
	word := string(f.text[f.at[k] : f.at[m]+1])
	guesses := r.guesses
	if r.words > 0 {
		guesses /= 2 // a piece costs double for being one more, not for being the first
	}
	switch {
	case s == scriptTyped:
		word, _, _ = Compose([]rune(word))
		f.report(k, m, 2*guesses, QwertyHangul, word)
	case s == scriptRoman:
		f.report(k, m, 2*guesses, Romanized, word)
	case r.words == 0:
		f.report(k, m, guesses, HangulSyllables, word)
	default:
		f.report(k, m, guesses, HangulWord, word)
	}
}

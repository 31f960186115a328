package strength

import (
	"bufio"
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nbutton23/zxcvbn-go/frequency"
)

// list names where a word comes from.
type list int

const (
	listPasswords list = iota
	listEnglish
	listNames
	listSurnames
	listKorean
	listOwn // the user's own words
)

type entry struct {
	list list
	rank int
}

// maxWord bounds a word's length in runes; the lists hold none longer.
const maxWord = 24

// koreanWords is a list of our own: one word a line, the most likely first,
// Hangul or romanised.
//
//go:embed korean.txt
var koreanWords string

// words maps each word to the list that ranks it best. Built on first use.
var words = sync.OnceValue(func() map[string]entry {
	all := make(map[string]entry, 1<<17)
	add := func(w string, e entry) {
		if utf8.RuneCountInString(w) > maxWord {
			return
		}
		if old, ok := all[w]; !ok || e.rank < old.rank {
			all[w] = e
		}
	}
	for _, source := range []struct { // in this order, so that ties are settled alike in every process
		name string
		list list
	}{{"Passwords", listPasswords}, {"English", listEnglish}, {"MaleNames", listNames}, {"FemaleNames", listNames}, {"Surname", listSurnames}} {
		for i, w := range frequency.Lists[source.name].List {
			add(strings.ToLower(w), entry{source.list, i + 1})
		}
	}
	rank := 0
	for lines := bufio.NewScanner(strings.NewReader(koreanWords)); lines.Scan(); {
		w := strings.TrimSpace(lines.Text())
		if w == "" || strings.HasPrefix(w, "#") {
			continue
		}
		rank++
		add(w, entry{listKorean, rank})
		add(strings.ToLower(Keys(w)), entry{listKorean, rank})
	}
	return all
})

// wordTokens finds words as they are, reversed, and behind l33t substitutions.
func wordTokens(r, low []rune, own map[string]int) []token {
	var tokens []token
	find := func(text []rune, visit func(i, j int, e entry)) {
		dict := words()
		for i := range text {
			for j := i + 1; j <= min(len(text), i+maxWord); j++ {
				w := string(text[i:j])
				if e, ok := dict[w]; ok {
					visit(i, j, e)
				}
			}
			if own == nil {
				continue
			}
			for j := i + 2; j <= len(text); j++ {
				if rank, ok := own[string(text[i:j])]; ok {
					visit(i, j, entry{listOwn, rank})
				}
			}
		}
	}
	find(low, func(i, j int, e entry) {
		tokens = append(tokens, wordToken(r, i, j, e, 1))
	})
	n := len(low)
	find(reversed(low), func(i, j int, e entry) {
		if j-i < 3 {
			return
		}
		t := wordToken(r, n-j, n-i, e, 2)
		t.reversed = true
		tokens = append(tokens, t)
	})
	for _, plain := range unl33t(low) {
		find(plain, func(i, j int, e entry) {
			factor := l33tVariations(low[i:j], plain[i:j])
			if factor < 2 || j-i < 2 {
				return
			}
			t := wordToken(r, i, j, e, factor)
			t.l33t = true
			tokens = append(tokens, t)
		})
	}
	return tokens
}

func wordToken(r []rune, i, j int, e entry, factor float64) token {
	return token{i: i, j: j, kind: kindWord, list: e.list, rank: e.rank,
		guesses: max(least(j-i), float64(e.rank)*upperVariations(r[i:j])*factor)}
}

// least is what a token costs at least when it is only a part of the password.
// A token that is the whole password is put together alone and costs what it is
// worth; the difference is below the first threshold.
func least(length int) float64 {
	if length == 1 {
		return 10
	}
	return 1
}

func reversed(r []rune) []rune {
	out := make([]rune, len(r))
	for i, c := range r {
		out[len(r)-1-i] = c
	}
	return out
}

// upperVariations is the number of ways to put capitals that are tried before
// this one is found.
func upperVariations(r []rune) float64 {
	up, low := 0, 0
	for _, c := range r {
		switch {
		case unicode.IsUpper(c):
			up++
		case unicode.IsLower(c):
			low++
		}
	}
	switch {
	case up == 0:
		return 1
	case low == 0, up == 1 && (unicode.IsUpper(r[0]) || unicode.IsUpper(r[len(r)-1])):
		return 2
	}
	return ways(up, low)
}

// ways sums the choices of 1 to min(a, b) of a+b places.
func ways(a, b int) float64 {
	sum := 0.0
	for i := 1; i <= min(a, b); i++ {
		sum += choose(a+b, i)
	}
	return max(sum, 1)
}

func choose(n, k int) float64 {
	c := 1.0
	for i := 1; i <= k; i++ {
		c = c * float64(n-k+i) / float64(i)
	}
	return c
}

// l33t maps symbols to the letters that they stand for. Those that stand for
// two are read one way in the first and the other way in the second table; two
// readings of a password are all that is tried, whatever it holds.
var l33t = [2]map[rune]rune{
	{'4': 'a', '@': 'a', '8': 'b', '(': 'c', '{': 'c', '[': 'c', '<': 'c', '3': 'e', '6': 'g', '9': 'g',
		'1': 'i', '!': 'i', '|': 'i', '0': 'o', '$': 's', '5': 's', '+': 't', '7': 't', '%': 'x', '2': 'z'},
	{'4': 'a', '@': 'a', '8': 'b', '(': 'c', '{': 'c', '[': 'c', '<': 'c', '3': 'e', '6': 'g', '9': 'g',
		'1': 'l', '!': 'i', '|': 'l', '0': 'o', '$': 's', '5': 's', '+': 't', '7': 'l', '%': 'x', '2': 'z'},
}

// unl33t gives the readings of r that differ from r, none if it has no symbol.
func unl33t(r []rune) [][]rune {
	var out [][]rune
	for _, table := range l33t {
		plain := make([]rune, len(r))
		changed := false
		for i, c := range r {
			plain[i] = c
			if letter, ok := table[c]; ok {
				plain[i], changed = letter, true
			}
		}
		if changed && (len(out) == 0 || string(out[0]) != string(plain)) {
			out = append(out, plain)
		}
	}
	return out
}

// l33tVariations is the number of ways to substitute letters that are tried
// before this one; 1 if nothing is substituted.
func l33tVariations(typed, plain []rune) float64 {
	subbed, unsubbed := map[rune]int{}, map[rune]int{}
	for i, c := range plain {
		if typed[i] != c {
			subbed[c]++
		} else {
			unsubbed[c]++
		}
	}
	factor := 1.0
	for c, s := range subbed {
		if u := unsubbed[c]; u > 0 {
			factor *= max(2, ways(s, u))
		} else {
			factor *= 2
		}
	}
	return factor
}

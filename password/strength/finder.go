package strength

import "unicode"

// finder collects the matches of one text.
type finder struct {
	config
	table *table
	runes []rune
	low   []rune  // in lower case, place by place
	upper []uint8 // upper[i] counts A to Z in runes[:i]
	lower []uint8 // a to z
	part  bool    // the text is the beginning of a longer one
	found []match
}

// config is what holds for a whole estimate.
type config struct {
	reference bool
	year      int
	own       []ownWord
}

// ownWord is a word of the user's, in lower case.
type ownWord struct {
	low  []rune
	rank int
}

func newFinder(c config, runes []rune, part bool) *finder {
	n := len(runes)
	counts := make([]uint8, 2*(n+1))
	f := &finder{config: c, table: words(), runes: runes, part: part, low: lowered(runes),
		upper: counts[:n+1], lower: counts[n+1:], found: make([]match, 0, 4*n)}
	for i, r := range runes {
		f.upper[i+1] = f.upper[i] + uint8(count(isUpper(r)))
		f.lower[i+1] = f.lower[i] + uint8(count(isLower(r)))
	}
	return f
}

// lowered folds case rune by rune, so that places stay.
func lowered(r []rune) []rune {
	low := make([]rune, len(r))
	for i, c := range r {
		low[i] = unicode.ToLower(c)
	}
	return low
}

// find runs all matchers. Their order settles ties, as it does in zxcvbn.
func (f *finder) find() {
	f.words()
	f.backwards()
	f.l33tWords()
	for g := range rows {
		f.walks(graph(g))
	}
	f.repeats()
	f.sequences()
	f.years()
	f.dates()
	if !f.reference {
		f.korean()
	}
}

func (f *finder) add(m match) {
	m.guesses = max(m.guesses, f.least(m.len()))
	f.found = append(f.found, m)
}

// least is what a part of a password costs at least: an attacker who puts parts
// together has to find out where it begins and ends.
func (f *finder) least(length int) float64 {
	switch {
	case length == len(f.runes) && !f.part:
		return 1
	case length == 1:
		return 10
	}
	return 50
}

func isUpper(c rune) bool { return c >= 'A' && c <= 'Z' }
func isLower(c rune) bool { return c >= 'a' && c <= 'z' }
func isDigit(c rune) bool { return c >= '0' && c <= '9' }

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func equal(a, b []rune) bool {
	for i, c := range a {
		if c != b[i] {
			return false
		}
	}
	return true
}

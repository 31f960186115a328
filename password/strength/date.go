package strength

import (
	"strings"
	"unicode"
)

const (
	firstYear, lastYear = 1900, 2049
	// years is how many an attacker tries: most people's dates are their own.
	years = 60
)

// dateTokens finds years, days, and dates in the usual orders, with or without
// separators.
func dateTokens(r []rune) []token {
	var tokens []token
	for i := range r {
		if !isDigit(r[i]) {
			continue
		}
		n := digits(r[i:])
		for _, length := range []int{4, 6, 8} {
			if length > n {
				break
			}
			d := r[i : i+length]
			if length == 4 && isYear(number(d)) {
				tokens = append(tokens, token{i: i, j: i + 4, kind: kindYear, guesses: years})
			}
			if g := plainDate(d); g > 0 {
				tokens = append(tokens, token{i: i, j: i + length, kind: kindDate, guesses: g})
			}
		}
		if j := separated(r, i); j > 0 {
			tokens = append(tokens, token{i: i, j: j, kind: kindDate, guesses: 4 * 366 * years})
		}
	}
	return tokens
}

// plainDate judges 4, 6 or 8 digits: mmdd or ddmm; with a year of two or four
// digits before or after. 0 if they are no date.
func plainDate(d []rune) float64 {
	day := func(a, b int) bool { return isDay(a, b) || isDay(b, a) }
	switch len(d) {
	case 4:
		if day(number(d[:2]), number(d[2:])) {
			return 2 * 366
		}
	case 6:
		if day(number(d[2:4]), number(d[4:])) || day(number(d[:2]), number(d[2:4])) {
			return 366 * years
		}
	case 8:
		if isYear(number(d[:4])) && day(number(d[4:6]), number(d[6:])) || isYear(number(d[4:])) && day(number(d[:2]), number(d[2:4])) {
			return 366 * years
		}
	}
	return 0
}

// separated finds a date such as 1990-1-31, 31/01/90 or 1990년1월31일 at i and
// gives its end; 0 if there is none.
func separated(r []rune, i int) int {
	var num [3]int
	var width [3]int
	j := i
	for k := range num {
		width[k] = digits(r[j:])
		if width[k] == 0 || width[k] > 4 {
			return 0
		}
		num[k] = number(r[j : j+width[k]])
		j += width[k]
		if k == 2 {
			break
		}
		if j >= len(r) || !strings.ContainsRune(" -/\\._년월,", r[j]) {
			return 0
		}
		j++
	}
	if j < len(r) && r[j] == '일' {
		j++
	}
	year := func(k int) bool { return width[k] == 2 || width[k] == 4 && isYear(num[k]) }
	day := func(a, b int) bool { return isDay(num[a], num[b]) || isDay(num[b], num[a]) }
	if year(0) && day(1, 2) || year(2) && day(0, 1) {
		return j
	}
	return 0
}

func isYear(n int) bool        { return n >= firstYear && n <= lastYear }
func isDay(month, dd int) bool { return month >= 1 && month <= 12 && dd >= 1 && dd <= 31 }
func isDigit(c rune) bool      { return c >= '0' && c <= '9' }

// digits counts the ASCII digits that r starts with.
func digits(r []rune) int {
	n := 0
	for n < len(r) && isDigit(r[n]) {
		n++
	}
	return n
}

func number(r []rune) int {
	n := 0
	for _, c := range r {
		n = n*10 + int(c-'0')
	}
	return n
}

func isLetter(c rune) bool { return unicode.IsLetter(c) && c < unicode.MaxASCII }

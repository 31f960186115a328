package strength

import (
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// rows are sequences that are no run of code points, as people recite them.
var rows = [][]rune{
	[]rune("가나다라마바사아자차카타파하"),
	[]rune("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ"),
	[]rune("ㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ"),
	[]rune("일이삼사오육칠팔구십"),
	[]rune("월화수목금토일"),
}

// sequenceTokens finds runs with a constant step, such as abc, 97531 or абв,
// and the recited rows.
func sequenceTokens(r []rune) []token {
	var tokens []token
	for i := 0; i < len(r)-1; {
		d := r[i+1] - r[i]
		j := i + 2
		for j < len(r) && r[j]-r[j-1] == d {
			j++
		}
		if n := j - i; d != 0 && d >= -5 && d <= 5 && (n > 2 || d == 1 || d == -1) && sameClass(r[i:j]) {
			tokens = append(tokens, token{i: i, j: j, kind: kindSequence, guesses: sequenceGuesses(r[i], d, n)})
		}
		i = max(i+1, j-1)
	}
	for _, row := range rows {
		tokens = append(tokens, rowTokens(r, row)...)
	}
	return tokens
}

func sameClass(r []rune) bool {
	all := func(f func(rune) bool) bool { return !slices.ContainsFunc(r, func(c rune) bool { return !f(c) }) }
	return all(unicode.IsDigit) || all(unicode.IsLower) || all(unicode.IsUpper) || all(unicode.IsLetter)
}

func sequenceGuesses(first rune, d rune, n int) float64 {
	g := 26.0
	switch {
	case strings.ContainsRune("aAzZ019", first):
		g = 4
	case unicode.IsDigit(first):
		g = 10
	}
	if d < 0 {
		g *= 2
	}
	return g * float64(n)
}

// rowTokens finds stretches of at least three runes of a recited row, forwards
// or backwards.
func rowTokens(r, row []rune) []token {
	var tokens []token
	for i := 0; i < len(r)-2; {
		j := i + 1
		at := slices.Index(row, r[i])
		for _, d := range []int{1, -1} {
			k := i + 1
			for p := at + d; at >= 0 && k < len(r) && p >= 0 && p < len(row) && row[p] == r[k]; p += d {
				k++
			}
			j = max(j, k)
		}
		if j-i >= 3 {
			tokens = append(tokens, token{i: i, j: j, kind: kindSequence, guesses: 8 * float64(j-i)})
		}
		i = max(i+1, j-1)
	}
	return tokens
}

// repeatTokens finds units that are repeated, of any length. The guesses are
// those of the unit, times the repeats.
func repeatTokens(r []rune, own map[string]int) []token {
	var tokens []token
	for p := 1; p <= len(r)/2; p++ {
		for i := 0; i+2*p <= len(r); {
			j := i + p
			for j < len(r) && r[j] == r[j-p] {
				j++
			}
			if times := (j - i) / p; times >= 2 {
				if q := period(r[i : i+p]); q == p || p%q != 0 { // else a shorter unit says the same
					tokens = append(tokens, repeatToken(r, i, p, times, own))
				}
				i = j - p // the next run of this period starts later
			}
			i++
		}
	}
	return tokens
}

func repeatToken(r []rune, i, p, times int, own map[string]int) token {
	unit := r[i : i+p]
	base := 12.0
	if p > 1 {
		_, base = cheapest(unit, basicTokens(unit, own))
	}
	return token{i: i, j: i + p*times, kind: kindRepeat, baseLength: p, guesses: base * float64(times)}
}

// The rows of a US keyboard and of a keypad; each row is shifted half a key
// against the one above it on the keyboard.
var (
	keyboardRows = [][2]string{{"`1234567890-=", "~!@#$%^&*()_+"}, {" qwertyuiop[]\\", " QWERTYUIOP{}|"}, {" asdfghjkl;'", " ASDFGHJKL:\""}, {" zxcvbnm,./", " ZXCVBNM<>?"}}
	keypadRows   = []string{" /*-", "789+", "456", "123", " 0."}
)

type place struct{ row, col int }

var keyboard = sync.OnceValue(func() map[rune]place {
	m := map[rune]place{}
	for row, both := range keyboardRows {
		for _, s := range both {
			for col, c := range []rune(s) {
				if c != ' ' {
					m[c] = place{row, col}
				}
			}
		}
	}
	return m
})

var keypad = sync.OnceValue(func() map[rune]place {
	m := map[rune]place{}
	for row, s := range keypadRows {
		for col, c := range []rune(s) {
			if c != ' ' {
				m[c] = place{row, col}
			}
		}
	}
	return m
})

// keyboardTokens finds walks of at least three keys, each beside the last.
func keyboardTokens(r []rune) []token {
	board := walks(r, keyboard(), 47, 4.6, func(a, b place) bool {
		dr, dc := b.row-a.row, b.col-a.col
		return dr == 0 && (dc == 1 || dc == -1) || dr == 1 && (dc == 0 || dc == -1) || dr == -1 && (dc == 0 || dc == 1)
	})
	pad := walks(r, keypad(), 15, 5.1, func(a, b place) bool {
		dr, dc := b.row-a.row, b.col-a.col
		return max(dr, -dr, dc, -dc) == 1
	})
	return append(board, pad...)
}

func walks(r []rune, where map[rune]place, starts, degree float64, beside func(a, b place) bool) []token {
	var tokens []token
	for i := 0; i < len(r)-2; {
		j, turns, dir := i+1, 0, place{9, 9}
		for ; j < len(r); j++ {
			a, okA := where[r[j-1]]
			b, okB := where[r[j]]
			if !okA || !okB || !beside(a, b) {
				break
			}
			if d := (place{b.row - a.row, b.col - a.col}); d != dir {
				dir = d
				turns++
			}
		}
		if j-i >= 3 {
			tokens = append(tokens, token{i: i, j: j, kind: kindKeyboard, turns: turns,
				guesses: walkGuesses(j-i, turns, starts, degree) * shifted(r[i:j])})
		}
		i = max(i+1, j-1)
	}
	return tokens
}

// walkGuesses counts the walks of up to n keys with up to the given turns.
func walkGuesses(n, turns int, starts, degree float64) float64 {
	g := 0.0
	for i := 2; i <= n; i++ {
		for j := 1; j <= min(turns, i-1); j++ {
			g += choose(i-1, j-1) * starts * math.Pow(degree, float64(j))
		}
	}
	return g
}

func shifted(r []rune) float64 {
	n := 0
	for _, c := range r {
		if unicode.IsUpper(c) || strings.ContainsRune(`~!@#$%^&*()_+{}|:"<>?`, c) {
			n++
		}
	}
	switch {
	case n == 0:
		return 1
	case n == len(r):
		return 2
	}
	return ways(n, len(r)-n)
}

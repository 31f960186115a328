package strength

// words finds the words that stand in the text as they are, and those of the
// user's that do. No word of the table is longer than 23 characters, so the time
// is linear in the length of the text.
func (f *finder) words() {
	t := f.table
	for i := range f.low {
		n := uint32(0)
		for k := i; k < len(f.low); k++ {
			if n = t.child(n, f.low[k]); n == 0 {
				break
			}
			if t.rank[n] != 0 {
				f.word(i, k+1, t.list[n], int(t.rank[n]), false)
			}
		}
	}
	for _, w := range f.own {
		for i := 0; i+len(w.low) <= len(f.low); i++ {
			if equal(w.low, f.low[i:]) {
				f.word(i, i+len(w.low), listOwn, w.rank, false)
			}
		}
	}
}

// backwards finds the words that stand in the text from right to left.
func (f *finder) backwards() {
	t := f.table
	for j := len(f.low); j > 0; j-- {
		n := uint32(0)
		for k := j - 1; k >= 0; k-- {
			if n = t.child(n, f.low[k]); n == 0 {
				break
			}
			if t.rank[n] != 0 {
				f.word(k, j, t.list[n], int(t.rank[n]), true)
			}
		}
	}
	for _, w := range f.own {
		for j := len(f.low); j >= len(w.low); j-- {
			if i := j - len(w.low); equalBackwards(w.low, f.low[i:j]) {
				f.word(i, j, listOwn, w.rank, true)
			}
		}
	}
}

func equalBackwards(a, b []rune) bool {
	for i, c := range a {
		if c != b[len(b)-1-i] {
			return false
		}
	}
	return true
}

func (f *finder) word(i, j int, in list, rank int, reversed bool) {
	guesses := float64(rank) * f.capitals(i, j)
	if reversed {
		guesses *= 2
	}
	f.add(match{i: int32(i), j: int32(j), pattern: dictionary, list: in, rank: int32(rank), reversed: reversed, guesses: guesses})
}

// capitals is the number of ways to put capitals into a word that are tried
// before the one in the text: 1 if there are none, 2 for the usual three (first,
// last, all), else the ways to choose as many places or fewer.
func (f *finder) capitals(i, j int) float64 {
	up := int(f.upper[j] - f.upper[i])
	if up == 0 {
		return 1
	}
	low := int(f.lower[j] - f.lower[i])
	single := up == 1 && j-i > 1
	switch {
	case low == 0, single && isUpper(f.runes[i]), single && isUpper(f.runes[j-1]):
		return 2
	}
	return ways(up, low)
}

// ways sums the choices of 1 to min(a, b) out of a+b places.
func ways(a, b int) float64 {
	sum, c := 0.0, 1.0
	for i := 1; i <= min(a, b); i++ {
		c = c * float64(a+b-i+1) / float64(i)
		sum += c
	}
	return sum
}

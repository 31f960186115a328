package strength

// maxStep bounds the step of a sequence in code points.
const maxStep = 5

// sequences finds runs with a constant step, such as abc, 9753 or абв: of three
// characters or more, or of two side by side.
func (f *finder) sequences() {
	r := f.runes
	if len(r) < 2 {
		return
	}
	i, step := 0, r[1]-r[0]
	for k := 1; k < len(r); k++ {
		if d := r[k] - r[k-1]; d != step {
			f.sequence(i, k, step)
			i, step = k-1, d
		}
	}
	f.sequence(i, len(r), step)
}

func (f *finder) sequence(i, j int, step rune) {
	size := max(step, -step)
	if size == 0 || size > maxStep || j-i < 3 && size != 1 {
		return
	}
	f.add(match{i: int32(i), j: int32(j), pattern: sequence, guesses: sequenceGuesses(f.runes[i], step < 0) * float64(j-i)})
}

// sequenceGuesses counts the places where a sequence may begin; the obvious
// ones are tried first, rising before falling.
func sequenceGuesses(first rune, falling bool) float64 {
	g := 26.0
	switch {
	case first == 'a', first == 'A', first == 'z', first == 'Z', first == '0', first == '1', first == '9':
		g = 4
	case isDigit(first):
		g = 10
	}
	if falling {
		g *= 2
	}
	return g
}

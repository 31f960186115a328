package strength

// repeats finds units that stand there twice or more in a row, from left to
// right. The guesses are those of the unit, analysed by itself, times how often
// it stands there. A unit is at most half as long as the text, so all analyses
// together take no longer than one more of the text.
func (f *finder) repeats() {
	r := f.runes
	for from := 0; from < len(r); {
		i, short, long := firstRepeat(r, from)
		if short == 0 {
			return
		}
		base, length := short, covered(r[i:], short)
		// The longest unit wins where it reaches further: "aabaab" is twice
		// "aab", not "aa" and a rest. It may be a repeat itself.
		if reach := covered(r[i:], long); reach > length {
			base, length = shortestUnit(r[i:i+reach]), reach
		}
		unit := analyse(f.config, r[i:i+base], false)
		f.add(match{i: int32(i), j: int32(i + length), pattern: repeat, base: int32(base), guesses: unit.guesses * float64(length/base)})
		from = i + length
	}
}

// firstRepeat gives the first place from which a unit is repeated, and the
// lengths of the shortest and the longest such unit; 0 if there is none.
func firstRepeat(r []rune, from int) (i, short, long int) {
	for i = from; i+1 < len(r); i++ {
		for u := 1; i+2*u <= len(r); u++ {
			if r[i+u-1] == '\n' || r[i+u-1] == '\r' {
				break // zxcvbn's units hold no line ends
			}
			if r[i] == r[i+u] && equal(r[i:i+u], r[i+u:]) {
				if short == 0 {
					short = u
				}
				long = u
			}
		}
		if short > 0 {
			return i, short, long
		}
	}
	return 0, 0, 0
}

// covered is the length of all repeats of the unit that r begins with.
func covered(r []rune, unit int) int {
	n := unit
	for n+unit <= len(r) && equal(r[:unit], r[n:]) {
		n += unit
	}
	return n
}

// shortestUnit gives the length of the shortest unit that r is a repeat of.
func shortestUnit(r []rune) int {
	for u := 1; u < len(r); u++ {
		if len(r)%u == 0 && covered(r, u) == len(r) {
			return u
		}
	}
	return len(r)
}

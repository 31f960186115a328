package strength

import "unicode"

const (
	// minYears is the least number of years that an attacker tries.
	minYears = 20
	// firstYear and lastYear bound the years of four digits in dates.
	firstYear, lastYear = 1000, 2050
)

// years finds the years 1900 to 2019, as zxcvbn does, and unless faithful to it
// those up to 2049, wherever they stand.
func (f *finder) years() {
	for i := 0; i+4 <= len(f.runes); i++ {
		if digits(f.runes[i:]) < 4 {
			continue
		}
		n := number(f.runes[i : i+4])
		if n < 1900 || f.reference && n > 2019 || n > 2049 {
			continue
		}
		f.add(match{i: int32(i), j: int32(i + 4), pattern: year, guesses: max(f.distance(n), minYears)})
		if f.reference {
			i += 3
		}
	}
}

// distance is how far a year lies from the one that attackers start at.
func (f *finder) distance(y int) float64 { return float64(max(y-f.year, f.year-y)) }

// splits are the ways to cut 4 to 8 digits into day, month and year: where the
// second and where the third number begins.
var splits = [...][][2]int{
	4: {{1, 2}, {2, 3}},
	5: {{1, 3}, {2, 3}},
	6: {{1, 2}, {2, 4}, {4, 5}},
	7: {{1, 3}, {2, 3}, {4, 5}, {4, 6}},
	8: {{2, 4}, {4, 6}},
}

// dates finds days with their year, in any order with the year first or last,
// with one of zxcvbn's separators or none, and leaves out those that lie within
// another.
func (f *finder) dates() {
	reach := 0
	for i := range f.runes {
		if !isDigit(f.runes[i]) {
			continue
		}
		j, guesses := f.plainDate(i)
		if end, g := f.partedDate(i); end > j {
			j, guesses = end, g
		}
		if j > reach {
			reach = j
			f.add(match{i: int32(i), j: int32(j), pattern: date, guesses: guesses})
		}
	}
}

// plainDate gives the end of the longest date of digits alone that begins at i,
// 0 if there is none, and its guesses. Of several readings the one closest to
// the present counts.
func (f *finder) plainDate(i int) (end int, guesses float64) {
	for n := min(8, digits(f.runes[i:])); n >= 4; n-- {
		d := f.runes[i : i+n]
		closest := -1.0
		for _, s := range splits[n] {
			y, ok := yearOf(number(d[:s[0]]), number(d[s[0]:s[1]]), number(d[s[1]:]))
			if far := f.distance(y); ok && (closest < 0 || far < closest) {
				closest = far
			}
		}
		if closest >= 0 {
			return i + n, 365 * max(closest, minYears)
		}
	}
	return 0, 0
}

// partedDate is plainDate for dates with separators.
func (f *finder) partedDate(i int) (end int, guesses float64) {
	r := f.runes
	n1 := digits(r[i:])
	k := i + n1
	if n1 > 4 || k >= len(r) || !separates(r[k]) {
		return 0, 0
	}
	n2 := digits(r[k+1:])
	l := k + 1 + n2
	if n2 < 1 || n2 > 2 || l >= len(r) || r[l] != r[k] {
		return 0, 0
	}
	for n3 := min(4, digits(r[l+1:])); n3 > 0; n3-- {
		j := l + 1 + n3
		y, ok := yearOf(number(r[i:k]), number(r[k+1:l]), number(r[l+1:j]))
		if ok && j-i >= 6 && j-i <= 10 {
			return j, 4 * 365 * max(f.distance(y), minYears)
		}
	}
	return 0, 0
}

func separates(c rune) bool {
	switch c {
	case '/', '\\', '_', '.', '-':
		return true
	}
	return unicode.IsSpace(c)
}

// digits counts the ASCII digits that r starts with.
func digits(r []rune) int {
	n := 0
	for n < len(r) && isDigit(r[n]) {
		n++
	}
	return n
}

// number reads ASCII digits.
func number(r []rune) int {
	n := 0
	for _, c := range r {
		n = 10*n + int(c-'0')
	}
	return n
}

// yearOf reads three numbers as a date and gives its year. A year has four
// digits or two, and stands last or first; if one has four digits, the other two
// numbers must be the day and the month.
func yearOf(a, b, c int) (int, bool) {
	over12, over31, under1 := 0, 0, 0
	for _, n := range [3]int{a, b, c} {
		if n > 99 && n < firstYear || n > lastYear {
			return 0, false
		}
		over12 += count(n > 12)
		over31 += count(n > 31)
		under1 += count(n <= 0)
	}
	switch {
	case b > 31 || b <= 0 || over31 >= 2 || over12 == 3 || under1 >= 2:
		return 0, false
	case c >= firstYear:
		return c, isDay(a, b)
	case a >= firstYear:
		return a, isDay(b, c)
	case isDay(a, b):
		return century(c), true
	case isDay(b, c):
		return century(a), true
	}
	return 0, false
}

// isDay tells whether two numbers are a day and a month, in either order.
func isDay(a, b int) bool {
	return a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12)
}

// century gives a year of two digits its first two.
func century(y int) int {
	if y > 50 {
		return y + 1900
	}
	return y + 2000
}

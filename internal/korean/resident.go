package korean

// Resident registration numbers: six digits of the birth date, a hyphen that
// is often left out, a digit for century and sex (1, 2 born in the 1900s, 3, 4
// in the 2000s, 5 to 8 the same for foreigners) and six digits. The last is a
// check digit in numbers issued before October 2020; later ones are random
// (Enforcement Rule of the Resident Registration Act, article 2).

// ResidentNumber finds the shape of a resident registration number with a date
// that exists, "850302-1234567" or "8503021234567", and gives the places of its
// first and last character. Such a number in a password is refused outright,
// since it is an identifier and known to many. Thirteen digits that stand alone
// need no check digit, nor do those with the hyphen; within a longer run of digits
// only a right one counts.
// Time is linear in the length of text.
func ResidentNumber(text []rune) (i, j int, ok bool) {
	for i = range text {
		if j = residentAt(text, i); j >= 0 {
			return i, j, true
		}
	}
	return 0, 0, false
}

// residentAt gives the last place of a number that begins at i, or -1.
func residentAt(text []rune, i int) int {
	var d [13]int
	at, hyphen := i, false
	for n := range d {
		if n == 6 && at < len(text) && isDash(text[at]) {
			at, hyphen = at+1, true
		}
		if at >= len(text) || !isDigit(text[at]) {
			return -1
		}
		d[n] = int(text[at] - '0')
		at++
	}
	century := 1900
	switch d[6] {
	case 0, 9:
		return -1
	case 3, 4, 7, 8:
		century = 2000
	}
	if !isDate(century+d[0]*10+d[1], d[2]*10+d[3], d[4]*10+d[5]) {
		return -1
	}
	alone := hyphen || (i == 0 || !isDigit(text[i-1])) && (at == len(text) || !isDigit(text[at]))
	if !alone && !checked(d) {
		return -1
	}
	return at - 1
}

// checked tells whether the last digit is the check digit.
func checked(d [13]int) bool {
	sum := 0
	for i, weight := range [12]int{2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5} {
		sum += d[i] * weight
	}
	last := (11 - sum%11) % 10
	if d[6] >= 5 { // numbers of foreigners are shifted by two
		last = (last + 2) % 10
	}
	return d[12] == last
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

func isDash(c rune) bool {
	switch c {
	case '-', ' ', '.', '_', '‐', '–', '—', '−':
		return true
	}
	return false
}

// isDate tells whether the day exists.
func isDate(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days++
	}
	return day <= days
}

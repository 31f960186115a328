package korean

import "slices"

// Guesses of numbers.
const (
	birthDays  = 36525 // the days of a hundred years; Koreans write year, month, day
	yearDays   = 366
	parted     = 4   // with separators, as in zxcvbn
	mobiles    = 8e7 // 010 and eight digits, of which the first is 2 to 9 in numbers that exist
	anyMobiles = 1e8 // the same with a first digit that only made-up numbers have
	oldMobiles = 3e7 // 011, 016 to 019 and seven digits
	landlines  = 8e7 // an area code and seven digits, the first 2 to 9
	residents  = 1e6 // such numbers have leaked by the tens of millions, together with names
)

// numbers reports phone numbers, dates and resident numbers.
func (f *finder) numbers() {
	for i := range f.text {
		if j := residentAt(f.text, i); j >= 0 {
			f.number(i, j, residents, ResidentNumberID)
		}
		if !isDigit(f.text[i]) {
			continue
		}
		if j, guesses := phoneAt(f.text, i); guesses > 0 {
			f.number(i, j, guesses, KoreanPhone)
		}
		for _, d := range dateForms {
			if j := d.at(f.text, i); j >= 0 {
				f.number(i, j, d.guesses, KoreanBirthDate)
			}
		}
	}
}

func (f *finder) number(i, j int, guesses float64, kind string) {
	f.reportRunes(i, j, guesses, kind, string(f.text[i:j+1]))
	k, _ := slices.BinarySearch(f.at, i)
	m, _ := slices.BinarySearch(f.at, j)
	f.piece(scriptNone, k, m, guesses)
}

// dateForm is a way to write a date: the numbers of digits, and what stands
// after each number. A dash stands for any separator, a blank for none.
type dateForm struct {
	year, month, day int
	after            [3]rune
	guesses          float64
}

var dateForms = []dateForm{
	{4, 2, 2, [3]rune{}, birthDays}, {2, 2, 2, [3]rune{}, birthDays},
	{4, 2, 2, [3]rune{'-', '-'}, birthDays * parted}, {2, 2, 2, [3]rune{'-', '-'}, birthDays * parted},
	{4, 2, 2, [3]rune{'년', '월', '일'}, birthDays * parted}, {4, 1, 1, [3]rune{'년', '월', '일'}, birthDays * parted},
	{4, 1, 2, [3]rune{'년', '월', '일'}, birthDays * parted}, {4, 2, 1, [3]rune{'년', '월', '일'}, birthDays * parted},
	{2, 2, 2, [3]rune{'년', '월', '일'}, birthDays * parted},
	{0, 2, 2, [3]rune{}, yearDays}, {0, 2, 2, [3]rune{0, '월', '일'}, yearDays * parted},
	{0, 1, 1, [3]rune{0, '월', '일'}, yearDays * parted}, {0, 1, 2, [3]rune{0, '월', '일'}, yearDays * parted},
}

// at gives the last place of a date that begins at i, or -1. A date of four
// digits must stand apart from other digits.
func (d dateForm) at(text []rune, i int) int {
	start := i
	year, i := d.number(text, i, d.year, d.after[0])
	month, i := d.number(text, i, d.month, d.after[1])
	day, i := d.number(text, i, d.day, d.after[2])
	if i < 0 {
		return -1
	}
	apart := (start == 0 || !isDigit(text[start-1])) && (i == len(text) || !isDigit(text[i]))
	switch d.year {
	case 0:
		year = 2000 // a leap year
		if !apart {
			return -1
		}
	case 2:
		year += 1900
		if month == 2 && day == 29 && year == 1900 {
			year = 2000
		}
	default:
		if year < 1920 || year > 2039 {
			return -1
		}
	}
	if !isDate(year, month, day) {
		return -1
	}
	return i - 1
}

// number reads n digits and what follows them; next is -1 if they are not there.
func (dateForm) number(text []rune, i, n int, after rune) (value, next int) {
	if i < 0 || i+n > len(text) {
		return 0, -1
	}
	for _, c := range text[i : i+n] {
		if !isDigit(c) {
			return 0, -1
		}
		value = value*10 + int(c-'0')
	}
	i += n
	if after == 0 || n == 0 {
		return value, i
	}
	if i == len(text) || text[i] != after && !(after == '-' && (isDash(text[i]) || text[i] == '/')) {
		return 0, -1
	}
	return value, i + 1
}

// phoneAt reads a phone number as it is written at home, with or without
// dashes, or with the country's code, apart from other digits. guesses is 0 if
// there is none.
func phoneAt(text []rune, i int) (j int, guesses float64) {
	if i > 0 && isDigit(text[i-1]) {
		return 0, 0
	}
	var digits [14]byte
	n, j := 0, i
	for j < len(text) && n < len(digits) {
		switch {
		case isDigit(text[j]):
			digits[n] = byte(text[j])
			n++
		case n < 2 || !isDash(text[j]) || isDash(text[j-1]):
			return j - 1, phoneGuesses(string(digits[:n]))
		}
		j++
	}
	if isDash(text[j-1]) {
		j--
	}
	return j - 1, phoneGuesses(string(digits[:n]))
}

func phoneGuesses(d string) float64 {
	if len(d) > 10 && d[:2] == "82" {
		d = "0" + d[2:]
	}
	if len(d) < 9 || d[0] != '0' {
		return 0
	}
	switch {
	case d[:3] == "010":
		if len(d) == 11 && d[3] < '2' {
			return anyMobiles
		}
		if len(d) == 11 {
			return mobiles
		}
	case d[:2] == "01":
		if (len(d) == 10 || len(d) == 11) && d[2] != '2' && d[2] != '3' && d[2] != '4' && d[2] != '5' {
			return oldMobiles
		}
	case d[:2] == "02":
		if len(d) <= 10 && d[2] >= '2' {
			return landlines
		}
	case d[1] >= '3' && d[1] <= '6' && d[2] >= '1' && d[2] <= '5':
		if (len(d) == 10 || len(d) == 11) && d[3] >= '2' {
			return landlines
		}
	}
	return 0
}

// jamo reports runs of jamo alone. What is repeated costs little: ㅋㅋㅋㅋ.
func (f *finder) jamo() {
	for i := 0; i < len(f.text); {
		j := i
		for j < len(f.text) && isJamo(f.text[j]) {
			j++
		}
		if j-i >= 2 {
			f.reportRunes(i, j-1, jamoGuesses(f.text[i:j]), JamoRun, string(f.text[i:j]))
		}
		i = max(j, i+1)
	}
}

func jamoGuesses(run []rune) float64 {
	guesses := 1.0
	for i := 0; i < len(run); {
		j := i
		for j < len(run) && run[j] == run[i] {
			j++
		}
		guesses *= jamoRank(run[i]) * float64(j-i)
		i = j
	}
	return guesses
}

// jamoRank: laughter and tears first, then the rest.
func jamoRank(c rune) float64 {
	switch c {
	case 'ㅋ', 'ㅎ', 'ㅠ', 'ㅜ', 'ㅇ':
		return 5
	}
	return float64(len(lone))
}

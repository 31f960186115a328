package password

import (
	"cmp"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/password/strength"
	"golang.org/x/text/unicode/norm"
)

// Person is what the shop knows of the owner and therefore must not be in the
// password. Every field is optional; at most 256 bytes of each are looked at.
type Person struct {
	Name, Email, Phone, ID string
	// BirthDate is the day of birth. Defaults to not known.
	BirthDate time.Time
	// Shop is the shop's own name.
	Shop string
	// Other are further words, at most 16.
	Other []string
}

const (
	maxField = 256
	maxOther = 16
)

// String keeps the owner's data out of logs.
func (Person) String() string { return "password.Person(redacted)" }

// GoString keeps the owner's data out of logs.
func (p Person) GoString() string { return p.String() }

// LogValue keeps the owner's data out of logs.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// fragment is a spelling of something personal, in lower case.
type fragment struct{ kind, text string }

type fragments []fragment

// words gives the fragments as the estimator's user inputs.
func (f fragments) words() []string {
	out := make([]string, 0, min(len(f), strength.MaxUserInputs))
	for _, one := range f[:min(len(f), strength.MaxUserInputs)] {
		out = append(out, one.text)
	}
	return out
}

// personal lists the spellings that a password must not hold.
func personal(p Person) fragments {
	var f fragments
	f.name(p.Name)
	f.email(p.Email)
	f.phone(p.Phone)
	f.birth(p.BirthDate)
	f.add(PersonalID, 4, field(p.ID))
	f.label(PersonalShop, p.Shop)
	for _, o := range p.Other[:min(len(p.Other), maxOther)] {
		f.label(PersonalOther, o)
	}
	return f
}

func field(s string) string {
	if len(s) > maxField {
		s = s[:maxField]
	}
	return strings.TrimSpace(strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(s, ""))))
}

// add takes a spelling of at least min characters, and for Hangul the keys
// that type it. Hangul needs two syllables.
func (f *fragments) add(kind string, min int, text string) {
	keys := strings.ToLower(strength.Keys(text))
	if keys != text { // holds Hangul
		if utf8.RuneCountInString(text) >= 2 {
			*f = append(*f, fragment{kind, text}, fragment{kind, keys})
		}
		return
	}
	if utf8.RuneCountInString(text) >= min {
		*f = append(*f, fragment{kind, text})
	}
}

// label takes a name of one or several words.
func (f *fragments) label(kind, text string) {
	words := strings.FieldsFunc(field(text), separates)
	if whole := strings.Join(words, ""); len(words) > 1 {
		f.add(kind, 4, whole)
	}
	for _, w := range words {
		f.add(kind, 3, w)
	}
}

// name takes a person's name: its words, together and apart, and for a Korean
// name the given name alone and the usual romanised spellings.
func (f *fragments) name(text string) {
	f.label(PersonalName, text)
	f.initials(text)
	syllables := []rune(strings.Join(strings.FieldsFunc(field(text), separates), ""))
	if len(syllables) < 2 || len(syllables) > 5 || slices.ContainsFunc(syllables, notHangul) {
		return
	}
	family := 1
	if len(syllables) > 3 {
		family = 2
	}
	given := string(syllables[family:])
	f.add(PersonalName, 2, given)
	for _, g := range romanize(given) {
		f.add(PersonalName, 4, g)
		for _, s := range surname(string(syllables[:family])) {
			f.add(PersonalName, 4, s+g)
			f.add(PersonalName, 4, g+s)
		}
	}
}

// initials takes the first letters of a name of three words or more, and the
// first sounds of a Korean one, as jamo ("ㄱㅁㅈ") and as people spell them
// ("kmj"). They count only where they stand alone.
func (f *fragments) initials(text string) {
	words := strings.FieldsFunc(field(text), separates)
	if joined := []rune(strings.Join(words, "")); len(joined) >= 3 && len(joined) <= 5 && !slices.ContainsFunc(joined, notHangul) {
		f.sounds(joined)
		return
	}
	var first strings.Builder
	for _, w := range words[:min(len(words), 8)] {
		r, _ := utf8.DecodeRuneInString(w)
		first.WriteRune(r)
	}
	f.add(PersonalName, 3, first.String())
}

func (f *fragments) sounds(syllables []rune) {
	var jamo, given strings.Builder
	for i, c := range syllables {
		jamo.WriteRune('ᄀ' + (c-'가')/588) // the form that NFKC gives jamo typed alone
		if i > 0 {
			given.WriteString(firstLetter(romanize(string(c))))
		}
	}
	*f = append(*f, fragment{PersonalName, jamo.String()})
	for _, family := range surname(string(syllables[:1])) {
		spelt := fragment{PersonalName, firstLetter([]string{family}) + given.String()}
		if len(spelt.text) >= 3 && !slices.Contains(*f, spelt) {
			*f = append(*f, spelt)
		}
	}
}

func firstLetter(spellings []string) string {
	if len(spellings) == 0 || spellings[0] == "" {
		return ""
	}
	return spellings[0][:1]
}

func notHangul(r rune) bool { return r < '가' || r > '힣' }

// email takes the local part, whole and in words, and the domain's own label.
func (f *fragments) email(text string) {
	local, domain, ok := strings.Cut(field(text), "@")
	f.add(PersonalEmail, 3, local)
	for _, w := range strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) }) {
		f.add(PersonalEmail, 4, w)
	}
	if !ok {
		return
	}
	for label := range strings.SplitSeq(domain, ".") {
		f.add(PersonalEmail, 4, label)
	}
}

// phone takes the digits: all, without the country's code, the last eight and
// the last four.
func (f *fragments) phone(text string) {
	d := onlyDigits(field(text))
	if national, ok := strings.CutPrefix(d, "82"); ok && len(d) >= 10 {
		f.add(PersonalPhone, 7, "0"+national)
	}
	f.add(PersonalPhone, 7, d)
	for _, n := range []int{8, 4} {
		if len(d) >= max(n, 7) {
			f.add(PersonalPhone, n, d[len(d)-n:])
		}
	}
}

// birth takes the spellings of a date that people use as passwords.
func (f *fragments) birth(t time.Time) {
	if t.IsZero() {
		return
	}
	for _, layout := range []string{"20060102", "02012006", "01022006", "060102", "020106", "010206", "0102", "0201", "2006"} {
		f.add(PersonalBirth, 4, t.Format(layout))
	}
	for _, layout := range []string{"January2", "2January", "January02", "02January", "Jan2", "2Jan", "Jan02", "02Jan", "1월2일", "01월02일"} {
		f.add(PersonalBirth, 4, strings.ToLower(t.Format(layout)))
	}
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// in gives the kind of the longest fragment that the password holds; "" if it
// holds none. It is read as typed, without separators ("kim.min-jun"),
// backwards, and its digits alone where they make up a date or a number.
func (f fragments) in(password string) string {
	low := strings.ToLower(password)
	joined := strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return r
	}, low)
	views := []string{low, backwards(low), joined}
	found := slices.Clone(f)
	found = slices.DeleteFunc(found, func(one fragment) bool {
		for i, v := range views {
			if i == 2 && utf8.RuneCountInString(one.text) < 5 {
				continue // short ones would be found across words
			}
			if holds(v, one.text) {
				return false
			}
		}
		return true
	})
	if len(found) == 0 {
		return ""
	}
	return slices.MaxFunc(found, func(a, b fragment) int { return cmp.Compare(len(a.text), len(b.text)) }).kind
}

// holds tells whether text holds the part. Short Latin words must stand alone:
// "kim" is in "kim2024", not in "skimming".
func holds(text, part string) bool {
	alone := len(part) < 4 && strings.IndexFunc(part, unicode.IsLetter) >= 0
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(part):])
		if !alone || !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
		from = i + len(part)
	}
}

func backwards(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

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
	// Shop is the shop's own name, and Domain its own domain ("haneul.example").
	Shop, Domain string
	// Other are further words, at most 16, such as the answers to security
	// questions where they are at hand.
	Other []string
}

const (
	maxField     = 256 // bytes of a field
	maxOther     = 16
	maxFragments = 256 // spellings that are looked for; a usual owner has about sixty
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
	f.add(PersonalID, 4, joined(field(p.ID)))
	f.label(PersonalShop, p.Shop)
	f.domain(p.Domain)
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
	if len(*f) >= maxFragments {
		return
	}
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
	if n := len(words); n > 1 {
		f.add(kind, 4, strings.Join(words, ""))
		f.add(kind, 4, words[n-1]+strings.Join(words[:n-1], "")) // the family name first, or last
	}
	for _, w := range words {
		f.add(kind, 3, w)
	}
}

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

// domain takes the shop's domain, whole and without its dots, and its longest
// label unless that is a word that any shop may have.
func (f *fragments) domain(text string) {
	labels := strings.Split(strings.Trim(field(text), "."), ".")
	n := len(labels)
	if n < 2 {
		return
	}
	f.add(PersonalShop, 4, strings.Join(labels, "."))
	f.add(PersonalShop, 4, strings.Join(labels, ""))
	own := slices.MaxFunc(labels[:n-1], func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	if !slices.Contains([]string{"shop", "store", "mall", "market", "online", "korea"}, own) {
		f.add(PersonalShop, 4, own)
		f.add(PersonalShop, 4, joined(own))
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
	for _, layout := range []string{"20060102", "02012006", "01022006", "060102", "020106", "010206",
		"0612", "0102", "0201", "2006"} {
		f.add(PersonalBirth, 4, t.Format(layout))
	}
	for _, layout := range []string{"January2", "2January", "January02", "02January", "Jan2", "2Jan", "Jan02", "02Jan", "1월2일", "01월02일"} {
		f.add(PersonalBirth, 4, strings.ToLower(t.Format(layout)))
	}
}

// joined drops what separates.
func joined(s string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return r
	}, s)
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
// holds none. It is read as typed, backwards, without separators ("kim.min-jun",
// "1990-03-14"), and by the keys where it is Hangul: "ㅡㅑㅜㅓㅕㅜ" is "minjun"
// typed with the keyboard in Korean.
func (f fragments) in(password string) string {
	low := strings.ToLower(password)
	views := []string{low, backwards(low), joined(low)}
	if keys := strings.ToLower(strength.Keys(low)); keys != low {
		views = append(views, keys)
	}
	found := slices.Clone(f)
	found = slices.DeleteFunc(found, func(one fragment) bool {
		for i, v := range views {
			if i >= 2 && utf8.RuneCountInString(one.text) < 5 {
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

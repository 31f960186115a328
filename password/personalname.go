package password

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// name takes a person's name: its words, together and apart, and for a Korean
// name the given name alone and the usual romanised spellings.
func (f *fragments) name(text string) {
	f.label(PersonalName, text)
	f.initials(text)
	syllables := []rune(joined(field(text)))
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
	if all := []rune(strings.Join(words, "")); len(all) >= 3 && len(all) <= 5 && !slices.ContainsFunc(all, notHangul) {
		f.sounds(all)
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

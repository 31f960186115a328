package korean

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/surnames.txt
var surnameData string

type surname struct {
	hangul    string
	rank      int
	spellings []string
}

// surnames are read on first use, most frequent first.
var surnames = sync.OnceValue(func() []surname {
	var out []surname
	for line := range listLines(surnameData) {
		f := strings.Fields(line)
		out = append(out, surname{f[0], len(out) + 1, f[1:]})
	}
	return out
})

// listLines goes through the lines of a list that are no comments.
func listLines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// Surnames gives the Korean surnames in Hangul, the most frequent first, those
// of two syllables among them. The slice is the caller's.
func Surnames() []string {
	all := surnames()
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.hangul
	}
	return out
}

// IsSurname tells whether s is one of [Surnames].
func IsSurname(s string) bool { return findSurname(s) != nil }

func findSurname(s string) *surname {
	all := surnames()
	i := slices.IndexFunc(all, func(one surname) bool { return one.hangul == s })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// SurnameVariants gives the spellings of a surname in Latin letters, the
// commonest first: "이" is "lee", "yi", "i", "rhee"…. For Hangul that is no
// known surname they are those of [RomanizeVariants].
func SurnameVariants(s string) []string {
	one := findSurname(s)
	if one == nil {
		return RomanizeVariants(s)
	}
	return unique(append(slices.Clone(one.spellings), Letters(s)), MaxVariants)
}

// SplitName takes a Korean name in Hangul, without spaces, to surname and given
// name. A two-syllable surname goes before a one-syllable one where something
// is left for the given name: "남궁민수" is "남궁", "민수". ok is false for text
// that is not two to six Hangul syllables or begins with no known surname.
func SplitName(name string) (family, given string, ok bool) {
	n := utf8.RuneCountInString(name)
	if n < 2 || n > 6 || strings.ContainsFunc(name, func(c rune) bool { return !isSyllable(c) }) {
		return "", "", false
	}
	const width = len("가")
	for _, take := range []int{2, 1} {
		if n > take && IsSurname(name[:take*width]) {
			return name[:take*width], name[take*width:], true
		}
	}
	return "", "", false
}

// Initials gives the initial consonants of Hangul text as they are typed for
// short: "김민준" is "ㄱㅁㅈ". Other characters stay.
func Initials(text string) string {
	return strings.Map(func(c rune) rune {
		if !isSyllable(c) {
			return c
		}
		ini, _, _ := parts(c)
		return jamoOf(initials[ini])
	}, text)
}

package password

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"example.com/accountsec/internal/message"
)

// ClassRule is one way to meet [Policy].Classes: a length that is enough for a
// number of kinds of characters.
type ClassRule struct {
	// MinLength is the least number of code points after NFKC.
	MinLength int
	// Classes is how many kinds must be there, 1 to 4: capital letters, small
	// letters (with the letters of scripts that have no capitals, such as
	// Hangul), digits, and signs.
	Classes int
}

const maxClassRules = 8

// validateClasses reports what no password could meet.
func (p Policy) validateClasses(refuse func(bad bool, format string, args ...any)) {
	refuse(len(p.Classes) > maxClassRules, "%d class rules; at most %d are accepted", len(p.Classes), maxClassRules)
	longest := p.withDefaults().MaxLength
	for _, c := range p.Classes {
		refuse(c.Classes < 1 || c.Classes > 4, "a class rule asks for %d kinds of characters; 1 to 4 are possible", c.Classes)
		refuse(c.MinLength < c.Classes || c.MinLength > longest, "a class rule's MinLength %d is not within %d to %d", c.MinLength, c.Classes, longest)
	}
}

// classOptions are the class rules, those of the fewest kinds first.
func (p Policy) classOptions() []ClassRule {
	return slices.SortedFunc(slices.Values(p.Classes), func(a, b ClassRule) int {
		return cmp.Or(cmp.Compare(a.Classes, b.Classes), cmp.Compare(a.MinLength, b.MinLength))
	})
}

// meetsClasses tells whether one of the ways is met.
func (p Policy) meetsClasses(clean string, length int) bool {
	kinds := kindsIn(clean)
	return slices.ContainsFunc(p.Classes, func(c ClassRule) bool { return kinds >= c.Classes && length >= c.MinLength })
}

func kindsIn(s string) int {
	n := 0
	for _, kind := range []func(rune) bool{unicode.IsUpper, isSmall, unicode.IsDigit, isSymbol} {
		if strings.ContainsFunc(s, kind) {
			n++
		}
	}
	return n
}

func isSmall(r rune) bool { return unicode.IsLetter(r) && !unicode.IsUpper(r) }

// classArgs carries the ways in one argument, "10/2 8/3", so that a report
// stays plain data; classText renders it.
func (p Policy) classArgs() map[string]string {
	var out []string
	for _, c := range p.classOptions() {
		out = append(out, fmt.Sprintf("%d/%d", c.MinLength, c.Classes))
	}
	return map[string]string{"options": strings.Join(out, " ")}
}

// classText renders the ways in a language: "10 characters of 2 kinds, or …".
func classText(lang, options string) string {
	var out []string
	for option := range strings.FieldsSeq(options) {
		length, kinds, _ := strings.Cut(option, "/")
		out = append(out, catalogue().Text(lang, "classes.option", message.Args{"min": length, "classes": kinds}))
	}
	return strings.Join(out, catalogue().Text(lang, "classes.or", nil))
}

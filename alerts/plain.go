package alerts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/internal/canon"
)

// isLinkish tells whether a text holds what mail programs turn into a link though
// nobody marked it as one: "://", "www.", an @, or a dot between a letter, digit or
// hyphen and a letter.
func isLinkish(s string) bool {
	if strings.IndexByte(s, '@') >= 0 || strings.Contains(s, "://") {
		return true
	}
	for i := strings.IndexByte(s, '.'); i >= 0; {
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+1:])
		if unicode.IsLetter(after) && (before == '-' || unicode.IsLetter(before) || unicode.IsNumber(before)) {
			return true
		}
		if i >= 3 && strings.EqualFold(s[i-3:i], "www") {
			return true
		}
		next := strings.IndexByte(s[i+1:], '.')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}

// plain makes one line of text from outside that no program turns into a link:
// a name such as "Win at evil.test" must not make a shop's mail carry it.
func plain(s string) string {
	s = canon.Line(s, 2*maxText)
	if !isLinkish(s) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '.' || r == '/' || r == ':' || r == '@' || r == '\\'
	}), " ")
}

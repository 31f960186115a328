package alerts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

var defaultNotice = sync.OnceValue(DefaultNotice)

var placeholder = regexp.MustCompile(`\{[a-z_]*\}?`)

// checkWords wants words of a shop's own to be one plain line that no program
// turns into a link, with no placeholder but those that will be filled.
func checkWords(s string, limit int, args ...string) error {
	if s == "" || canon.Line(s, limit) != s {
		return fmt.Errorf("not one plain line of 1 to %d bytes", limit)
	}
	for _, p := range placeholder.FindAllString(s, -1) {
		if !slices.Contains(args, strings.Trim(p, "{}")) || !strings.HasSuffix(p, "}") {
			return fmt.Errorf("%q is no placeholder here", p)
		}
	}
	// A placeholder between letters and dots would complete a link.
	if isLinkish(placeholder.ReplaceAllString(s, "x")) {
		return errors.New("holds what programs turn into a link")
	}
	return nil
}

// replaceable are the beginnings of keys whose words a shop may replace.
var replaceable = []string{"title.", "intro.", "why.", "action."}

const (
	maxTexts = 256
	maxWords = 512 // bytes
)

func checkTexts(own map[string]Text) error {
	if len(own) > maxTexts {
		return fmt.Errorf("more than %d", maxTexts)
	}
	for key, text := range own {
		if !texts().Has(key) || !slices.ContainsFunc(replaceable, func(p string) bool { return strings.HasPrefix(key, p) }) {
			return fmt.Errorf("%q names no words that can be replaced", canon.Line(key, maxKind))
		}
		if err := text.check(maxWords); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		for _, lang := range message.Languages() {
			args := []string{"brand", "domain", "from"}
			if err := checkWords(text[lang], maxWords, args...); err != nil {
				return fmt.Errorf("%q in %q: %w", key, lang, err)
			}
		}
	}
	return nil
}

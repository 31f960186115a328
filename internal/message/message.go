// Package message renders what people read. Every package keeps its texts in
// messages/ko.json and messages/en.json beside its code; a text is named by a
// key and filled with named arguments. Escaping for HTML, mail or SMS is the
// medium's work, not the catalogue's.
package message

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Languages are the languages that every catalogue has; the first is the
// fallback.
func Languages() []string { return []string{"en", "ko"} }

// Lang picks the catalogue's language for a BCP 47 tag or an Accept-Language
// header: "ko-KR,ko;q=0.9" is "ko"; anything unknown is "en".
func Lang(tag string) string {
	if len(tag) > 256 {
		tag = tag[:256]
	}
	for part := range strings.SplitSeq(tag, ",") {
		name, _, _ := strings.Cut(part, ";")
		name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), "-")
		if slices.Contains(Languages(), name) {
			return name
		}
	}
	return Languages()[0]
}

// Args are a text's named arguments.
type Args map[string]string

// Catalogue holds the texts of one package. Immutable, safe for concurrent use.
type Catalogue struct{ texts map[string]map[string]string }

// Load reads messages/<lang>.json for every language and refuses a catalogue
// in which a key, or an argument of a key, is missing in one of them.
func Load(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: map[string]map[string]string{}}
	for _, lang := range Languages() {
		data, err := fs.ReadFile(files, "messages/"+lang+".json")
		if err != nil {
			return nil, fmt.Errorf("accountsec: messages: %w", err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("accountsec: messages/%s.json: %w", lang, err)
		}
		c.texts[lang] = texts
	}
	return c, c.check()
}

// MustLoad is [Load] for embedded files, whose faults are the build's.
func MustLoad(files fs.FS) *Catalogue {
	c, err := Load(files)
	if err != nil {
		panic(err)
	}
	return c
}

func (c *Catalogue) check() error {
	base := Languages()[0]
	for _, lang := range Languages()[1:] {
		for key, text := range c.texts[base] {
			other, ok := c.texts[lang][key]
			if !ok {
				return fmt.Errorf("accountsec: messages: %q is missing in %s", key, lang)
			}
			if got, want := placeholders(other), placeholders(text); !slices.Equal(got, want) {
				return fmt.Errorf("accountsec: messages: %q takes %v in %s, %v in %s", key, want, base, got, lang)
			}
		}
		if len(c.texts[lang]) != len(c.texts[base]) {
			return fmt.Errorf("accountsec: messages: %s has keys that %s lacks", lang, base)
		}
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Has tells whether the catalogue knows key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.texts[Languages()[0]][key]
	return ok
}

// Keys lists the keys in order.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.texts[Languages()[0]]))
	for k := range c.texts[Languages()[0]] {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Text renders key in lang (see [Lang]). An unknown key gives the key itself,
// so that a page shows something to report; an argument is never expanded twice.
func (c *Catalogue) Text(lang, key string, args Args) string {
	text, ok := c.texts[Lang(lang)][key]
	if !ok {
		return key
	}
	return Fill(text, args)
}

// Fill puts arguments in place of {name}; what has none stays, and an argument
// is never expanded.
func Fill(text string, args Args) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := args[name]
		if !closed || !known {
			out.WriteByte('{')
			text = rest
			continue
		}
		out.WriteString(value)
		text = after
	}
}

package activity

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// TypeInfo describes a type of event to people.
type TypeInfo struct {
	// Type is the name that events carry: lower-case words joined by dots, at
	// most 64 bytes ("gift.sent").
	Type Type
	// Category groups it: one of this package's, or of [Config].Categories.
	Category string
	// Icon names the picture beside it ("log-in"); the page maps names to its
	// own set. At most 64 bytes. Defaults to "dot".
	Icon string
	// Severity says how much attention it deserves. Defaults to Info.
	Severity Severity
	// Labels are its name per language ("en", "ko"). "en" is required, and
	// stands in for languages that are missing.
	Labels map[string]string
}

// CategoryInfo describes a category to people.
type CategoryInfo struct {
	// Category is its name: one lower-case word of at most 64 bytes.
	Category string
	// Labels are its name per language; "en" is required.
	Labels map[string]string
}

func (t TypeInfo) clone() TypeInfo {
	t.Labels = maps.Clone(t.Labels)
	return t
}

func (c CategoryInfo) clone() CategoryInfo {
	c.Labels = maps.Clone(c.Labels)
	return c
}

// Label names a built-in type in a language (a BCP 47 tag or an
// Accept-Language header; English where it is unknown). A type that only a
// shop's [Log] knows gives the type itself: use [Log.Label].
func Label(lang string, t Type) string { return builtin().Label(lang, t) }

// DeviceLabel puts a device's name ("Chrome on Windows") into the order of
// words of a language.
func DeviceLabel(lang, name string) string {
	browser, os, ok := strings.Cut(canon.Line(name, 2*maxName+4), " on ")
	if !ok {
		return browser
	}
	return texts().Text(lang, "device.on", message.Args{"browser": browser, "os": os})
}

// FieldLabels names the fields of a [DetailFields] in a language. One that it has
// no word for stays as it is.
func FieldLabels(lang, fields string) string {
	parts := strings.Split(fields, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if key := "field." + p; texts().Has(key) {
			p = texts().Text(lang, key, nil)
		}
		parts[i] = p
	}
	return strings.Join(parts, ", ")
}

// OutcomeLabel names an outcome in a language.
func OutcomeLabel(lang string, o Outcome) string {
	if !o.known() {
		return canon.Line(string(o), maxName)
	}
	return texts().Text(lang, "outcome."+string(o), nil)
}

// SeverityLabel names a severity in a language.
func SeverityLabel(lang string, s Severity) string {
	if s < Info || s > Critical {
		return s.String()
	}
	return texts().Text(lang, "severity."+s.String(), nil)
}

// catalogue holds the types that a log knows. Immutable.
type catalogue struct {
	types      map[Type]TypeInfo
	categories map[string]CategoryInfo
	order      []Type   // built-in ones first, as declared
	catOrder   []string // likewise
}

var builtin = sync.OnceValue(func() *catalogue {
	c := &catalogue{types: map[Type]TypeInfo{}, categories: map[string]CategoryInfo{}}
	for _, row := range builtinTypes {
		if _, ok := c.categories[row.Category]; !ok {
			c.categories[row.Category] = CategoryInfo{row.Category, labels("category." + row.Category)}
			c.catOrder = append(c.catOrder, row.Category)
		}
		row.Labels = labels("type." + string(row.Type))
		c.types[row.Type] = row
		c.order = append(c.order, row.Type)
	}
	return c
})

func labels(key string) map[string]string {
	m := map[string]string{}
	for _, lang := range message.Languages() {
		m[lang] = texts().Text(lang, key, nil)
	}
	return m
}

var (
	typeName     = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)
	categoryName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// newCatalogue adds the shop's own types and categories to the built-in ones.
func newCatalogue(own []TypeInfo, categories []CategoryInfo) (*catalogue, error) {
	base := builtin()
	c := &catalogue{maps.Clone(base.types), maps.Clone(base.categories), slices.Clone(base.order), slices.Clone(base.catOrder)}
	for _, info := range categories {
		if len(info.Category) > maxName || !categoryName.MatchString(info.Category) {
			return nil, fmt.Errorf("activity: Config.Categories: %q is not a lower-case word", canon.Line(info.Category, maxName))
		}
		if _, ok := c.categories[info.Category]; ok {
			return nil, fmt.Errorf("activity: Config.Categories: %q exists already", info.Category)
		}
		own, err := cleanLabels(info.Labels)
		if err != nil {
			return nil, fmt.Errorf("activity: Config.Categories: %q: %w", info.Category, err)
		}
		c.categories[info.Category] = CategoryInfo{info.Category, own}
		c.catOrder = append(c.catOrder, info.Category)
	}
	for _, info := range own {
		if err := c.add(info); err != nil {
			return nil, fmt.Errorf("activity: Config.Types: %q: %w", canon.Line(string(info.Type), maxName), err)
		}
	}
	return c, nil
}

func (c *catalogue) add(info TypeInfo) error {
	if len(info.Type) > maxName || !typeName.MatchString(string(info.Type)) {
		return errors.New("not lower-case words joined by dots")
	}
	if _, ok := c.types[info.Type]; ok {
		return errors.New("exists already")
	}
	if _, ok := c.categories[info.Category]; !ok {
		return fmt.Errorf("unknown category %q", canon.Line(info.Category, maxName))
	}
	if info.Severity < Info || info.Severity > Critical {
		return errors.New("unknown severity")
	}
	own, err := cleanLabels(info.Labels)
	if err != nil {
		return err
	}
	info.Labels = own
	if info.Icon = canon.Line(info.Icon, maxName); info.Icon == "" {
		info.Icon = "dot"
	}
	c.types[info.Type] = info
	c.order = append(c.order, info.Type)
	return nil
}

func cleanLabels(in map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for lang, text := range in {
		if text = canon.Line(text, 4*maxName); text != "" {
			out[strings.ToLower(canon.Line(lang, maxName))] = text
		}
	}
	if out["en"] == "" {
		return nil, errors.New(`no label in "en"`)
	}
	return out, nil
}

// pick chooses the label: the tag's own language if there is one (a shop may
// have more than the catalogue), else ours for it, else English.
func pick(labels map[string]string, lang string) string {
	first, _, _ := strings.Cut(canon.Line(lang, maxName), ",")
	first, _, _ = strings.Cut(first, ";")
	first, _, _ = strings.Cut(first, "-")
	for _, l := range []string{strings.ToLower(strings.TrimSpace(first)), message.Lang(lang)} {
		if text, ok := labels[l]; ok {
			return text
		}
	}
	return labels["en"]
}

// Label implements the lookups of [Label] and [Log.Label].
func (c *catalogue) Label(lang string, t Type) string {
	info, ok := c.types[t]
	if !ok {
		return canon.Line(string(t), maxName)
	}
	return pick(info.Labels, lang)
}

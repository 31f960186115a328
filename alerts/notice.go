package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Notice warns of phishing and smishing: what they are, how not to fall for
// them, and what to do in doubt. It stands in every mail, in a short form in every
// push message, and, where it is the shop's own, in text messages that have room
// for it. A shop that writes its own gives it a version, so that
// what customers were told, and since when, can be looked up.
//
// Every text is one plain line of at most 300 bytes, without links; it may hold
// {brand}, {domain} and {from}.
type Notice struct {
	// Version names the text, such as "2026-11": at most 32 bytes. Required.
	Version string
	// Texts are by language, "en" and "ko". Required.
	Texts map[string]NoticeText
}

// NoticeText is a [Notice] in one language.
type NoticeText struct {
	// Title heads it.
	Title string
	// What defines phishing and smishing.
	What string
	// Rules say how not to fall for them, 1 to 8.
	Rules []string
	// Doubt says what to do in doubt.
	Doubt string
	// Contacts introduces whom to report to.
	Contacts string
	// Short is the notice for text and push messages, at most 120 bytes with the
	// sender's brand, domain and addresses filled in. It says {domain}. A text
	// message, each of which says to type the domain anyway, has a Short of the
	// shop's own if that takes no further segment.
	Short string
}

const (
	noticeVersion  = "2026-11"
	maxNoticeRules = 8
	maxNotice      = 300 // bytes
	maxShort       = 120 // bytes, as it is shown
)

// DefaultNotice is the notice that comes with the package.
func DefaultNotice() Notice {
	n := Notice{Version: noticeVersion, Texts: map[string]NoticeText{}}
	for _, lang := range message.Languages() {
		text := func(key string) string { return texts().Text(lang, "phishing."+key, nil) }
		t := NoticeText{
			Title: text("title"), What: text("what"), Doubt: text("doubt"), Contacts: text("contacts"), Short: text("short"),
		}
		for i := 1; texts().Has(fmt.Sprintf("phishing.rule.%d", i)); i++ {
			t.Rules = append(t.Rules, text(fmt.Sprintf("rule.%d", i)))
		}
		n.Texts[lang] = t
	}
	return n
}

func (n Notice) isZero() bool { return n.Version == "" && n.Texts == nil }

func (n Notice) check(s Sender) error {
	if n.isZero() {
		return nil
	}
	if n.Version == "" || canon.Line(n.Version, 32) != n.Version {
		return errors.New("its Version is not one plain line of 1 to 32 bytes")
	}
	for _, lang := range message.Languages() {
		t, ok := n.Texts[lang]
		if !ok {
			return fmt.Errorf("there is no text in %q", lang)
		}
		if len(t.Rules) < 1 || len(t.Rules) > maxNoticeRules {
			return fmt.Errorf("it takes 1 to %d rules in %q", maxNoticeRules, lang)
		}
		for _, s := range slices.Concat([]string{t.Title, t.What, t.Doubt, t.Contacts, t.Short}, t.Rules) {
			if err := checkWords(s, maxNotice, "brand", "domain", "from"); err != nil {
				return fmt.Errorf("in %q: %w", lang, err)
			}
		}
		if !strings.Contains(t.Short, "{domain}") || len(message.Fill(t.Short, s.args())) > maxShort {
			return fmt.Errorf("the text Short is longer than %d bytes or does not say {domain}, in %q", maxShort, lang)
		}
	}
	if len(n.Texts) != len(message.Languages()) {
		return errors.New("there is a text in a language that messages are not in")
	}
	return nil
}

// Phishing is the notice as a message shows it.
type Phishing struct {
	// Version is the notice's.
	Version string
	// Title, What, Rules and Doubt are the notice's, filled in.
	Title, What string
	Rules       []string
	Doubt       string
	// Contacts are whom to report to, "Police: 112", under ContactsTitle; may be
	// empty.
	ContactsTitle string
	Contacts      []string
	// Short says the most important in one sentence.
	Short string
}

func (c composer) phishing() Phishing {
	n := c.s.Notice
	if n.isZero() {
		n = defaultNotice()
	}
	t := n.Texts[c.lang]
	fill := func(s string) string { return message.Fill(s, c.args) }
	out := Phishing{Version: n.Version, Title: fill(t.Title), What: fill(t.What), Doubt: fill(t.Doubt), Short: fill(t.Short)}
	for _, r := range t.Rules {
		out.Rules = append(out.Rules, fill(r))
	}
	for _, h := range c.s.hotlines(c.lang) {
		out.Contacts = append(out.Contacts, h.Name.in(c.lang)+": "+h.Phone)
	}
	if len(out.Contacts) > 0 {
		out.ContactsTitle = fill(t.Contacts)
	}
	return out
}

package email

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/message"
)

// verify tries the templates with every kind of message in both languages, with
// everything and with nothing that may be absent, and with values that have
// broken mails. It reports the first mail that lacks something its reader needs,
// or holds something that does not belong there.
func (t templates) verify(s alerts.Sender) error {
	kinds := []alerts.Kind{alerts.RecoveryCode, alerts.SignInCode, alerts.SenderChange}
	for _, info := range alerts.Kinds() {
		kinds = append(kinds, info.Kind)
	}
	for _, kind := range kinds {
		for _, lang := range message.Languages() {
			for _, m := range samples(s, kind, lang) {
				c := alerts.ComposeAt(s, m, m.CreatedAt.Add(time.Hour))
				page, text, err := t.render(c)
				if err != nil {
					return fmt.Errorf("%s in %q: %w", kind, lang, err)
				}
				if err := checkHTML(page, c); err != nil {
					return fmt.Errorf("HTML: %s in %q: %w", kind, lang, err)
				}
				if err := checkText(text, c); err != nil {
					return fmt.Errorf("Text: %s in %q: %w", kind, lang, err)
				}
			}
		}
	}
	return nil
}

// evil are values that break a mail which does not escape them.
var evil = []string{
	`"><script>alert(1)</script><img src=x onerror=alert(1)>`, "</style></title></table><a href=https://evil.test>x</a>", "a\r\nBcc: x\x00\u202e\u200b",
	"{{.Code}} {brand}", "javascript:alert(1)' style='x",
}

// samples are messages of a kind: a bare one, one with everything, one with
// hostile values, and one for every other moment of the sender's identity.
func samples(s alerts.Sender, kind alerts.Kind, lang string) []alerts.Message {
	at := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	if s.Change != nil {
		at = s.Change.At.AddDate(1, 0, 0)
	}
	bare := sample(s, kind, lang, at)
	bare.Alert, bare.Links, bare.Phrase = alerts.Alert{At: at}, alerts.Links{}, ""
	hostile := sample(s, kind, lang, at)
	a := &hostile.Alert
	hostile.Recipient.Name, hostile.Phrase, a.Location.City, a.Device.Name = evil[0], alerts.Private(evil[1]), evil[2], evil[3]
	a.Detail["factor"], a.Detail["fields"], a.Reasons[0].Args["value"] = evil[4], evil[0], evil[1]
	out := []alerts.Message{bare, hostile, sample(s, kind, lang, at)}
	if s.Change != nil {
		out = append(out, sample(s, kind, lang, s.Change.At.Add(-time.Hour)), sample(s, kind, lang, s.Change.At))
	}
	return out
}

// sample is a message with everything. No two of its values are alike.
func sample(s alerts.Sender, kind alerts.Kind, lang string, at time.Time) alerts.Message {
	site := "https://" + s.At(at).Domain
	m := alerts.Message{
		ID: "sample", Kind: kind, CreatedAt: at, Phrase: "purple otter", Recipient: alerts.Recipient{Name: "Kim Minjun", Lang: lang, TimeZone: "Asia/Seoul"},
		Links: alerts.Links{
			NotMine: alerts.Private(site + "/not-mine?t=a&b=c"), Mine: alerts.Private(site + "/mine?t=a&b=c"), Mute: alerts.Private(site + "/mute?t=a&b=c"),
		},
	}
	if kind == alerts.RecoveryCode || kind == alerts.SignInCode {
		m.Code, m.ExpiresAt = "83019274", at.Add(10*time.Minute)
	}
	info, _ := kind.Info()
	m.Alert = alerts.Alert{
		Kind: kind, At: at, Severity: info.Severity, Client: activity.Client{IP: netip.MustParseAddr("2001:db8::1")},
		Location: activity.Location{Country: "DE", City: "Berlin"}, Device: activity.Device{Name: "Firefox on Linux"}, Repeats: 3, Since: at,
		Reasons: []alerts.Reason{{Key: "new_device", Args: map[string]string{"value": "Chrome on Windows"}}},
		Detail:  map[string]string{"factor": "My telephone", "fields": "birthday", activity.DetailUntil: "1800000000000000"},
	}
	return m
}

// needed are the words that a reader must find, and the links by their labels.
func needed(c alerts.Content) (words []string, links []alerts.Link) {
	words = slices.Concat([]string{
		c.Signature, c.Sender.Domain, c.Title, c.Intro, c.Greeting, c.Phrase, c.PhraseNote, c.Code, c.CodeNote, c.AnswersNote, c.ChangeTitle,
		c.NoticeTitle, c.Why, c.Reply, c.Imprint, c.Phishing.Title, c.Phishing.What, c.Phishing.Doubt, c.Phishing.ContactsTitle,
	}, c.Reasons, c.Actions, c.Change, c.Notice, c.Phishing.Rules, c.Phishing.Contacts)
	for _, f := range c.Facts {
		words = append(words, f.Label, f.Value)
	}
	links = slices.Clone(c.Links)
	for _, l := range []*alerts.Link{c.NotMine, c.Mine, c.Button, c.Mute} {
		if l != nil {
			links = append(links, *l)
		}
	}
	for _, l := range links {
		words = append(words, l.Label)
	}
	return words, links
}

func lacks(text string, words []string) error {
	text = squeeze(text)
	for _, w := range words {
		if !strings.Contains(text, squeeze(w)) {
			return fmt.Errorf("it lacks %q", w)
		}
	}
	return nil
}

// squeeze makes one space of any white space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

var urls = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s"'<>()]+`)

func checkText(text string, c alerts.Content) error {
	words, links := needed(c)
	for _, l := range links {
		if strings.HasPrefix(l.URL, "https:") {
			words = append(words, l.URL)
		}
	}
	if err := lacks(text, words); err != nil {
		return err
	}
	return checkBareLinks(text, c)
}

// checkBareLinks looks at the links that programs make of text.
func checkBareLinks(text string, c alerts.Content) error {
	for _, found := range urls.FindAllString(text, -1) {
		if err := c.Sender.CheckLink(strings.TrimRight(found, ".,;:!?")); err != nil {
			return fmt.Errorf("the link %s %w", found, err)
		}
	}
	return nil
}

func checkHTML(page string, c alerts.Content) error {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return err
	}
	w := htmlCheck{c: c, hrefs: map[string]string{}}
	if err := w.walk(doc, false); err != nil {
		return err
	}
	words, links := needed(c)
	if err := lacks(w.text.String(), words); err != nil {
		return err
	}
	for _, l := range links {
		if l.URL != "" && !strings.Contains(w.hrefs[l.URL], squeeze(l.Label)) {
			return fmt.Errorf("it lacks the link %q", l.Label)
		}
	}
	if w.lang != c.Lang {
		return errors.New("its lang is not the message's")
	}
	return checkBareLinks(w.text.String(), c)
}

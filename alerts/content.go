package alerts

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// Content is a message as words, for a channel to lay out and to escape.
type Content struct {
	// Lang is the language it is in, "en" or "ko".
	Lang string
	// Subject is one line; Title the same without the brand.
	Subject, Title string
	// Greeting and Intro say to whom and what. Greeting may be empty.
	Greeting, Intro string
	// Code is to be copied; CodeLabel and CodeNote stand above and below it.
	Code, CodeLabel, CodeNote string
	// Facts are when, where, which device.
	Facts []Fact
	// Reasons say what was odd, under ReasonsTitle; may be empty.
	ReasonsTitle string
	Reasons      []string
	// Actions say what to do, in order, under ActionsTitle.
	ActionsTitle string
	Actions      []string
	// Button leads to the security page; nil if the sender has none.
	Button *Link
	// Notice tells apart this message from a forged one, under NoticeTitle.
	NoticeTitle string
	Notice      []string
	// Why says why the message was sent; Links are policies and contacts.
	Why   string
	Links []Link
	// Imprint names the sender and the postal address.
	Imprint string
	// Severity sets the tone.
	Severity activity.Severity
}

// Fact is one labelled line.
type Fact struct{ Label, Value string }

// Link is a labelled link: https, or mailto for a contact.
type Link struct{ Label, URL string }

// Compose writes the message in the recipient's language. Every text is one
// line without control characters; escaping is the medium's work. The sender
// must be valid.
func Compose(s Sender, m Message) Content {
	c := composer{s: s, m: m, lang: message.Lang(m.Recipient.Lang)}
	out := Content{
		Lang: c.lang, Severity: m.Alert.Severity,
		Title: c.text("title." + c.kind()), Intro: c.text("intro." + c.kind()),
		NoticeTitle: c.text("notice.title"), Imprint: s.Brand,
	}
	out.Subject = "[" + s.Brand + "] " + out.Title
	if name := plain(m.Recipient.Name); name != "" {
		out.Greeting = c.text("greeting", "name", name)
	}
	if s.Address != "" {
		out.Imprint += " · " + s.Address
	}
	if m.Code != "" {
		c.code(&out)
	} else {
		c.alert(&out)
	}
	out.Notice = c.notice()
	out.Links = c.links()
	if s.SecurityURL != "" && m.Code == "" {
		out.Button = &Link{c.text("button"), s.SecurityURL}
	}
	if link := string(m.Alert.Link); link != "" && s.CheckLink(link) == nil {
		out.Button = &Link{c.text(c.buttonKey()), link}
	}
	return out
}

type composer struct {
	s    Sender
	m    Message
	lang string
}

func (c composer) text(key string, args ...string) string {
	named := message.Args{"brand": c.s.Brand, "domain": c.s.Domain, "from": c.s.From}
	for i := 0; i+1 < len(args); i += 2 {
		named[args[i]] = args[i+1]
	}
	return texts().Text(c.lang, key, named)
}

// kind is the kind that there are texts for.
func (c composer) kind() string {
	if k := string(c.m.Kind); texts().Has("title." + k) {
		return k
	}
	return "other"
}

func (c composer) buttonKey() string {
	if key := "button." + c.kind(); texts().Has(key) {
		return key
	}
	return "button"
}

func (c composer) code(out *Content) {
	minutes := max(1, int(c.m.ExpiresAt.Sub(c.m.CreatedAt).Round(time.Minute).Minutes()))
	out.Severity = activity.Notice
	out.Code, out.CodeLabel = canon.Line(c.m.Code, maxCode), c.text("code.label")
	out.CodeNote = c.text("code.note", "minutes", strconv.Itoa(minutes))
	out.Facts = []Fact{
		{c.text("fact.requested"), When(c.lang, c.m.Recipient.TimeZone, c.m.CreatedAt)},
		{c.text("fact.until"), When(c.lang, c.m.Recipient.TimeZone, c.m.ExpiresAt)},
	}
	out.ActionsTitle = c.text("actions.title.code")
	out.Actions = []string{c.text("action.code.share"), c.text("action.code.ask"), c.text("action.code.ignore")}
	out.Why = c.text("why.code")
}

func (c composer) alert(out *Content) {
	a := c.m.Alert
	out.Facts = append(out.Facts, Fact{c.text("fact.when"), When(c.lang, c.m.Recipient.TimeZone, a.At)})
	for _, f := range []struct{ label, value string }{
		{"fact.where", Where(c.lang, a.Location, a.Client.IP)},
		{"fact.device", c.device(a.Device)},
		{"fact.factor", plain(a.Detail["factor"])},
		{"fact.ready", c.ready(a.Detail[activity.DetailUntil])},
		{"fact.fields", plain(a.Detail["fields"])},
		{"fact.repeated", c.repeats(a)},
	} {
		if f.value != "" {
			out.Facts = append(out.Facts, Fact{c.text(f.label), f.value})
		}
	}
	for _, r := range a.Reasons {
		out.Reasons = append(out.Reasons, plain(r.Text(c.lang)))
	}
	if len(out.Reasons) > 0 {
		out.ReasonsTitle = c.text("reasons.title")
	}
	out.ActionsTitle = c.text("actions.title")
	for i := 1; texts().Has(c.action(i)); i++ {
		out.Actions = append(out.Actions, c.text(c.action(i)))
	}
	info, _ := c.m.Kind.Info()
	out.Why = c.text("why.chosen")
	if info.Mandatory {
		out.Why = c.text("why.mandatory")
	}
}

// ready is when a recovery that waits is over, from microseconds since 1970.
func (c composer) ready(micros string) string {
	us, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || us <= 0 {
		return ""
	}
	return When(c.lang, c.m.Recipient.TimeZone, time.UnixMicro(us))
}

// repeats says how many like it were kept back.
func (c composer) repeats(a Alert) string {
	if a.Repeats < 1 {
		return ""
	}
	return c.text("fact.repeats", "n", strconv.Itoa(a.Repeats), "when", When(c.lang, c.m.Recipient.TimeZone, a.Since))
}

func (c composer) action(i int) string { return "action." + c.kind() + "." + strconv.Itoa(i) }

func (c composer) device(d activity.Device) string {
	if name := plain(d.Name); name != "" {
		return activity.DeviceLabel(c.lang, name)
	}
	return ""
}

// linkish is what mail programs turn into a link though nobody marked it as one.
var linkish = regexp.MustCompile(`(?i)[a-z]+://|www\.|(\pL|\pN|-)\.(\pL|xn--)|@`)

// plain makes one line of text from outside that no program turns into a link:
// a name such as "Win at evil.test" must not make a shop's mail carry it.
func plain(s string) string {
	s = canon.Line(s, 2*maxText)
	if !linkish.MatchString(s) {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '.' || r == '/' || r == ':' || r == '@' || r == '\\'
	}), " ")
}

func (c composer) notice() []string {
	out := []string{c.text("notice.from"), c.text("notice.never")}
	if c.s.SecurityURL == "" {
		return append(out, c.text("notice.type"))
	}
	return append(out, c.text("notice.links"))
}

func (c composer) links() (out []Link) {
	for _, l := range []Link{
		{"link.privacy", c.s.PrivacyURL}, {"link.policy", c.s.SecurityPolicyURL}, {"link.support", c.s.SupportURL},
	} {
		if l.URL != "" {
			out = append(out, Link{c.text(l.Label), l.URL})
		}
	}
	if c.s.SupportEmail != "" {
		out = append(out, Link{c.s.SupportEmail, "mailto:" + c.s.SupportEmail})
	}
	if c.s.SupportPhone != "" {
		out = append(out, Link{c.text("link.phone", "phone", c.s.SupportPhone), ""})
	}
	return out
}

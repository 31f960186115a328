package sms

import (
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// writer words one message.
type writer struct {
	cfg    Config
	s      alerts.Sender // as of when the message was made
	m      alerts.Message
	lang   string
	korean bool   // goes to a number of Korea
	brand  string // as it stands in brackets
}

func (n *Notifier) writer(m alerts.Message) writer {
	made := m.CreatedAt
	if made.IsZero() {
		made = m.Alert.At
	}
	w := writer{
		cfg: n.cfg, s: n.cfg.Sender.At(made), m: m,
		lang: message.Lang(m.Recipient.Lang), korean: strings.HasPrefix(m.Recipient.Phone, "+82"),
	}
	w.brand = foldMarks(n.cfg.Sender.Signature(w.lang, made), w.can())
	return w
}

// link is what the owner answers with, if Links are on.
func (w writer) link() string {
	for _, l := range []alerts.Private{w.m.Alert.Link, w.m.Links.NotMine} {
		if w.cfg.Links && l != "" && w.s.CheckLink(string(l)) == nil {
			return string(l)
		}
	}
	return ""
}

// can tells which characters cost no more than others.
func (w writer) can() func(rune) bool {
	switch {
	case w.korean:
		return inEUCKR
	case w.lang == "ko":
		return func(rune) bool { return true } // UTF-16 anyway
	}
	return inGSM
}

func (w writer) text(key string, args ...string) string {
	named := message.Args{"brand": w.brand, "domain": w.s.Domain}
	for i := 0; i+1 < len(args); i += 2 {
		named[args[i]] = args[i+1]
	}
	return catalogue().Text(w.lang, key, named)
}

func (w writer) action(length string) string {
	if w.cfg.App {
		return "action.app." + length
	}
	return "action." + length
}

// alerts gives the texts of an alert from the fullest to the barest; each is
// with the last action, the first also with the ones before.
func (w writer) alerts(actions ...string) (texts []string) {
	what, facts, last := w.what(), w.facts(), len(actions)-1
	for _, action := range actions[:last] {
		texts = append(texts, w.line(what, facts[0], action))
	}
	for _, f := range facts {
		texts = append(texts, w.line(what, f, actions[last]))
	}
	return texts
}

// what says what happened: in the shop's own words where it has some.
func (w writer) what() string {
	kind := string(w.m.Kind)
	if !catalogue().Has("what." + kind) {
		kind = "other"
	}
	if _, own := w.s.Texts["title."+kind]; own {
		return strings.TrimRight(w.fold(alerts.Compose(w.cfg.Sender, w.m).Title), ". ")
	}
	return w.text("what." + kind)
}

// noticed adds the shop's own notice on a line of its own, if it costs nothing.
// The package's says no more than every text does.
func (w writer) noticed(text string) string {
	if w.s.Notice.Texts == nil {
		return text
	}
	longer := text + "\n" + w.fold(alerts.Compose(w.cfg.Sender, w.m).Phishing.Short)
	if segments(longer, w.korean) > segments(text, w.korean) {
		return text
	}
	return longer
}

func (w writer) line(what, facts, action string) string {
	if facts == "" {
		return w.text("line", "what", what, "action", action)
	}
	return w.text("line.facts", "what", what, "facts", facts, "action", action)
}

// facts give less and less.
func (w writer) facts() []string {
	a := w.m.Alert
	at := shortTime(w.lang, w.m.Recipient.TimeZone, a.At)
	device := w.value(a.Device.Name, maxDevice)
	if device != "" {
		device = activity.DeviceLabel(w.lang, device)
	}
	a.Location.City = w.value(a.Location.City, maxCity)
	city := w.fold(activity.PlaceLabel(w.lang, a.Location))
	a.Location.City = ""
	country := w.fold(activity.PlaceLabel(w.lang, a.Location))
	first, second := country, at // when it was, the phone shows more or less
	if w.korean && a.Location.Country == "KR" {
		first, second = at, country // at home says little
	}
	return []string{
		join(at, city, device),
		join(at, country, device),
		join(at, country),
		first,
		second,
		"",
	}
}

func join(facts ...string) string {
	var given []string
	for _, f := range facts {
		if f != "" {
			given = append(given, f)
		}
	}
	return strings.Join(given, ", ")
}

// shortTime is "23 Nov 14:05" where the owner is, and says so if that is not
// known: "23 Nov 05:05 UTC".
func shortTime(lang, zone string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	loc, layout := location(zone), "2 Jan 15:04"
	if lang == "ko" {
		layout = "1/2 15:04"
	}
	text := at.In(loc).Format(layout)
	if loc == time.UTC {
		text += " UTC"
	}
	return text
}

// location is an IANA zone; UTC if it is none.
func location(zone string) *time.Location {
	if zone != "" && zone != "Local" && len(zone) <= 64 {
		if l, err := time.LoadLocation(zone); err == nil {
			return l
		}
	}
	return time.UTC
}

// codes gives the texts of a code. The last line, and nothing after it, binds
// the code to the shop's domain (https://wicg.github.io/sms-one-time-codes/).
func (w writer) codes() (texts []string) {
	prefix := "code." + string(w.m.Kind)
	if !catalogue().Has(prefix + ".long") {
		prefix = "code.other"
	}
	domain := w.cfg.CodeDomain
	if domain == "" {
		domain = w.s.Domain
	}
	minutes := max(1, int(w.m.ExpiresAt.Sub(w.m.CreatedAt).Round(time.Minute).Minutes()))
	for _, length := range []string{".long", ".short"} {
		texts = append(texts, w.text(prefix+length, "code", w.m.Code, "minutes", strconv.Itoa(minutes))+
			"\n@"+domain+" #"+w.m.Code)
	}
	return texts
}

// news gives the texts that announce a change of the sender.
func (w writer) news() (texts []string) {
	c, layout := w.cfg.Sender.Change, "2 Jan 2006"
	if w.lang == "ko" {
		layout = "2006.1.2"
	}
	date := c.At.In(location(w.m.Recipient.TimeZone)).Format(layout)
	for _, length := range []string{"long", "short"} {
		texts = append(texts, w.text("change."+length, "date", date,
			"new", foldMarks(w.cfg.Sender.Brand, w.can()), "domain", w.cfg.Sender.Domain))
	}
	return texts
}

// isCode accepts what can stand in the last line.
func isCode(code string) bool {
	return canon.Line(code, 32) == code && !strings.ContainsFunc(code, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("@#{}", r)
	})
}

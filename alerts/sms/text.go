package sms

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/gsm"
	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

var (
	digitRun = regexp.MustCompile(`[0-9]{4}`)
	errFit   = errors.New("sms: the message does not fit into Config.MaxSegments")
	errCode  = errors.New("sms: malformed code")
)

// Render writes a message as a text, for Notify and for previews. Of the ways
// to say it the fullest that fits into one segment is taken; where none does,
// the fullest that fits into [Config].MaxSegments. What is left out goes in
// this order: the long form of what to do, the city, the device, the time, the
// country; the country before the time where that is the number's own (Korea).
// The brand, what happened and what to do are in every text.
func (n *Notifier) Render(m alerts.Message) (string, error) {
	w := n.writer(m)
	if m.Code != "" {
		if !isCode(m.Code) {
			return "", errCode
		}
		return n.fit(w.korean, w.codes())
	}
	if link := n.link(m); link != "" {
		if text, err := n.fit(w.korean, w.alerts(w.text("action.link", "link", link))); err == nil {
			return text, nil
		}
	}
	texts := w.alerts(w.text(w.action("long")), w.text(w.action("short")))
	return n.fit(w.korean, append(texts, w.line(w.what(), "", w.text("action.short")))) // the app goes last
}

// link is what the owner answers with, if Links are on.
func (n *Notifier) link(m alerts.Message) string {
	for _, l := range []alerts.Private{m.Alert.Link, m.Links.NotMine} {
		if n.cfg.Links && l != "" && n.cfg.Sender.CheckLink(string(l)) == nil {
			return string(l)
		}
	}
	return ""
}

// fit picks a text from the fullest to the barest.
func (n *Notifier) fit(korean bool, texts []string) (string, error) {
	for _, limit := range []int{1, n.cfg.MaxSegments} {
		for _, text := range texts {
			if segments(text, korean) <= limit {
				return text, nil
			}
		}
	}
	return "", errFit
}

// segments is what a text is billed by. To Korea a text of more than 80 bytes in
// EUC-KR is a long message, which is sent whole and costs about three short ones.
func segments(text string, korean bool) int {
	n, _ := gsm.Segments(text)
	if korean && gsm.KoreanBytes(text) > gsm.MaxKorean {
		return max(n, 2)
	}
	return n
}

// checkFit is for New: no text may turn out too long once it is needed.
func (n *Notifier) checkFit() error {
	for _, lang := range message.Languages() {
		for _, phone := range []string{"+821000000000", "+10000000000"} {
			to := alerts.Recipient{Lang: lang, Phone: phone}
			for _, kind := range append(alerts.Kinds(), alerts.KindInfo{Kind: "other"}) {
				if _, err := n.Render(alerts.Message{Kind: kind.Kind, Recipient: to}); err != nil {
					return fmt.Errorf("%w: shorten Sender.Brand or raise it (%s, %s)", err, kind.Kind, lang)
				}
			}
			for _, kind := range []alerts.Kind{alerts.RecoveryCode, alerts.SignInCode} {
				if _, err := n.Render(alerts.Message{Kind: kind, Recipient: to, Code: "00000000"}); err != nil {
					return fmt.Errorf("%w: shorten Sender.Brand or raise it (%s, %s)", err, kind, lang)
				}
			}
		}
	}
	return nil
}

// writer words one message.
type writer struct {
	cfg    Config
	m      alerts.Message
	lang   string
	korean bool // goes to a number of Korea
	brand  string
}

func (n *Notifier) writer(m alerts.Message) writer {
	w := writer{cfg: n.cfg, m: m, lang: message.Lang(m.Recipient.Lang), korean: strings.HasPrefix(m.Recipient.Phone, "+82")}
	w.brand = foldMarks(n.cfg.Sender.Brand, w.can())
	return w
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
	named := message.Args{"brand": w.brand, "domain": w.cfg.Sender.Domain}
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

func (w writer) what() string {
	if key := "what." + string(w.m.Kind); catalogue().Has(key) {
		return w.text(key)
	}
	return w.text("what.other")
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
	loc := time.UTC
	if zone != "" && zone != "Local" && len(zone) <= 64 {
		if l, err := time.LoadLocation(zone); err == nil {
			loc = l
		}
	}
	layout := "2 Jan 15:04"
	if lang == "ko" {
		layout = "1/2 15:04"
	}
	text := at.In(loc).Format(layout)
	if loc == time.UTC {
		text += " UTC"
	}
	return text
}

// codes gives the texts of a code. The last line, and nothing after it, binds
// the code to the shop's domain (https://wicg.github.io/sms-one-time-codes/).
func (w writer) codes() (texts []string) {
	prefix := "code." + string(w.m.Kind)
	if !catalogue().Has(prefix + ".long") {
		prefix = "code.other"
	}
	minutes := max(1, int(w.m.ExpiresAt.Sub(w.m.CreatedAt).Round(time.Minute).Minutes()))
	for _, length := range []string{".long", ".short"} {
		texts = append(texts, w.text(prefix+length, "code", w.m.Code, "minutes", strconv.Itoa(minutes))+
			"\n@"+w.cfg.CodeDomain+" #"+w.m.Code)
	}
	return texts
}

// isCode accepts what can stand in the last line.
func isCode(code string) bool {
	return canon.Line(code, 32) == code && !strings.ContainsFunc(code, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("@#{}", r)
	})
}

package sms

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"example.com/accountsec/alerts"
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
	errNews  = errors.New("sms: Sender.Change holds no change to announce")
)

// Render writes a message as a text, for Notify and for previews. Of the ways
// to say it the fullest that fits into one segment is taken; where none does,
// the fullest that fits into [Config].MaxSegments. What is left out goes in
// this order: the long form of what to do, the city, the device, the time, the
// country; the country before the time where that is the number's own (Korea).
// The brand, what happened and what to do are in every text. A title of the
// shop's own ([alerts.Sender].Texts) says what happened; its own notice's Short
// ends an alert without a link, where that takes no further segment.
func (n *Notifier) Render(m alerts.Message) (string, error) {
	w := n.writer(m)
	switch {
	case m.Code != "" && !isCode(m.Code):
		return "", errCode
	case m.Code != "":
		return n.fit(w.korean, w.codes())
	case m.Kind == alerts.SenderChange && n.cfg.Sender.Change == nil:
		return "", errNews
	case m.Kind == alerts.SenderChange:
		return n.fit(w.korean, w.news())
	}
	if link := w.link(); link != "" {
		if text, err := n.fit(w.korean, w.alerts(w.text("action.link", "link", link))); err == nil {
			return text, nil
		}
	}
	texts := w.alerts(w.text(w.action("long")), w.text(w.action("short")))
	text, err := n.fit(w.korean, append(texts, w.line(w.what(), "", w.text("action.short")))) // the app goes last
	if err != nil {
		return "", err
	}
	return w.noticed(text), nil
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
	times := []time.Time{{}}
	kinds := []alerts.Kind{alerts.RecoveryCode, alerts.SignInCode, "other"}
	for _, info := range alerts.Kinds() {
		kinds = append(kinds, info.Kind)
	}
	if c := n.cfg.Sender.Change; c != nil {
		times, kinds = append(times, c.At.Add(-time.Hour), c.At), append(kinds, alerts.SenderChange)
	}
	for _, lang := range message.Languages() {
		for _, phone := range []string{"+821000000000", "+10000000000"} {
			for _, at := range times {
				for _, kind := range kinds {
					m := alerts.Message{Kind: kind, CreatedAt: at, Recipient: alerts.Recipient{Lang: lang, Phone: phone}}
					if kind == alerts.RecoveryCode || kind == alerts.SignInCode {
						m.Code = "00000000"
					}
					if _, err := n.Render(m); err != nil {
						return fmt.Errorf("%w: shorten Sender.Brand or Sender.Texts, or raise it (%s, %s)", err, kind, lang)
					}
				}
			}
		}
	}
	return nil
}

package email

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	netmail "net/mail"
	"strings"
	"sync"
	texttemplate "text/template"

	"github.com/wneessen/go-mail"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
)

//go:embed templates
var templateFiles embed.FS

var (
	htmlTemplate = sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(templateFiles, "templates/mail.html"))
	})
	textTemplate = sync.OnceValue(func() *texttemplate.Template {
		funcs := texttemplate.FuncMap{"add": func(a, b int) int { return a + b }}
		return texttemplate.Must(texttemplate.New("mail.txt").Funcs(funcs).ParseFS(templateFiles, "templates/mail.txt"))
	})
)

// Rendered is a mail's language, subject and two bodies.
type Rendered struct{ Lang, Subject, Text, HTML string }

// page is what the templates see.
type page struct {
	alerts.Content
	Brand, Domain string
	// Tone chooses the title's colour: critical, warning or notice.
	Tone string
	// Numbered lists the actions as steps.
	Numbered bool
}

// Render writes a message as a mail, for Notify and for previews.
func (n *Notifier) Render(m alerts.Message) (Rendered, error) {
	c := alerts.Compose(n.cfg.Sender, m)
	p := page{Content: c, Brand: n.cfg.Sender.Brand, Domain: n.cfg.Sender.Domain, Tone: tone(c.Severity), Numbered: m.Code == ""}
	var text, html bytes.Buffer
	if err := textTemplate().Execute(&text, p); err != nil {
		return Rendered{}, fmt.Errorf("email: render: %w", err)
	}
	if err := htmlTemplate().Execute(&html, p); err != nil {
		return Rendered{}, fmt.Errorf("email: render: %w", err)
	}
	return Rendered{c.Lang, canon.Line(c.Subject, 512), text.String(), html.String()}, nil
}

func tone(s activity.Severity) string {
	switch s {
	case activity.Critical:
		return "critical"
	case activity.Warning:
		return "warning"
	}
	return "notice"
}

// build makes the mail with its headers.
func (n *Notifier) build(m alerts.Message) (*mail.Msg, error) {
	r, err := n.Render(m)
	if err != nil {
		return nil, err
	}
	if canon.CheckID(m.ID) != nil || strings.ContainsAny(m.ID, "<>@ \"\\()[],;:") {
		return nil, fmt.Errorf("email: malformed message id")
	}
	s := n.cfg.Sender
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP), mail.WithCharset(mail.CharsetUTF8))
	msg.FromMailAddress(&netmail.Address{Name: s.Brand, Address: s.From})
	msg.ReplyToMailAddress(&netmail.Address{Name: s.Brand, Address: s.Reply()})
	msg.ToMailAddress(&netmail.Address{Address: m.Recipient.Email})
	msg.Subject(r.Subject)
	msg.SetDateWithValue(n.cfg.Now())
	msg.SetMessageIDWithValue(m.ID + "@" + s.Domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("Content-Language", r.Lang)
	msg.SetBodyString(mail.TypeTextPlain, r.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, r.HTML)
	return msg, nil
}

// unsubscribe adds the one-click link where the kind may be muted.
func (n *Notifier) unsubscribe(msg *mail.Msg, m alerts.Message) error {
	info, ok := m.Kind.Info()
	if n.cfg.Unsubscribe == nil || !ok || info.Mandatory || m.Code != "" {
		return nil
	}
	link := n.cfg.Unsubscribe(m)
	if link == "" {
		return nil
	}
	if err := n.cfg.Sender.CheckLink(link); err != nil {
		return fmt.Errorf("email: Config.Unsubscribe gave a link that %w", err)
	}
	return msg.SetListUnsubscribeOneClick(link)
}

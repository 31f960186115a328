package email

import (
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
)

// Rendered is a mail's language, subject and two bodies.
type Rendered struct{ Lang, Subject, Text, HTML string }

// Render writes a message as a mail, for Notify and for previews.
func (n *Notifier) Render(m alerts.Message) (Rendered, error) {
	return n.render(alerts.ComposeAt(n.cfg.Sender, m, n.cfg.Now()))
}

func (n *Notifier) render(c alerts.Content) (Rendered, error) {
	html, text, err := n.templates.render(c)
	if err != nil {
		return Rendered{}, fmt.Errorf("email: render: %w", err)
	}
	return Rendered{c.Lang, canon.Line(c.Subject, 512), text, html}, nil
}

// build makes the mail with its headers. It comes from the sender as of when
// the message was made, whose address it gives as well.
func (n *Notifier) build(m alerts.Message) (msg *mail.Msg, from string, err error) {
	c := alerts.ComposeAt(n.cfg.Sender, m, n.cfg.Now())
	r, err := n.render(c)
	if err != nil {
		return nil, "", err
	}
	if canon.CheckID(m.ID) != nil || strings.ContainsAny(m.ID, "<>@ \"\\()[],;:") {
		return nil, "", fmt.Errorf("email: malformed message id")
	}
	from = c.Sender.FromFor(m.Kind)
	msg = mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP), mail.WithCharset(mail.CharsetUTF8))
	msg.FromMailAddress(&netmail.Address{Name: c.Signature, Address: from})
	msg.ReplyToMailAddress(&netmail.Address{Name: c.Signature, Address: c.Sender.Reply()})
	msg.ToMailAddress(&netmail.Address{Address: m.Recipient.Email})
	msg.Subject(r.Subject)
	msg.SetDateWithValue(n.cfg.Now())
	msg.SetMessageIDWithValue(m.ID + "@" + c.Sender.Domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("Content-Language", r.Lang)
	msg.SetBodyString(mail.TypeTextPlain, r.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, r.HTML)
	return msg, from, unsubscribe(msg, m, c)
}

// unsubscribe adds the link that mutes the kind, for the button of mail
// programs (RFC 8058), only where the kind may be muted: an intruder reads mail
// too, and what must reach the owner cannot be switched off from within it.
func unsubscribe(msg *mail.Msg, m alerts.Message, c alerts.Content) error {
	info, ok := m.Kind.Info()
	if c.Mute == nil || !ok || info.Mandatory || m.Code != "" {
		return nil
	}
	return msg.SetListUnsubscribeOneClick(c.Mute.URL)
}

package email_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// fullSender has everything that a sender can have; its name changes.
func fullSender() alerts.Sender {
	s := sender
	s.LinkDomains = []string{"shop-pay.example"}
	s.From = "no-reply@shop.example"
	s.Addresses = map[alerts.Purpose]string{alerts.ForOrders: "orders@shop.example"}
	s.Logo = alerts.Logo{URL: "https://shop.example/logo.png", Alt: "Example Shop’s logo", Width: 120, Height: 32}
	s.Country, s.Phrases = "KR", true
	old := s
	old.From = sender.From
	s.Change = &alerts.Change{Old: old, At: t0.AddDate(0, 0, 10)}
	s.Brand = "Example Store"
	return s
}

func plainSender() alerts.Sender {
	return alerts.Sender{Brand: "Shop", Domain: "shop.example", From: "security@shop.example"}
}

func withTemplates(s alerts.Sender, html, text string) error {
	_, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, HTML: html, Text: text})
	return err
}

// The templates that come with the package pass what a shop's own must pass.
func TestDefaultTemplates(t *testing.T) {
	for name, s := range map[string]alerts.Sender{"usual": sender, "full": fullSender(), "plain": plainSender()} {
		n, err := email.New(email.Config{Host: "mail.shop.example", Sender: s})
		fine(t, err)
		if err := n.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fine(t, withTemplates(s, email.DefaultHTML(), email.DefaultText()))
	}
}

// A template of a shop's own that keeps to the rules is used.
func TestOwnTemplates(t *testing.T) {
	html := strings.Replace(email.DefaultHTML(), "<h1 ", `<p>A shop's own <a href="https://shop-pay.example/x">page</a></p><h1 `, 1)
	text := "A shop's own\n" + email.DefaultText()
	s := fullSender()
	s.Change = nil
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, HTML: html, Text: text})
	fine(t, err)
	r, err := n.Render(message(alerts.NewDevice, "ko"))
	fine(t, err)
	if !strings.HasPrefix(r.Text, "A shop's own\n") || !strings.Contains(r.HTML, "<p>A shop's own <a") {
		t.Errorf("%.200s\n%.200s", r.Text, r.HTML)
	}
	// One of the two can be left as it is.
	fine(t, withTemplates(sender, "", text))
	fine(t, withTemplates(sender, html[:strings.Index(html, "<p>A shop")]+html[strings.Index(html, "<h1 "):], ""))
}

// Pitfall 12: a template that would make a mail lack what readers need, or lead
// or load from elsewhere, or run something, is an error at New.
func TestPitfall12Templates(t *testing.T) {
	put := func(what string) [2]string { return [2]string{"<h1 ", what + "<h1 "} }
	cut := func(what string) [2]string { return [2]string{what, ""} }
	for name, change := range map[string][2]string{
		// dropped
		"the sender": cut("{{.Signature}}</td>"), "the domain": cut(">{{.Sender.Domain}}"), "the title": cut(">{{.Title}}</h1"), "the intro": cut("{{.Intro}}"),
		"the phrase": cut("{{.Phrase}}"), "its note": cut("{{.PhraseNote}}</p>"), "the hint": cut("{{.PhraseNote}}</li>"), "the code": cut("{{.Code}}"),
		"the code's note": cut("{{.CodeNote}}"), "labels": cut("{{.Label}}</th>"), "facts": cut("{{.Value}}"), "reasons": cut("{{range .Reasons}}<li style=\"margin:0 0 4px 0;\">{{.}}</li>{{end}}"),
		"steps":  cut(`<ol class="ink" style="margin:0 0 22px 0;padding:0 0 0 22px;color:#15222e;">{{range .Actions}}<li style="margin:0 0 6px 0;">{{.}}</li>{{end}}</ol>`),
		"the no": {"{{with .NotMine}}", "{{with .Mine}}"}, "the yes": {"{{with .Mine}}", "{{with .NotMine}}"}, "the page": {"{{with .Button}}", "{{if false}}"},
		"the change": cut("{{range .Change}}<li style=\"margin:0 0 4px 0;\">{{.}}</li>{{end}}"), "the notice": cut("{{range .Notice}}<li style=\"margin:0 0 4px 0;\">{{.}}</li>{{end}}"),
		"phishing": cut("{{.What}}"), "rules": cut("{{range .Rules}}<li style=\"margin:0 0 4px 0;\">{{.}}</li>{{end}}"), "doubt": cut("{{.Doubt}}"),
		"hotlines": cut("{{range .Contacts}}<br><span class=\"ink\" style=\"color:#15222e;\">{{.}}</span>{{end}}"), "why": cut("{{.Why}}"),
		"the way to mute": {"{{with .Mute}}", "{{if false}}"}, "the answers": cut("{{.Reply}}</p>"), "policies": {"{{if .Links}}", "{{if false}}"}, "the imprint": cut("{{.Imprint}}"),
		"the language": {`<html lang="{{.Lang}}">`, "<html>"}, "another language": {`<html lang="{{.Lang}}">`, `<html lang="en">`},
		"the notice, hidden": {`<p class="soft" style="margin:0 0 6px 0;font-size:14px;color:#4a5a69;">{{.What}}`, `<p style="display : none">{{.What}}`}, "all, hidden": {`<div role="main"`, "<div hidden"},
		"in a comment": {"{{.Intro}}", "<!-- {{.Intro}} -->"},
		// added
		"a link elsewhere": put(`<a href="https://evil.test/">x</a>`), "over HTTP": put(`<a href="http://shop.example/">x</a>`), "a bare link": put("https://evil.test/"),
		"another's address": put(`<a href="mailto:eve@evil.test">x</a>`), "a hidden link": put(`<a href="https://evil.test/" style="display:none">x</a>`), "javascript": put(`<a href="javascript:alert(1)">x</a>`),
		"a value as a link": put(`<a href="{{.Greeting}}">x</a>`), "a picture": put(`<img src="https://shop.example/other.png" alt="x">`), "a pixel": put(`<img src="https://evil.test/p.gif" alt="">`),
		"a picture like the logo": put(`<img src="https://evil.test/p.gif" alt="{{.Sender.Logo.Alt}}" width="{{.Sender.Logo.Width}}" height="{{.Sender.Logo.Height}}">`), "a logo without its text": {`alt="{{.Alt}}"`, `alt=""`}, "srcset": {`<img src`, `<img srcset="https://evil.test/x 2x" src`}, "script": put("<script>1</script>"), "a form": put("<form></form>"),
		"a frame": put(`<iframe></iframe>`), "a base": {"<title>", `<base href="https://evil.test/"><title>`}, "a style sheet": {"<title>", `<link rel="stylesheet" href="https://shop.example/x.css"><title>`},
		"a refresh": {"<title>", `<meta http-equiv="refresh" content="0;url=https://evil.test"><title>`}, "a background": {"<body ", `<body background="https://evil.test/x.png" `},
		"a picture by style": {"<style>", "<style>.x { background: url(https://evil.test/x.png) }"}, "spelt out": {"<style>", `<style>.x { background: u\72l(https://evil.test/x.png) }`},
		"an import": {"<style>", `<style>@import "https://evil.test/x.css";`}, "by attribute": put(`<p style="background:URL(https://evil.test/x)">x</p>`), "a handler": put(`<p onclick="x">x</p>`), "svg": put(`<svg></svg>`),
		// broken
		"an error": put("{{.NoSuchField}}"), "an open action": put("{{if"), "an open tag": put("<a href="), "an unknown function": put("{{html2 .Title}}"),
	} {
		if html := strings.Replace(email.DefaultHTML(), change[0], change[1], 1); html == email.DefaultHTML() {
			t.Errorf("%s changes nothing", name)
		} else if err := withTemplates(fullSender(), html, ""); err == nil {
			t.Errorf("HTML, %s: accepted", name)
		}
	}
	for name, change := range map[string][2]string{
		"the sender": cut("{{.Signature}}"), "the title": cut("{{.Title}}"), "the phrase": cut("{{.Phrase}}"), "the code": cut("{{.Code}}"), "facts": cut("{{.Value}}"), "reasons": cut("{{range .Reasons}}- {{.}}\n{{end}}"),
		"steps": cut("{{$a}}"), "the no": {"{{with .NotMine}}", "{{if false}}"}, "its link": {"{{with .NotMine}}\n{{.Label}}: {{.URL}}", "{{with .NotMine}}\n{{.Label}}"}, "the notice": cut("{{range .Notice}}- {{.}}\n{{end}}"),
		"doubt": cut("{{.Doubt}}"), "the imprint": cut("{{.Imprint}}"), "a link elsewhere": {"{{.Title}}", "{{.Title}} https://evil.test/"}, "over HTTP": {"{{.Title}}", "{{.Title}} (HTTP://shop.example/)"},
		"an error": cut("{{end}}"),
	} {
		if text := strings.Replace(email.DefaultText(), change[0], change[1], 1); text == email.DefaultText() {
			t.Errorf("%s changes nothing", name)
		} else if err := withTemplates(fullSender(), "", text); err == nil {
			t.Errorf("Text, %s: accepted", name)
		}
	}
	if err := withTemplates(sender, strings.Repeat(" ", 300<<10), ""); err == nil {
		t.Error("a huge template was accepted")
	}
}

// While the sender changes, mails come from the old identity until the day, and
// then from the new one, and the domain that signs goes along. A repetition is
// the same mail whenever it is sent.
func TestSenderChange(t *testing.T) {
	s := sender
	s.Brand, s.Domain, s.From = "New Shop", "new-shop.example", "security@new-shop.example"
	s.SecurityURL, s.PrivacyURL, s.SecurityPolicyURL, s.SupportURL, s.SupportEmail = "https://new-shop.example/security", "", "", "", "help@new-shop.example"
	day := t0.AddDate(0, 0, 10)
	s.Change = &alerts.Change{Old: sender, At: day}
	srv, n := secure(t, &server{}, func(c *email.Config) { c.Sender, c.DKIM = s, bothKeys() })
	for _, c := range []struct {
		made                       time.Time
		from, subject, signs, site string
	}{
		{day.Add(-time.Second), `"Example Shop" <security@shop.example>`, "[Example Shop] ", "shop.example", "https://shop.example/alerts/mine"},
		{day, `"New Shop (formerly Example Shop)" <security@new-shop.example>`, "[New Shop (formerly Example Shop)] ", "new-shop.example", "https://shop.example/alerts/mine"},
		{day.AddDate(1, 0, 0), `"New Shop" <security@new-shop.example>`, "[New Shop] ", "new-shop.example", "https://new-shop.example/security"},
	} {
		m := message(alerts.NewDevice, "en")
		m.CreatedAt, m.Alert.At = c.made, c.made
		fine(t, n.Notify(t.Context(), m))
		mails, _ := srv.taken()
		raw := mails[len(mails)-1].raw
		p := parse(t, raw)
		if got := p.Get("From"); got != c.from || !strings.HasPrefix(p.subject, c.subject) {
			t.Errorf("%s: from %s, %q", c.made, got, p.subject)
		}
		for _, signature := range field(t, raw, "Dkim-Signature") {
			if !strings.Contains(strings.Join(strings.Fields(signature), ""), "d="+c.signs+";") {
				t.Errorf("%s: signed %s", c.made, signature)
			}
		}
		if got := p.Get("Message-ID"); got != "<"+m.ID+"@"+c.signs+">" {
			t.Errorf("%s: %s", c.made, got)
		}
		if !strings.Contains(p.html, c.site) || !strings.Contains(p.text, c.site) {
			t.Errorf("%s: no link to %s", c.made, c.site)
		}
		both := strings.Contains(p.text, "Example Shop · shop.example · security@shop.example") && strings.Contains(p.text, "New Shop · new-shop.example · security@new-shop.example")
		if want := c.made.Before(day.AddDate(0, 6, 0)); both != want {
			t.Errorf("%s: old and new together: %v", c.made, both)
		}
	}
	// Signing as the old sender takes a domain that is its own.
	d := bothKeys()
	d.Domain = "new-shop.example"
	if _, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, DKIM: d}); err != nil {
		t.Error(err)
	}
	s.From, s.Addresses = "security@mail.new-shop.example", map[alerts.Purpose]string{alerts.ForOrders: "orders@pay.new-shop.example"}
	d.Domain = "mail.new-shop.example" // From's, and not that of orders
	if _, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, DKIM: d}); err == nil {
		t.Error("a signature that DMARC does not count was accepted")
	}
}

// The notice to everybody is a mail like any other.
func TestAnnouncement(t *testing.T) {
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: fullSender()})
	fine(t, err)
	for lang, want := range map[string]string{
		"en": "Before Thu, 3 December 2026: Example Shop · shop.example", "ko": "2026년 12월 3일 (목)부터: Example Store · shop.example",
	} {
		r, err := n.Render(alerts.Message{ID: "1", Kind: alerts.SenderChange, CreatedAt: t0, Recipient: alerts.Recipient{Lang: lang, TimeZone: "Asia/Seoul"}})
		fine(t, err)
		if !strings.Contains(r.Text, want) || !strings.Contains(r.Subject, "[Example Shop] ") {
			t.Errorf("%s\n%s", r.Subject, r.Text)
		}
	}
}

// Each kind comes from the address of its purpose; from one that nobody reads it
// says where to answer.
func TestPurposes(t *testing.T) {
	s := fullSender()
	s.Change = nil
	srv, n := secure(t, &server{}, func(c *email.Config) { c.Sender = s })
	for kind, from := range map[alerts.Kind]string{alerts.PaymentAfterNewDevice: "orders@shop.example", alerts.NewDevice: "no-reply@shop.example"} {
		fine(t, n.Notify(t.Context(), message(kind, "en")))
		mails, _ := srv.taken()
		p := parse(t, mails[len(mails)-1].raw)
		said := strings.Contains(p.text, "no-reply@shop.example only sends. Please write to help@shop.example.")
		if p.Get("From") != fmt.Sprintf("%q <%s>", s.Brand, from) || said != strings.HasPrefix(from, "no-reply") || !strings.Contains(p.Get("Reply-To"), "help@shop.example") {
			t.Errorf("%s: %s, %s, said %v", kind, p.Get("From"), p.Get("Reply-To"), said)
		}
		if !strings.Contains(p.text, "no-reply@shop.example, orders@shop.example") {
			t.Errorf("%s: the notice does not name the addresses:\n%s", kind, p.text)
		}
	}
}

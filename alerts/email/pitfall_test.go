package email_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// hostile is text that has broken mails, pages and logs.
var hostile = []string{
	"a\r\nBcc: eve@evil.test\r\n\r\nhello", "a\nX-Evil: 1", "a\rX-Evil: 1", "nul\x00byte", "\u202egnp.exe", "\u2066hidden\u2069", "\u200bzero",
	"a\u2028b\u2029c", "\xff\xfe", "</td></table><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<a href=https://evil.test>here</a>",
	"{{.Code}}", "{brand} {ip}", "=?utf-8?q?=0D=0ABcc:_eve@evil.test?=", strings.Repeat("가", 500), "\r\n.\r\nMAIL FROM:<eve@evil.test>\r\n", "' OR 1=1 --",
	"javascript:alert(1)", "a,b;c<d>e@f", "Free phone at https://evil.test/x", "visit evil.test now", "eve@evil.test", "www.evil.test",
}

// Pitfall 12: nothing that a visitor or a customer may choose reaches a header,
// a tag or a second recipient.
func TestPitfall12HostileText(t *testing.T) {
	s, n := secure(t, &server{}, nil)
	for _, evil := range hostile {
		m := message(alerts.NewCountry, "en")
		m.Recipient.Name, m.Recipient.Lang, m.Recipient.TimeZone = evil, "en", evil
		m.Phrase = alerts.Private(evil)
		m.Alert.Location = activity.Location{Country: "DE", City: evil}
		m.Alert.Device = activity.Device{Browser: evil, OS: evil, Name: evil}
		m.Alert.Client = activity.Client{IP: netip.MustParseAddr("fe80::1%eth0"), UserAgent: evil}
		m.Alert.Detail = map[string]string{"factor": evil, "fields": evil}
		m.Alert.Reasons = []alerts.Reason{{Key: "new_device", Args: map[string]string{"device": evil}}, {Key: evil}}
		fine(t, n.Notify(t.Context(), m))
		m.Kind = alerts.Kind(evil)
		fine(t, n.Notify(t.Context(), m))
	}
	mails, _ := s.taken()
	if len(mails) != 2*len(hostile) {
		t.Fatalf("%d mails of %d", len(mails), 2*len(hostile))
	}
	want := ""
	for i, got := range mails {
		p := parse(t, got.raw)
		var names []string
		for name := range p.Header {
			names = append(names, name)
		}
		if muted := got.raw != nil && i%2 == 0; len(names) != 11 && !(muted && len(names) == 13) {
			t.Errorf("mail %d: headers %v", i, names)
		}
		if got.to != "kim@customer.example" || p.Get("To") != "<kim@customer.example>" || p.Get("Bcc") != "" || p.Get("X-Evil") != "" {
			t.Errorf("mail %d: to %q, headers %v", i, got.to, p.Header)
		}
		if want == "" {
			want = p.subject
		}
		// Mail programs turn what looks like an address into a link, tags or none.
		for _, bad := range []string{"evil.test", "://evil", "eve@"} {
			if strings.Contains(p.text, bad) || strings.Contains(p.html, bad) {
				t.Errorf("mail %d: a body holds %s", i, bad)
			}
		}
		for _, body := range []string{p.subject, p.text, p.html} {
			for _, r := range body {
				if r != '\n' && r != '\r' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar) {
					t.Fatalf("mail %d holds %U", i, r)
				}
			}
		}
		for _, bad := range []string{"<script", "<img", "<a href=https", "onerror=alert(1)>", "javascript:alert(1)\""} {
			if strings.Contains(p.html, bad) {
				t.Errorf("mail %d: the HTML holds %s", i, bad)
			}
		}
	}
}

// Pitfall 12: an address is one address. Quoted forms, routes, parameters and
// second recipients are refused before anything is sent (CVE-2025-59937).
func TestPitfall12Addresses(t *testing.T) {
	s, n := secure(t, &server{}, nil)
	for _, addr := range []string{
		"kim@customer.example> SIZE=1", "kim@customer.example>\r\nRCPT TO:<eve@evil.test", "kim@customer.example\r\nBcc: eve@evil.test",
		`"kim@customer.example> ORCPT=evil"@customer.example`, `"a b"@customer.example`, "kim@customer.example,eve@evil.test",
		"kim@customer.example eve@evil.test", "Kim <kim@customer.example>", "<kim@customer.example>", "@evil.test:kim@customer.example",
		"kim", "kim@", "@customer.example", "kim@@customer.example", "kim@localhost", "kim@[127.0.0.1]", "kim@customer..example", ".kim@customer.example",
		"kim.@customer.example", "k..im@customer.example", "kim@-customer.example", "kim@customer.example.", "김@customer.example", "kim@가.example",
		"kim\x00@customer.example", "kim\u202e@customer.example", strings.Repeat("k", 65) + "@customer.example",
		"kim@" + strings.Repeat("c", 64) + ".example", "kim@" + strings.Repeat("c.", 130) + "example", "kim%evil.test@customer.example\t", strings.Repeat("k", 1<<20),
	} {
		m := message(alerts.NewDevice, "en")
		m.Recipient.Email = addr
		err := n.Notify(t.Context(), m)
		var permanent *alerts.PermanentError
		if !errors.As(err, &permanent) || strings.Contains(err.Error(), addr) {
			t.Errorf("%.60q: %v", addr, err)
		}
	}
	m := message(alerts.NewDevice, "en")
	m.Recipient.Email = ""
	if err := n.Notify(t.Context(), m); !errors.Is(err, alerts.ErrNoRecipient) {
		t.Errorf("no address gives %v", err)
	}
	for _, id := range []string{"", "a b", "a>", "a\r\nX: y", "a@b"} {
		m := message(alerts.NewDevice, "en")
		m.ID = id
		if err := n.Notify(t.Context(), m); err == nil {
			t.Errorf("the id %q was accepted", id)
		}
	}
	if s.conns != 0 {
		t.Errorf("%d connections were made", s.conns)
	}
	for _, addr := range []string{"kim+shop@customer.example", "k.i-m_o'n@sub.customer.example", "KIM@Customer.Example"} {
		m := message(alerts.NewDevice, "en")
		m.Recipient.Email = addr
		fine(t, n.Notify(t.Context(), m))
	}
	mails, _ := s.taken()
	if len(mails) != 3 || mails[0].to != "kim+shop@customer.example" {
		t.Errorf("good addresses: %v", mails)
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, "en")
	}
	f.Add("Berlin", "ko-KR,ko;q=0.9")
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, evil, lang string) {
		m := message(alerts.NewCountry, lang)
		m.Recipient.Name, m.Recipient.TimeZone, m.Alert.Location.City, m.Alert.Device.Name = evil, evil, evil, evil
		r, err := n.Render(m)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(r.Subject, "\r\n\x00") || strings.Contains(strings.ToLower(r.HTML), "<script") {
			t.Errorf("%q", r)
		}
	})
}

var (
	link     = regexp.MustCompile(`(?:href|src|action|url)\s*[=(]\s*["']?([^"'\s)>]+)`)
	anything = regexp.MustCompile(`https?://[^\s"'<>)]+`)
)

// Pitfall 17: links are for reading. Mails hold the sender's own pages and
// nothing that acts, no token, no form, and nothing that is loaded on opening.
func TestPitfall17LinksDoNotAct(t *testing.T) {
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender})
	fine(t, err)
	allowed := map[string]bool{
		sender.SecurityURL: true, sender.PrivacyURL: true, sender.SecurityPolicyURL: true, sender.SupportURL: true,
		"mailto:" + sender.SupportEmail: true, "https://shop.example": true,
	}
	for _, l := range []alerts.Private{answers().Mine, answers().NotMine, answers().Mute} {
		allowed[string(l)] = true
	}
	for _, lang := range []string{"en", "ko"} {
		for _, kind := range everyKind() {
			r, err := n.Render(message(kind, lang))
			fine(t, err)
			for _, found := range link.FindAllStringSubmatch(r.HTML, -1) {
				if !allowed[found[1]] {
					t.Errorf("%s %s: the HTML refers to %q", kind, lang, found[1])
				}
			}
			for _, found := range append(anything.FindAllString(r.HTML, -1), anything.FindAllString(r.Text, -1)...) {
				if !allowed[found] {
					t.Errorf("%s %s: a body holds %q", kind, lang, found)
				}
			}
			for _, bad := range []string{"<form", "<img", "<script", "<link", "<iframe", "@import", "@font-face", "url("} {
				if strings.Contains(r.HTML, bad) {
					t.Errorf("%s %s: the HTML holds %s", kind, lang, bad)
				}
			}
			if strings.Contains(r.Text+r.HTML+r.Subject, "{") && strings.Contains(r.Text, "{") {
				t.Errorf("%s %s: an unfilled placeholder:\n%s", kind, lang, r.Text)
			}
			if kind == alerts.RecoveryCode && (strings.Contains(r.Subject, "83019274") || !strings.Contains(r.Text, "83019274")) {
				t.Errorf("%s: the code belongs in the body and not in the subject, which previews show", lang)
			}
		}
	}
}

func everyKind() []alerts.Kind {
	var out []alerts.Kind
	for _, info := range alerts.Kinds() {
		out = append(out, info.Kind)
	}
	return append(out, alerts.RecoveryCode, alerts.SignInCode)
}

// TestSamples writes every mail to a directory to look at, if one is named.
func TestSamples(t *testing.T) {
	dir := os.Getenv("ACCOUNTSEC_WRITE_SAMPLES")
	if dir == "" {
		t.Skip("ACCOUNTSEC_WRITE_SAMPLES names no directory")
	}
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender})
	fine(t, err)
	fine(t, os.MkdirAll(dir, 0o755))
	for _, lang := range []string{"en", "ko"} {
		for _, kind := range everyKind() {
			r, err := n.Render(message(kind, lang))
			fine(t, err)
			base := filepath.Join(dir, strings.ReplaceAll(string(kind), ".", "_")+"."+lang)
			fine(t, os.WriteFile(base+".html", []byte(r.HTML), 0o644))
			fine(t, os.WriteFile(base+".txt", []byte(r.Subject+"\n\n"+r.Text), 0o644))
		}
	}
}

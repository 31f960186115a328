package email_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// message gives a message of a kind, in a language, with everything filled in.
func message(kind alerts.Kind, lang string) alerts.Message {
	m := alerts.Message{
		ID: "Zm9vYmFyYmF6cXV4MTIzNA", Kind: kind, CreatedAt: t0, Attempt: 1,
		Recipient: alerts.Recipient{Name: "Kim Minjun", Email: "kim@customer.example", Lang: lang, TimeZone: "Asia/Seoul"},
	}
	if lang == "ko" {
		m.Recipient.Name = "김민준"
	}
	if kind == alerts.RecoveryCode || kind == alerts.SignInCode {
		m.Code, m.ExpiresAt = "83019274", t0.Add(10*time.Minute)
		return m
	}
	info, _ := kind.Info()
	m.Phrase, m.Links = "purple otter", answers()
	m.Alert = alerts.Alert{
		ID: "a", Account: "kim", Kind: kind, Severity: info.Severity, At: t0,
		Client:   activity.Client{IP: netip.MustParseAddr("203.0.113.66")},
		Location: activity.Location{Country: "DE", City: "Berlin"},
		Device:   activity.Device{Browser: "Firefox", OS: "Linux", Name: "Firefox on Linux"},
	}
	switch kind {
	case alerts.NewDevice:
		m.Alert.Reasons = []alerts.Reason{{Key: "new_device", Args: map[string]string{"device": "Firefox on Linux"}}}
	case alerts.NewCountry, alerts.GuessedIn:
		m.Alert.Reasons = []alerts.Reason{
			{Key: "new_device", Args: map[string]string{"device": "Firefox on Linux"}},
			{Key: "new_country", Args: map[string]string{"country": "DE"}},
		}
		if kind == alerts.GuessedIn {
			m.Alert.Reasons = append(m.Alert.Reasons, alerts.Reason{Key: "failed_burst", Args: map[string]string{"count": "12"}})
		}
	case alerts.FailedBurst:
		m.Alert.Reasons = []alerts.Reason{{Key: "failed_burst", Args: map[string]string{"count": "5"}}}
	case alerts.FactorEnrolled, alerts.FactorRemoved:
		m.Alert.Detail = map[string]string{"factor": "My phone"}
	case alerts.ProfileChanged:
		m.Alert.Detail = map[string]string{"fields": "email, phone"}
	}
	return m
}

// answers are the links that are for one recipient.
func answers() alerts.Links {
	return alerts.Links{
		NotMine: "https://shop.example/alerts/not-mine?t=Zm9vYmFyYmF6cXV4", Mine: "https://shop.example/alerts/mine?t=Zm9vYmFyYmF6cXV4",
		Mute: "https://shop.example/unsubscribe?t=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
	}
}

// parsed is a mail taken apart by the standard library.
type parsed struct {
	netmail.Header
	subject    string
	text, html string
}

func parse(t *testing.T, raw []byte) parsed {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	fine(t, err)
	p := parsed{Header: m.Header}
	p.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	fine(t, err)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	fine(t, err)
	if kind != "multipart/alternative" {
		t.Fatalf("the mail is %s", kind)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var kinds []string
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		fine(t, err)
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		fine(t, err)
		if cs := params["charset"]; !strings.EqualFold(cs, "utf-8") || part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("part %s: charset %q, encoding %q", kind, cs, part.Header.Get("Content-Transfer-Encoding"))
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		fine(t, err)
		kinds = append(kinds, kind)
		if kind == "text/plain" {
			p.text = string(body)
		} else {
			p.html = string(body)
		}
	}
	if fmt.Sprint(kinds) != "[text/plain text/html]" {
		t.Errorf("parts %v", kinds)
	}
	return p
}

func TestDelivery(t *testing.T) {
	s, n := secure(t, &server{}, nil)
	m := message(alerts.NewCountry, "ko")
	fine(t, n.Notify(t.Context(), m))
	fine(t, n.Notify(t.Context(), m)) // a repetition
	mails, _ := s.taken()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	got := mails[0]
	if !got.tls || got.from != "security@shop.example" || got.to != "kim@customer.example" {
		t.Errorf("envelope %+v", got)
	}
	p := parse(t, got.raw)
	for header, want := range map[string]string{
		"From": `"Example Shop" <security@shop.example>`, "Reply-To": `"Example Shop" <help@shop.example>`,
		"To": "<kim@customer.example>", "Message-Id": "<" + m.ID + "@shop.example>", "Auto-Submitted": "auto-generated",
		"X-Auto-Response-Suppress": "All", "Content-Language": "ko", "Date": "Mon, 23 Nov 2026 05:06:00 +0000",
		"User-Agent": "", "X-Mailer": "",
	} {
		if p.Get(header) != want {
			t.Errorf("%s is %q, want %q", header, p.Get(header), want)
		}
	}
	if p.subject != "[Example Shop] 새로운 국가에서 로그인했습니다" {
		t.Errorf("subject %q", p.subject)
	}
	for _, body := range []string{p.text, p.html} {
		for _, want := range []string{"김민준", "2026년 11월 23일 (월) 오후 2:05 (Seoul, UTC+9)", "독일 Berlin 부근", "203.0.113.66", "https://shop.example/security", "https://shop.example/privacy", "https://www.shop.example/policy"} {
			if !strings.Contains(html.UnescapeString(body), want) {
				t.Errorf("a body lacks %q", want)
			}
		}
	}
	if !strings.Contains(p.html, `<html lang="ko">`) {
		t.Error("the HTML does not say its language")
	}
	if again := parse(t, mails[1].raw); again.Get("Message-Id") != p.Get("Message-Id") {
		t.Error("a repetition has another Message-ID")
	}
	host, err := os.Hostname()
	fine(t, err)
	for _, telling := range []string{"go-mail", "wneessen", "Go/", "golang", "@" + host} {
		if bytes.Contains(got.raw, []byte(telling)) {
			t.Errorf("the mail tells of %s", telling)
		}
	}
	for _, line := range lines(got.raw) {
		if len(line) > 998 { // RFC 5322 §2.1.1
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestImplicitTLSAndPassword(t *testing.T) {
	a := newAuthority(t)
	cert := a.issue(t, "127.0.0.1", time.Hour)
	for _, implicit := range []bool{false, true} {
		s := (&server{password: "correct"}).start(t, &cert, implicit)
		mode := email.StartTLS
		if implicit {
			mode = email.Implicit
		}
		login := func(password string) error {
			n := notifier(t, s, a, func(c *email.Config) { c.TLS, c.Username, c.Password = mode, "shop", password })
			return n.Notify(t.Context(), message(alerts.NewDevice, "en"))
		}
		fine(t, login("correct"))
		mails, _ := s.taken()
		if len(mails) != 1 || mails[0].user != "shop" || !mails[0].tls {
			t.Errorf("implicit %v: %+v", implicit, mails)
		}
		err := login("wrong one")
		var permanent *alerts.PermanentError
		if err == nil || errors.As(err, &permanent) || strings.Contains(err.Error(), "wrong one") {
			t.Errorf("a wrong password gives %v", err)
		}
	}
}

// A server without STARTTLS, or whose certificate does not prove who it is, is
// sent nothing: neither content nor names.
func TestNothingLeavesInClear(t *testing.T) {
	trusted, other := newAuthority(t), newAuthority(t)
	good, wrong := trusted.issue(t, "127.0.0.1", time.Hour), trusted.issue(t, "mail.elsewhere.example", time.Hour)
	expired, foreign := trusted.issue(t, "127.0.0.1", -time.Hour), other.issue(t, "127.0.0.1", time.Hour)
	for name, c := range map[string]struct {
		start func(t *testing.T, s *server)
		mode  email.TLSMode
	}{
		"no STARTTLS":            {func(t *testing.T, s *server) { s.start(t, nil, false) }, email.StartTLS},
		"wrong name":             {func(t *testing.T, s *server) { s.start(t, &wrong, false) }, email.StartTLS},
		"expired":                {func(t *testing.T, s *server) { s.start(t, &expired, false) }, email.StartTLS},
		"untrusted":              {func(t *testing.T, s *server) { s.start(t, &foreign, false) }, email.StartTLS},
		"wrong name, implicit":   {func(t *testing.T, s *server) { s.start(t, &wrong, true) }, email.Implicit},
		"untrusted, implicit":    {func(t *testing.T, s *server) { s.start(t, &foreign, true) }, email.Implicit},
		"in clear, for implicit": {func(t *testing.T, s *server) { s.start(t, &good, false) }, email.Implicit},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			c.start(t, s)
			n := notifier(t, s, trusted, func(cfg *email.Config) { cfg.TLS, cfg.Timeout = c.mode, time.Second })
			err := n.Notify(t.Context(), message(alerts.RecoveryCode, "en"))
			var permanent *alerts.PermanentError
			if err == nil || errors.As(err, &permanent) {
				t.Errorf("got %v, want a temporary error", err)
			}
			if mails, froms := s.taken(); len(mails) != 0 || froms != 0 {
				t.Errorf("%d mails and %d MAIL FROM reached the server", len(mails), froms)
			}
		})
	}
}

func TestPermanentAndTemporary(t *testing.T) {
	reply := func(code int, e smtp.EnhancedCode) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: e, Message: "about kim@customer.example"}
	}
	bare := smtp.NoEnhancedCode
	for name, c := range map[string]struct {
		server    *server
		permanent bool
	}{
		"no such address":    {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 1, 1})}, true},
		"greylisted":         {&server{rcptErr: reply(451, smtp.EnhancedCode{4, 7, 1})}, false},
		"content refused":    {&server{dataErr: reply(554, smtp.EnhancedCode{5, 7, 1})}, true},
		"busy after content": {&server{dataErr: reply(452, smtp.EnhancedCode{4, 3, 1})}, false},
		"too large":          {&server{dataErr: reply(552, smtp.EnhancedCode{5, 3, 4})}, true},
		"bare, content":      {&server{dataErr: reply(554, bare)}, true},

		"mailbox disabled":          {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 2, 1})}, true},
		"mailbox full":              {&server{rcptErr: reply(552, smtp.EnhancedCode{5, 2, 2})}, true},
		"domain takes no mail":      {&server{rcptErr: reply(556, smtp.EnhancedCode{5, 1, 10})}, true},
		"bare, mailbox":             {&server{rcptErr: reply(550, bare)}, true},
		"bare, moved":               {&server{rcptErr: reply(551, bare)}, true},
		"bare, not allowed":         {&server{rcptErr: reply(553, bare)}, true},
		"says 5 and asks for later": {&server{rcptErr: reply(450, smtp.EnhancedCode{5, 1, 1})}, false},

		// What is held against the shop is its operator's to mend.
		"sender refused":            {&server{mailErr: reply(550, smtp.EnhancedCode{5, 7, 1})}, false},
		"sender refused late":       {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 1, 0})}, false},
		"sender malformed":          {&server{rcptErr: reply(553, smtp.EnhancedCode{5, 1, 7})}, false},
		"sender's domain":           {&server{rcptErr: reply(450, smtp.EnhancedCode{4, 1, 8})}, false},
		"sender's domain for good":  {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 1, 8})}, false},
		"relaying":                  {&server{rcptErr: reply(554, smtp.EnhancedCode{5, 7, 1})}, false},
		"client blocked":            {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 7, 1})}, false},
		"password missing":          {&server{rcptErr: reply(530, smtp.EnhancedCode{5, 7, 0})}, false},
		"password wrong":            {&server{rcptErr: reply(535, smtp.EnhancedCode{5, 7, 8})}, false},
		"protocol":                  {&server{rcptErr: reply(503, smtp.EnhancedCode{5, 5, 1})}, false},
		"quota":                     {&server{rcptErr: reply(550, smtp.EnhancedCode{5, 4, 5})}, false},
		"quota, late":               {&server{dataErr: reply(550, smtp.EnhancedCode{5, 4, 5})}, false},
		"password missing, late":    {&server{dataErr: reply(530, smtp.EnhancedCode{5, 7, 0})}, false},
		"bare, relaying":            {&server{rcptErr: &smtp.SMTPError{Code: 550, EnhancedCode: bare, Message: "relay not permitted"}}, false},
		"bare, client blocked":      {&server{rcptErr: reply(554, bare)}, false},
		"bare, password missing":    {&server{rcptErr: reply(530, bare)}, false},
		"bare, password missing, l": {&server{dataErr: reply(530, bare)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, n := secure(t, c.server, nil)
			err := n.Notify(t.Context(), message(alerts.PasswordChanged, "en"))
			var permanent *alerts.PermanentError
			if err == nil || errors.As(err, &permanent) != c.permanent {
				t.Errorf("got %v, want permanent: %v", err, c.permanent)
			}
			if strings.Contains(fmt.Sprint(err), "customer.example") {
				t.Errorf("the error holds the address: %v", err)
			}
			if mails, _ := s.taken(); len(mails) != 0 {
				t.Errorf("%d mails were taken", len(mails))
			}
		})
	}
}

// ctx ends a delivery that hangs.
func TestContextEndsADelivery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, n := secure(t, &server{inData: cancel}, nil)
	if err := n.Notify(ctx, message(alerts.NewDevice, "en")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// A server that never says a word is left after the timeout.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	defer ln.Close() //nolint:errcheck
	mute, err := email.New(email.Config{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, Sender: sender, Timeout: 50 * time.Millisecond})
	fine(t, err)
	if err := mute.Notify(t.Context(), message(alerts.NewDevice, "en")); err == nil {
		t.Error("a mute server took the mail")
	}
}

func TestNew(t *testing.T) {
	good := email.Config{Host: "mail.shop.example", Sender: sender}
	if _, err := email.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*email.Config){
		"no host":       func(c *email.Config) { c.Host = "" },
		"no sender":     func(c *email.Config) { c.Sender = alerts.Sender{} },
		"mode":          func(c *email.Config) { c.TLS = 7 },
		"port":          func(c *email.Config) { c.Port = 70000 },
		"half a login":  func(c *email.Config) { c.Username = "shop" },
		"hello injects": func(c *email.Config) { c.HelloName = "x\r\nMAIL FROM:<a@b>" },
		"timeout":       func(c *email.Config) { c.Timeout = -1 },
	} {
		c := good
		spoil(&c)
		if _, err := email.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	c := good
	c.Username, c.Password = "shop", "hunter2-hunter2"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, c); strings.Contains(s, "hunter2") {
			t.Errorf("%s prints the password: %s", verb, s)
		}
	}
}

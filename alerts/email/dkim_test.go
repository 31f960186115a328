package email_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// keys are made once: an RSA key takes a while.
var keys = sync.OnceValue(func() (k struct {
	rsa, next *rsa.PrivateKey
	ed        ed25519.PrivateKey
}) {
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.next, _ = rsa.GenerateKey(rand.Reader, 2048)
	_, k.ed, _ = ed25519.GenerateKey(rand.Reader)
	return k
})

func bothKeys() email.DKIM {
	return email.DKIM{Keys: []email.DKIMKey{{Selector: "ed1", Signer: keys().ed}, {Selector: "rsa1", Signer: keys().rsa}}}
}

// keyRecord is what DNS holds for a key, written here a second time.
func keyRecord(pub crypto.PublicKey) string {
	if ed, ok := pub.(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(ed)
	}
	der, _ := x509.MarshalPKIXPublicKey(pub)
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// keyRecords are the names and texts of a domain's keys.
func keyRecords(domain string) map[string]string {
	return map[string]string{
		"rsa1._domainkey." + domain: keyRecord(keys().rsa.Public()),
		"rsa2._domainkey." + domain: keyRecord(keys().next.Public()),
		"ed1._domainkey." + domain:  keyRecord(keys().ed.Public()),
	}
}

// zone writes texts as a zone file, in strings of at most 255 bytes.
func zone(texts map[string]string) string {
	var b strings.Builder
	for name, text := range texts {
		fmt.Fprintf(&b, "%s. IN TXT", name)
		for chunk := range slices.Chunk([]byte(text), 255) {
			fmt.Fprintf(&b, " %q", chunk)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// field is a header field of a mail, unfolded.
func field(t *testing.T, raw []byte, name string) []string {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	fine(t, err)
	return m.Header[name]
}

// Keys change over at their time, on the last of two, without a mail that is
// unsigned or signed by a key that is not yet published.
func TestKeyRotation(t *testing.T) {
	now := t0
	s, n := secure(t, &server{}, func(c *email.Config) {
		c.DKIM = email.DKIM{Keys: []email.DKIMKey{
			{Selector: "rsa2", Signer: keys().next, NotBefore: t0.Add(time.Hour)}, {Selector: "rsa1", Signer: keys().rsa},
		}}
		c.Now = func() time.Time { return now }
	})
	for _, c := range []struct {
		at       time.Duration
		selector string
	}{{0, "rsa1"}, {time.Hour - 1, "rsa1"}, {time.Hour, "rsa2"}, {time.Hour + 1, "rsa2"}} {
		now = t0.Add(c.at)
		fine(t, n.Notify(t.Context(), message(alerts.NewDevice, "en")))
		mails, _ := s.taken()
		raw := mails[len(mails)-1].raw
		found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
			return []string{keyRecords("shop.example")[name]}, nil
		}})
		fine(t, err)
		if len(found) != 1 || found[0].Err != nil || found[0].Domain != "shop.example" || !strings.Contains(field(t, raw, "Dkim-Signature")[0], "s="+c.selector+";") {
			t.Errorf("%v: %+v", c.at, found)
		}
	}
}

// failing is a key that cannot be reached.
type failing struct{ *rsa.PrivateKey }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the key store is away")
}

func TestNothingLeavesUnsigned(t *testing.T) {
	s, n := secure(t, &server{}, func(c *email.Config) {
		c.DKIM.Keys = []email.DKIMKey{{Selector: "rsa1", Signer: failing{keys().rsa}}}
	})
	err := n.Notify(t.Context(), message(alerts.NewDevice, "en"))
	var permanent *alerts.PermanentError
	if err == nil || errors.As(err, &permanent) || s.conns != 0 {
		t.Errorf("%v after %d connections", err, s.conns)
	}
}

// The link to mute is offered for the kinds that may be muted and for no other,
// in the header and in the text, and only if it leads to the sender.
func TestUnsubscribe(t *testing.T) {
	s, n := secure(t, &server{}, nil)
	last := func() (header, post []string, p parsed) {
		mails, _ := s.taken()
		raw := mails[len(mails)-1].raw
		return field(t, raw, "List-Unsubscribe"), field(t, raw, "List-Unsubscribe-Post"), parse(t, raw)
	}
	link := string(answers().Mute)
	for _, kind := range everyKind() {
		m := message(kind, "en")
		m.Links = answers()
		fine(t, n.Notify(t.Context(), m))
		info, known := kind.Info()
		got, post, p := last()
		if known && !info.Mandatory {
			if fmt.Sprint(got, post) != "[<"+link+">] [List-Unsubscribe=One-Click]" || !strings.Contains(p.text, link) || !strings.Contains(p.html, "Stop messages of this kind") {
				t.Errorf("%s: %q %q", kind, got, post)
			}
		} else if len(got)+len(post) != 0 || strings.Contains(p.text+p.html, "unsubscribe") {
			t.Errorf("%s cannot be muted and says %q %q", kind, got, post)
		}
	}
	for _, bad := range []alerts.Private{"", "http://shop.example/u", "https://evil.example/u", "https://shop.example/u>,<https://evil.example", "https://shop.example/\r\nBcc: eve@evil.example"} {
		m := message(alerts.NewDevice, "en")
		m.Links.Mute = bad
		fine(t, n.Notify(t.Context(), m))
		if got, post, p := last(); len(got)+len(post) != 0 || strings.Contains(p.text+p.html, "evil.example") {
			t.Errorf("%q was sent: %q", bad, got)
		}
	}
}

// The mail has a guard of its own: should a content offer to mute what may not be
// muted, or a code, the header does not.
func TestUnsubscribeGuardsItself(t *testing.T) {
	c := alerts.Content{Mute: &alerts.Link{URL: "https://shop.example/mute"}}
	kinds := append([]alerts.KindInfo{{Kind: alerts.SenderChange, Mandatory: true}, {Kind: alerts.RecoveryCode, Mandatory: true}}, alerts.Kinds()...)
	for _, info := range kinds {
		may, err := email.MayMute(alerts.Message{Kind: info.Kind}, c)
		fine(t, err)
		if may == info.Mandatory {
			t.Errorf("%s, mandatory %v: may be muted %v", info.Kind, info.Mandatory, may)
		}
	}
	if may, err := email.MayMute(alerts.Message{Kind: alerts.NewDevice, Code: "123456"}, c); err != nil || may {
		t.Errorf("a code can be muted: %v, %v", may, err)
	}
}

func TestNewDKIM(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	fine(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fine(t, err)
	one := func(k crypto.Signer) email.DKIM {
		return email.DKIM{Keys: []email.DKIMKey{{Selector: "s1", Signer: k}}}
	}
	with := func(change func(*email.DKIM)) email.DKIM {
		d := bothKeys()
		change(&d)
		return d
	}
	build := func(d email.DKIM) error {
		_, err := email.New(email.Config{
			Host: "mail.shop.example", DKIM: d, Now: func() time.Time { return t0 },
			Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@alerts.shop.example"},
		})
		return err
	}
	for name, d := range map[string]email.DKIM{
		"none": {}, "both": bothKeys(), "strict": with(func(d *email.DKIM) { d.Domain = "alerts.shop.example" }), "relaxed": with(func(d *email.DKIM) { d.Domain = "shop.example" }),
	} {
		if err := build(d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, d := range map[string]email.DKIM{
		"another domain": with(func(d *email.DKIM) { d.Domain = "mailer.example" }),
		"a sibling":      with(func(d *email.DKIM) { d.Domain = "news.shop.example" }),
		"a look-alike":   with(func(d *email.DKIM) { d.Domain = "evilshop.example" }),
		"above the shop": with(func(d *email.DKIM) { d.Domain = "example" }),
		"below the From": with(func(d *email.DKIM) { d.Domain = "x.alerts.shop.example" }),
		"no keys":        {Domain: "shop.example"},
		"short":          one(short),
		"curve":          one(curve),
		"no key":         one(nil),
		"Ed25519 alone":  one(keys().ed),
		"twice":          with(func(d *email.DKIM) { d.Keys[0].Selector = "RSA1" }),
		"selector":       with(func(d *email.DKIM) { d.Keys[0].Selector = "a; d=evil.example" }),
		"no selector":    with(func(d *email.DKIM) { d.Keys[0].Selector = "" }),
		"only later":     with(func(d *email.DKIM) { d.Keys[1].NotBefore = t0.Add(1) }),
		"far too many":   with(func(d *email.DKIM) { d.Keys = make([]email.DKIMKey, 9) }),
	} {
		if err := build(d); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	var log bytes.Buffer
	cfg := email.Config{Username: "shop", Password: "hunter2-hunter2", DKIM: bothKeys()}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "config", cfg, "dkim", cfg.DKIM, "key", cfg.DKIM.Keys[0])
	text := log.String() + fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg) + fmt.Sprintf("%v %+v %#v", cfg.DKIM, cfg.DKIM, cfg.DKIM)
	for _, secret := range []string{"hunter2", keys().rsa.D.String(), keys().rsa.Primes[0].String(), base64.StdEncoding.EncodeToString(keys().ed), fmt.Sprint(keys().ed[:8])[1:20]} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is shown: %.300s", text)
		}
	}
}

// The records to publish are those that verifiers read.
func TestRecords(t *testing.T) {
	for _, r := range bothKeys().Records("shop.example") {
		if r.Type != "TXT" || r.Value != keyRecords("shop.example")[r.Name] {
			t.Errorf("%+v", r)
		}
		if line := r.String(); line != strings.TrimSpace(zone(map[string]string{r.Name: r.Value})) {
			t.Errorf("as a line: %s", line)
		}
	}
	d := bothKeys()
	d.Domain = "mail.shop.example"
	if r := d.Records("shop.example"); len(r) != 2 || r[1].Name != "rsa1._domainkey.mail.shop.example" {
		t.Errorf("%+v", r)
	}
}

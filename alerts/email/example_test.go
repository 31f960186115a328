package email_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// A notifier renders previews without a mail server.
func ExampleNotifier_Render() {
	n, err := email.New(email.Config{
		Host:   "smtp.shop.example", // STARTTLS on port 587; Username and Password as the server wants
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	asked := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	mail, err := n.Render(alerts.Message{
		ID: "preview", Kind: alerts.RecoveryCode, Code: "83019274", CreatedAt: asked, ExpiresAt: asked.Add(10 * time.Minute),
		Recipient: alerts.Recipient{Name: "Kim Minjun", Email: "kim@customer.example", Lang: "en"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mail.Subject)
	fmt.Println(strings.Join(strings.Split(mail.Text, "\n")[8:13], "\n"))
	// Output:
	// [Example Shop] Your code to recover your account
	// Your code: 83019274
	// Works once, for 10 minutes.
	//
	// Requested: Mon, 23 November 2026, 05:05 (UTC)
	// Valid until: Mon, 23 November 2026, 05:15 (UTC)
}

// What DNS must hold before a key signs.
func ExampleDKIM_Records() {
	seed := sha256.Sum256([]byte("not a secret: use a random key"))
	keys := email.DKIM{Keys: []email.DKIMKey{{Selector: "ed2026a", Signer: ed25519.NewKeyFromSeed(seed[:])}}}
	for _, r := range keys.Records("shop.example") {
		fmt.Println(r)
	}
	// Output:
	// ed2026a._domainkey.shop.example. IN TXT "v=DKIM1; k=ed25519; p=yfksx9f/1PUup0mYLjOm39pPQc/jv93x1YmJWlgJFgA="
}

// static is a Resolver of a few text records; programs use a *net.Resolver.
type static map[string]string

func (s static) LookupTXT(_ context.Context, name string) ([]string, error) {
	if text, ok := s[name]; ok {
		return []string{text}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (s static) LookupMX(context.Context, string) ([]*net.MX, error) {
	return []*net.MX{{Host: "mx.shop.example.", Pref: 10}}, nil
}

func (s static) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (s static) LookupAddr(context.Context, string) ([]string, error) {
	return []string{"mx.shop.example."}, nil
}

func ExampleCheckDomain() {
	report, err := email.CheckDomain(context.Background(), "shop.example", email.CheckConfig{Resolver: static{
		"shop.example.":        "v=spf1 mx ?all",
		"_dmarc.shop.example.": "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example",
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Worst())
	for _, f := range report.Findings {
		if f.Severity >= email.Warning {
			fmt.Println(f.Code)
			fmt.Println(f.Text("en"))
			fmt.Println(f.Publish)
		}
	}
	// Output:
	// warning
	// spf.all_neutral
	// ?all says nothing about servers that are not listed, so the record of shop.example stops nobody. End it with -all.
	// shop.example. IN TXT "v=spf1 mx -all"
}

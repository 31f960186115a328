package email_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// What a signature costs a mail, beside the signing library alone on the same
// mail.
func BenchmarkSign(b *testing.B) {
	m := message(alerts.NewCountry, "ko")
	mail := func(b *testing.B, d email.DKIM) []byte {
		n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender, DKIM: d})
		if err != nil {
			b.Fatal(err)
		}
		var raw []byte
		for b.Loop() {
			if raw, err = n.Mail(m); err != nil {
				b.Fatal(err)
			}
		}
		return raw
	}
	rsaOnly := email.DKIM{Keys: bothKeys().Keys[1:]}
	var unsigned []byte
	b.Run("unsigned", func(b *testing.B) { unsigned = mail(b, email.DKIM{}) })
	b.Run("rsa", func(b *testing.B) { mail(b, rsaOnly) })
	b.Run("rsa and ed25519", func(b *testing.B) { mail(b, bothKeys()) })
	b.Run("bare msgauth, rsa", func(b *testing.B) {
		for b.Loop() {
			err := dkim.Sign(io.Discard, bytes.NewReader(unsigned), &dkim.SignOptions{
				Domain: "shop.example", Selector: "rsa1", Signer: keys().rsa,
				HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What one alert costs to write in both languages: at most 200 µs.
func BenchmarkRender(b *testing.B) {
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender})
	if err != nil {
		b.Fatal(err)
	}
	messages := []alerts.Message{message(alerts.GuessedIn, "en"), message(alerts.GuessedIn, "ko")}
	b.ReportAllocs()
	for b.Loop() {
		for _, m := range messages {
			if _, err := n.Render(m); err != nil {
				b.Fatal(err)
			}
		}
	}
}

package email_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// The words of some mails, to be read by whoever changes them.
// ACCOUNTSEC_WRITE_GOLDEN=1 writes the files anew.
func TestGolden(t *testing.T) {
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender, Now: func() time.Time { return t0.Add(20 * time.Minute) }})
	fine(t, err)
	for _, kind := range []alerts.Kind{alerts.NewCountry, alerts.PasswordChanged, alerts.SignInCode} {
		for _, lang := range []string{"en", "ko"} {
			m := message(kind, lang)
			r, err := n.Render(m)
			fine(t, err)
			got := "Subject: " + r.Subject + "\n\n" + r.Text
			file := filepath.Join("testdata", string(kind)+"."+lang+".txt")
			if os.Getenv("ACCOUNTSEC_WRITE_GOLDEN") != "" {
				fine(t, os.MkdirAll("testdata", 0o755))
				fine(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			fine(t, err)
			if string(want) != got {
				t.Errorf("%s differs; it is now\n%s", file, got)
			}
		}
	}
}

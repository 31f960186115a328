package email_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"example.com/accountsec/alerts/email"
)

// Pitfall 15: nothing that holds a secret prints or logs it, by value or by
// pointer, whatever the verb.
func TestPitfall15Redacted(t *testing.T) {
	cfg := email.Config{
		Host: "mail.shop.example", Username: "shop", Password: "hunter2-hunter2", Sender: sender, DKIM: bothKeys(),
	}
	n, err := email.New(cfg)
	fine(t, err)
	seed := keys().ed[:8]
	secrets := []string{
		"hunter2", fmt.Sprintf("%x", "hunter2"), keys().rsa.D.String(), keys().rsa.D.Text(16), keys().rsa.Primes[0].String(),
		base64.StdEncoding.EncodeToString(seed)[:9], fmt.Sprintf("%x", []byte(seed)), strings.Trim(fmt.Sprint([]byte(seed)), "[]"),
		strings.Trim(fmt.Sprintf("%#v", []byte(seed)), "[]byte{}"),
	}
	for _, v := range []any{&cfg, n, &cfg.DKIM, &cfg.DKIM.Keys[0], &cfg.DKIM.Keys[1], &email.CheckConfig{DKIM: cfg.DKIM}} {
		for _, v := range []any{v, reflect.ValueOf(v).Elem().Interface()} {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
			for _, secret := range secrets {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%T shows a secret: %.300s", v, out.String())
					break
				}
			}
		}
	}
}

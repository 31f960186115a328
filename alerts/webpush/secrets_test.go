package webpush_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/secret/secrettest"
)

// talker is an AEAD that prints its key.
type talker struct {
	alerts.AEAD
	key string
}

// Pitfall 15: nothing that holds a secret prints or logs it, by value or by
// pointer, whatever the verb.
func TestPitfall15Redacted(t *testing.T) {
	keys, err := webpush.NewKeys()
	fine(t, err)
	cfg := webpush.Config{Sender: sender, Keys: keys, AEAD: talker{secrettest.AEAD(), "key-of-the-test"}}
	n, err := webpush.New(webpush.NewMemoryStore(), cfg)
	fine(t, err)
	d, err := webpush.NewDevices(n, webpush.DevicesConfig{Recorder: &recorder{}})
	fine(t, err)
	row := webpush.Row{ID: "id", Account: "key-of-the-test", Sealed: []byte(keys.Private)}
	secrets := []string{keys.Private, "key-of-the-test", strings.Trim(fmt.Sprint([]byte(keys.Private)[:8]), "[]")}
	for _, s := range secrets[:2] {
		secrets = append(secrets, fmt.Sprintf("%x", s))
	}
	for _, v := range []any{&keys, &cfg, n, d, &row} {
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

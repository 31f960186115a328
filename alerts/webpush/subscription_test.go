package webpush_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec/alerts/webpush"
)

func TestParse(t *testing.T) {
	b := newBrowser(t, "/wp/a")
	good := string(b.json())
	point, auth := enc(b.key.PublicKey().Bytes()), enc(b.auth)
	services := webpush.DefaultServices()
	for _, ok := range []string{good, "\n " + good + " \n", strings.Replace(good, "null", "1795150800000", 1), strings.Replace(good, "{", `{"new":[1,{}],`, 1)} {
		if err := webpush.Parse([]byte(ok), services); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	off := b.key.PublicKey().Bytes()
	off[64] ^= 1
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	fine(t, err)
	for name, bad := range map[string]string{
		"empty": "", "null": "null", "a list": "[" + good + "]", "text": `"x"`, "nothing": "{}", "two": good + good, "cut off": good[:len(good)-1], "rubbish after": good + "x",
		"too long": good + strings.Repeat(" ", 4096), "endpoint a number": swap(`"endpoint":"`+b.endpoint+`"`, `"endpoint":1`),
		"no keys": `{"endpoint":"` + b.endpoint + `"}`, "keys null": `{"endpoint":"` + b.endpoint + `","keys":null}`,
		"a point off the curve": swap(point, enc(off)), "a compressed point": swap(point, enc(append([]byte{2}, b.key.PublicKey().Bytes()[1:33]...))),
		"no point": swap(point, ""), "a short point": swap(point, point[:80]), "the point at infinity": swap(point, "AA"), "another curve's": swap(point, enc(private.PublicKey().Bytes())),
		"padded": swap(auth, auth+"=="), "no auth": swap(auth, ""), "auth of 15": swap(auth, enc(b.auth[:15])), "auth of 17": swap(auth, enc(append(b.auth, 0))),
		"a line break in auth": swap(auth, auth[:4]+`\n`+auth[4:]), "plain base64": swap(point, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{255}, 65))),
		"an endpoint inside": swap(b.endpoint, "https://127.0.0.1/x"),
	} {
		err := webpush.Parse([]byte(bad), services)
		if !errors.Is(err, webpush.ErrSubscription) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "/wp/a") || strings.Contains(err.Error(), auth) {
			t.Errorf("%s: the error tells: %v", name, err)
		}
	}
	if err := webpush.Parse([]byte(swap("fcm.googleapis.com", "push.attacker.com")), services); !errors.Is(err, webpush.ErrService) {
		t.Errorf("another service: %v", err)
	}
}

func TestID(t *testing.T) {
	a, b := webpush.ID("https://fcm.googleapis.com/a"), webpush.ID("https://fcm.googleapis.com/b")
	if a == b || len(a) != 64 || strings.Contains(a, "fcm") {
		t.Errorf("%s and %s", a, b)
	}
}

// What is taken can be sent to: a name that is public, keys that are keys.
func FuzzParse(f *testing.F) {
	b := newBrowser(f, "/wp/a")
	f.Add(b.json())
	f.Add([]byte(`{"endpoint":"https://[::1]/x","keys":{}}`))
	f.Add(bytes.Replace(b.json(), []byte("https://fcm"), []byte(`https:\u002f\u002ffcm`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if webpush.Parse(data, []string{webpush.AnyService}) != nil {
			return
		}
		var s struct {
			Endpoint string
			Keys     struct{ P256DH, Auth string }
		}
		fine(t, json.Unmarshal(data, &s))
		if !strings.HasPrefix(s.Endpoint, "https://") || strings.ContainsAny(s.Endpoint, "@# \\\r\n\x00") || len(data) > 4096 {
			t.Errorf("taken: %q", s.Endpoint)
		}
		point, err := base64.RawURLEncoding.DecodeString(s.Keys.P256DH)
		fine(t, err)
		if _, err := ecdh.P256().NewPublicKey(point); err != nil || len(point) != 65 {
			t.Errorf("taken: %q", s.Keys.P256DH)
		}
	})
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{"https://fcm.googleapis.com/wp/x", "https://127.0.0.1/x", "https://a.b@c.com/x", "https://push.host.com:443/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, endpoint string) {
		if webpush.CheckEndpoint(endpoint, webpush.AnyService) != nil {
			return
		}
		host, path, ok := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
		if before, after, found := strings.Cut(host, "?"); found {
			host, path = before, after
		}
		last := host[strings.LastIndexByte(host, '.')+1:]
		if !ok || path == "" || strings.ContainsAny(host, "@:[]%\\") || host != strings.ToLower(host) || last == "" || last[0] >= '0' && last[0] <= '9' {
			t.Errorf("taken: %q", endpoint)
		}
	})
}

func TestKeys(t *testing.T) {
	a, err := webpush.NewKeys()
	fine(t, err)
	b, err := webpush.NewKeys()
	fine(t, err)
	if a.Public == b.Public || a.Private == b.Private {
		t.Error("two calls, one key")
	}
	for _, text := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s", a, a, a), a.LogValue().String()} {
		if strings.Contains(text, a.Private) {
			t.Errorf("prints %q", text)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/accountsec/internal/browsertest"
	"example.com/accountsec/internal/dnsfixture"
)

const zone = `
fine.example. IN TXT "v=spf1 mx -all"
fine.example. IN MX 10 mx.fine.example.
mx.fine.example. IN A 192.0.2.1
1.2.0.192.in-addr.arpa. IN PTR mx.fine.example.
_dmarc.fine.example. IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@fine.example"
weak.example. IN TXT "v=spf1 mx ?all"
weak.example. IN MX 10 mx.fine.example.
_dmarc.weak.example. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@weak.example"
bad.example. IN TXT "v=spf1 include:none.example +all <script>alert(1)</script>"
bad.example. IN MX 10 mx.none.example.
old._domainkey.bad.example. IN TXT "v=DKIM1; p="
`

// command runs the command against the zone.
func command(t *testing.T, args ...string) (code int, out string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code, err = run(t.Context(), append([]string{"-dns", dnsfixture.Start(t, zone).Addr}, args...), &stdout, &stderr)
	return code, stdout.String(), err
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"-addrs 192.0.2.1 -hello mx.fine.example fine.example", 0, "Works. Advice: 4."},
		{"weak.example", 1, "Warnings: 2."},
		{"-selectors old -addrs 198.51.100.7,2001:db8::7 bad.example", 2, "is revoked"},
		{"-lang ko bad.example", 2, "bad.example 발신 도메인 점검"},
		{"", 3, "name one domain"},
		{"a.example b.example", 3, "name one domain"},
		{"example", 3, "not a domain"},
		{"-lang de fine.example", 3, "neither en nor ko"},
		{"-format xml fine.example", 3, "none of text"},
		{"-addrs nowhere fine.example", 3, "nowhere"},
		{"-key a=/nowhere fine.example", 3, "/nowhere"},
		{"-key a=/dev/null fine.example", 3, "not PEM"},
		{"-key a=main.go fine.example", 3, "not PEM"},
		{"-nothing", 3, "nothing"},
	} {
		code, out, err := command(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+fmt.Sprint(err), c.want) || (code == 3) != (err != nil) {
			t.Errorf("%q: %d, %v\n%s", c.args, code, err, out)
		}
	}
	if code, _, err := command(t, "-help"); code != 0 || !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %d, %v", code, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, err := run(ctx, []string{"fine.example"}, os.Stderr, os.Stderr); code != 3 || err == nil {
		t.Errorf("interrupted: %d, %v", code, err)
	}
}

func TestText(t *testing.T) {
	_, out, err := command(t, "weak.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nDMARC\n  [Warning] The policy asks receivers", "    To publish:\n      _dmarc.weak.example. IN TXT \"v=DMARC1; p=quarantine; rua=mailto:dmarc@weak.example\"\n",
		"      weak.example. IN TXT \"v=spf1 mx -all\"\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if len(line) > 100 && !strings.Contains(line, "IN TXT") {
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
	}
}

func TestJSON(t *testing.T) {
	code, out, err := command(t, "-format", "json", "-lang", "ko", "-selectors", "old", "bad.example")
	if err != nil || code != 2 {
		t.Fatal(code, err)
	}
	var got struct {
		Domain, Worst, Lang string
		Findings            []struct {
			Severity, Area, Code, Name, Label, Text string
			Publish                                 *struct{ Name, Type, Value string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Domain != "bad.example" || got.Worst != "fault" || got.Lang != "ko" || len(got.Findings) < 4 {
		t.Errorf("%+v", got)
	}
	f := got.Findings[0]
	if f.Severity != "fault" || f.Area != "dmarc" || f.Code != "dmarc.missing" || f.Label != "문제" || !strings.Contains(f.Text, "사칭") || f.Publish.Value == "" {
		t.Errorf("%+v", f)
	}
}

// -key sees whether the published key is the one that signs, and shows nothing
// of it.
func TestKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"pkcs8": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		"pkcs1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	}
	for name, data := range files {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, out, err := command(t, "-key", "s1="+path, "fine.example")
		pub, _ := x509.MarshalPKIXPublicKey(key.Public())
		want := base64.StdEncoding.EncodeToString(pub)
		if err != nil || !strings.Contains(out, "There is no key at s1._domainkey.fine.example") || !strings.Contains(strings.ReplaceAll(out, `" "`, ""), want) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if strings.Contains(out, base64.StdEncoding.EncodeToString(der)[40:80]) {
			t.Error("the private key is shown")
		}
	}
	path := filepath.Join(t.TempDir(), "odd")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hunter2")}), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, err := command(t, "-key", "s1="+path, "fine.example"); code != 3 || err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%d, %v", code, err)
	}
}

// The HTML escapes what DNS says, loads nothing, fits a phone, and axe-core
// finds nothing in it.
func TestHTML(t *testing.T) {
	pages := map[string]string{}
	for _, lang := range []string{"en", "ko"} {
		_, out, err := command(t, "-format", "html", "-lang", lang, "-selectors", "old", "-addrs", "198.51.100.7", "bad.example")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, "<script") || !strings.Contains(out, "&lt;script&gt;") || !strings.Contains(out, `<html lang="`+lang+`">`) || strings.Contains(out, "http://") || strings.Contains(out, "src=") {
			t.Errorf("%s: %s", lang, out)
		}
		pages["/"+lang] = out
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		fmt.Fprint(w, pages[r.URL.Path])
	}))
	defer srv.Close()
	b := browsertest.Start(t, srv.URL)
	for path := range pages {
		b.Open(path)
		for _, scheme := range []string{"light", "dark"} {
			b.Screen(360, scheme)
			b.Look(path[1:])
		}
	}
}

package webauthn_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/mfa/webauthn"
)

func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*webauthn.Config){
		"no RP ID":           func(c *webauthn.Config) { c.RPID = "" },
		"an address":         func(c *webauthn.Config) { c.RPID = "192.0.2.1" },
		"an origin as RP ID": func(c *webauthn.Config) { c.RPID = "https://shop.example" },
		"capitals":           func(c *webauthn.Config) { c.RPID, c.Origins = "Shop.example", []string{"https://Shop.example"} },
		"no name":            func(c *webauthn.Config) { c.RPName = "" },
		"two lines":          func(c *webauthn.Config) { c.RPName = "a\nb" },
		"a long name":        func(c *webauthn.Config) { c.RPName = strings.Repeat("x", 65) },
		"no origins":         func(c *webauthn.Config) { c.Origins = nil },
		"no key":             func(c *webauthn.Config) { c.Key = nil },
		"a short key":        func(c *webauthn.Config) { c.Key = make([]byte, 31) },
		"verification":       func(c *webauthn.Config) { c.UserVerification = "yes" },
		"resident key":       func(c *webauthn.Config) { c.ResidentKey = "discouraged" },
		"a short wait":       func(c *webauthn.Config) { c.Timeout = time.Second },
		"a long wait":        func(c *webauthn.Config) { c.Timeout = time.Hour },
		"related within":     func(c *webauthn.Config) { c.RelatedOrigins = []string{"https://www.shop.example"} },
		"related over http":  func(c *webauthn.Config) { c.RelatedOrigins = []string{"http://shop.co.kr"} },
		"related beyond five": func(c *webauthn.Config) {
			c.RelatedOrigins = []string{"https://a.com", "https://b.com", "https://c.com", "https://d.com", "https://e.com", "https://f.com"}
		},
		"models, no metadata": func(c *webauthn.Config) { c.Models = &webauthn.Models{} },
	} {
		cfg := config()
		change(&cfg)
		if _, err := webauthn.New(cfg); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// Pitfall 12: what may ask is in the configuration, spelled as browsers do.
func TestPitfall12Origins(t *testing.T) {
	try := func(rpID string, origins ...string) error {
		cfg := config()
		cfg.RPID, cfg.Origins = rpID, origins
		_, err := webauthn.New(cfg)
		return err
	}
	for _, good := range []string{"https://shop.example", "https://www.shop.example", "https://shop.example:8443", "https://a.b.shop.example"} {
		if err := try("shop.example", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "null", "shop.example", "http://shop.example", "https://shop.example/", "https://shop.example/x", "https://shop.example?x", "https://shop.example#x",
		"https://user@shop.example", "https://evil.example", "https://evilshop.example", "https://shop.example.evil.example", "https://Shop.example", "HTTPS://shop.example",
		"https://shop.example:443", "https://shop.example:", "https://shop.example:x", "https://*.shop.example", "https://shop.example ", "ftp://shop.example",
		"https://가게.shop.example", "android:apk-key-hash:x", "https://shop.example\n", "//shop.example", "https:shop.example", "https://shop.example\\@evil.example"} {
		if try("shop.example", bad) == nil {
			t.Errorf("%q is an origin", bad)
		}
		if try("shop.example", origin, bad) == nil {
			t.Errorf("%q is an origin beside a good one", bad)
		}
	}
	for _, good := range []string{"http://localhost", "http://localhost:8080", "https://localhost:8443", "http://shop.localhost:8080"} {
		if err := try("localhost", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"http://127.0.0.1:8080", "http://localhost:80", "http://localhost.evil.example"} {
		if try("localhost", bad) == nil {
			t.Errorf("%q is an origin", bad)
		}
	}
}

// Related origins are accepted, and told to browsers.
func TestRelatedOrigins(t *testing.T) {
	related := []string{"https://shop.co.kr", "https://www.shop.co.kr"}
	m := newMethod(t, func(c *webauthn.Config) { c.RelatedOrigins = related })
	if !slices.Equal(m.Origins(), append([]string{origin}, related...)) {
		t.Errorf("origins %v", m.Origins())
	}
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", d)
	ask := challenge(t, m, state)
	response := d.get(t, virtual.RelyingParty{ID: rpID, Origin: related[0]}, ask)
	if !verify(t, m, state, ask, response).OK || verify(t, newMethod(t), state, ask, response).OK {
		t.Error("a related origin is refused, or accepted unlisted")
	}
	w := httptest.NewRecorder()
	m.WellKnown().ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/webauthn", nil))
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != `{"origins":["https://shop.co.kr","https://www.shop.co.kr"]}` {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = httptest.NewRecorder()
	newMethod(t).WellKnown().ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/webauthn", nil))
	if w.Code != 404 {
		t.Errorf("without related origins: %d", w.Code)
	}
}

// The configuration is copied.
func TestConfigIsCopied(t *testing.T) {
	cfg := config()
	m, err := webauthn.New(cfg)
	must(t, err)
	cfg.Origins[0], cfg.Key[0] = "https://evil.example", 'x'
	if m.Origins()[0] != origin {
		t.Error("the origins changed")
	}
	m.Origins()[0] = "https://evil.example"
	if m.Origins()[0] != origin {
		t.Error("the origins can be changed")
	}
}

package webauthn_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

// The options are what parseCreationOptionsFromJSON and
// parseRequestOptionsFromJSON take, without a wrapper.
func TestOptions(t *testing.T) {
	m := newMethod(t)
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	_, o := options(t, b)
	selection := o["authenticatorSelection"].(map[string]any)
	who := o["user"].(map[string]any)
	switch {
	case o["rp"].(map[string]any)["id"] != rpID, o["rp"].(map[string]any)["name"] != "Example Shop":
		t.Errorf("rp %v", o["rp"])
	case who["name"] != "u-1@customer.example", who["displayName"] != who["name"]:
		t.Errorf("user %v", who)
	case selection["userVerification"] != "required", selection["residentKey"] != "preferred", selection["requireResidentKey"] != false, selection["authenticatorAttachment"] != nil:
		t.Errorf("selection %v", selection)
	case o["attestation"] != "none", o["timeout"] != 300000.0, o["excludeCredentials"] != nil, len(o["challenge"].(string)) != 43:
		t.Errorf("options %v", o)
	}
	d := newDevice(t, virtual.AuthenticatorOptions{})
	_, o = options(t, challenge(t, m, enroll(t, m, "u-1", d)))
	if o["rpId"] != rpID || o["userVerification"] != "required" || len(o["allowCredentials"].([]any)) != 1 {
		t.Errorf("options %v", o)
	}
	_, o = options(t, discover(t, m))
	if o["rpId"] != rpID || o["userVerification"] != "required" || o["allowCredentials"] != nil {
		t.Errorf("options %v", o)
	}
}

func TestConfigReachesTheOptions(t *testing.T) {
	m := newMethod(t, func(c *webauthn.Config) {
		c.UserVerification, c.ResidentKey, c.Timeout = webauthn.VerificationDiscouraged, webauthn.ResidentKeyRequired, webauthn.MinTimeout
	})
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	_, o := options(t, b)
	selection := o["authenticatorSelection"].(map[string]any)
	if selection["userVerification"] != "discouraged" || selection["residentKey"] != "required" || selection["requireResidentKey"] != true || o["timeout"] != 30000.0 {
		t.Errorf("options %v", o)
	}
}

// A device signs in alone, beside another, and without a user name.
func TestSignIn(t *testing.T) {
	m := newMethod(t)
	phone, key := newDevice(t, virtual.AuthenticatorOptions{}), newDevice(t, virtual.AuthenticatorOptions{})
	first := enroll(t, m, "u-1", phone)
	second := enroll(t, m, "u-1", key, first)
	b := challenge(t, m, first, second)
	if _, o := options(t, b); len(o["allowCredentials"].([]any)) != 2 {
		t.Errorf("not all credentials are asked for: %v", o)
	}
	response := key.get(t, site, b)
	if v := verify(t, m, second, b, response); !v.OK || v.Warning != "" || v.State != nil || v.Lookup != m.Lookup(response) {
		t.Error("the other key does not answer a challenge prepared for the first")
	}
	if verify(t, m, first, b, response).OK {
		t.Error("a response is accepted for another factor")
	}
	b = discover(t, m)
	if !verify(t, m, first, b, phone.get(t, site, b)).OK {
		t.Error("no sign-in without a user name")
	}
}

func TestLookup(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	v := confirm(t, m, b, d.create(t, site, b))
	b = discover(t, m)
	if got := m.Lookup(d.get(t, site, b)); got == "" || got != v.Lookup {
		t.Errorf("Lookup %q, enrolled as %q", got, v.Lookup)
	}
	for _, bad := range []string{"", "{}", "[]", `{"id":""}`, `{"id":"\n"}`, `{"id":"!"}`, `{"id":1}`, `{"id":"AA`, "\x00", strings.Repeat("[", 100_000), `{"id":"` + strings.Repeat("A", 1<<20) + `"}`} {
		if got := m.Lookup(bad); got != "" {
			t.Errorf("%.20q has the name %q", bad, got)
		}
	}
}

// The handle names the account to its authenticators and to nobody else: the
// same for all of its credentials, of another account another, and opaque.
func TestUserHandle(t *testing.T) {
	handle := func(m *webauthn.Method, account string, others ...[]byte) string {
		b, err := m.Enroll(context.Background(), subject(account, nil, others...))
		must(t, err)
		_, o := options(t, b)
		return o["user"].(map[string]any)["id"].(string)
	}
	m := newMethod(t)
	rotated := newMethod(t, func(c *webauthn.Config) { c.Key = []byte(strings.Repeat("k", 32)) })
	one := handle(m, "kim@customer.example")
	state := enroll(t, m, "kim@customer.example", newDevice(t, virtual.AuthenticatorOptions{}))
	switch {
	case len(one) != 43 || strings.Contains(one, "kim"):
		t.Errorf("handle %q", one)
	case one != handle(m, "kim@customer.example"):
		t.Error("a second enrolment has another handle: the device would keep both passkeys")
	case one == handle(m, "lee@customer.example"):
		t.Error("two accounts share a handle")
	case one == handle(rotated, "kim@customer.example"):
		t.Error("the handle does not depend on the key: anyone can compute it")
	case one != handle(rotated, "kim@customer.example", state):
		t.Error("a new key splits the account in two")
	}
}

// The browser is told what is enrolled already; the Manager refuses it, whatever
// the browser does.
func TestExcluded(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", d)
	b, err := m.Enroll(context.Background(), subject("u-1", nil, state))
	must(t, err)
	text, _ := options(t, b)
	o, err := virtual.ParseAttestationOptions(text)
	must(t, err)
	if !d.cred.IsExcludedForAttestation(*o) {
		t.Error("the browser is not told")
	}
}

// Stored by the first version; every later one must read it.
const (
	storedState = `{"v":1,"id":"DeD7t7s4N2aInrzdmDGOh1osjcLd/6QG/WE/w56TUiY=","key":"pQECAyYgASFYIDeWtSxLNJcdFyR3XxAkLh/owsMM7ZIz7LZ5avqt9R6IIlggN7lNgBgF1XnL1HQhzCHQR9STtlt3zCZRJ4M+yuu60Jk=","handle":"XL/KsQWU5buihasdI/4w6jaSXxwVQp2ER+Clb91HUd4=","counter":41,"be":true,"bs":false,"aaguid":"AQIDAAAAAAAAAAAAAAAAAA==","attestation":"basic_surrogate"}`
	storedKey   = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFhbMCjHyWtzhvNpOrbKyE8VosSbctcBF4biKmMGRZVKhRANCAAQ3lrUsSzSXHRckd18QJC4f6MLDDO2SM+y2eWr6rfUeiDe5TYAYBdV5y9R0Icwh0EfUk7Zbd8wmUSeDPsrrutCZ"
	storedID    = "DeD7t7s4N2aInrzdmDGOh1osjcLd/6QG/WE/w56TUiY="
	storedOwner = "XL/KsQWU5buihasdI/4w6jaSXxwVQp2ER+Clb91HUd4="
)

// storedDevice is the device whose factor is storedState.
func storedDevice(tb testing.TB) *device {
	tb.Helper()
	decode := func(text string) []byte {
		data, err := base64.StdEncoding.DecodeString(text)
		must(tb, err)
		return data
	}
	d := &device{virtual.NewAuthenticatorWithOptions(virtual.AuthenticatorOptions{BackupEligible: true, UserHandle: decode(storedOwner)}),
		virtual.NewCredentialWithImportedKey(virtual.KeyTypeEC2, decode(storedKey))}
	d.cred.ID = decode(storedID)
	return d
}

func TestStoredStateStaysReadable(t *testing.T) {
	m := newMethod(t)
	d := storedDevice(t)
	for name, ask := range map[string]mfa.Begun{"challenge": challenge(t, m, []byte(storedState)), "discover": discover(t, m)} {
		if v := verify(t, m, []byte(storedState), ask, d.raw(t, ask, up|uv|be, 42, nil)); !v.OK || v.Warning != "" {
			t.Errorf("%s: what was stored is not accepted", name)
		}
		if v := verify(t, m, []byte(storedState), ask, d.raw(t, ask, up|uv|be, 41, nil)); v.Warning != webauthn.WarningClone {
			t.Errorf("%s: the stored counter is forgotten", name)
		}
	}
}

func TestUnreadableStates(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", d)
	b := challenge(t, m, state)
	response := d.get(t, site, b)
	later := slices.Concat([]byte(`{"v":2,`), state[len(`{"v":1,`):])
	for _, bad := range [][]byte{nil, []byte("{}"), []byte("null"), later, b.State} {
		if _, err := m.Verify(context.Background(), mfa.Answer{Subject: subject("u-1", bad), Challenge: b.State, Response: response}); err == nil {
			t.Errorf("the state %.30s is read", bad)
		}
		if _, err := m.Challenge(context.Background(), subject("u-1", bad)); err == nil {
			t.Errorf("the state %.30s is read", bad)
		}
		if _, err := m.Enroll(context.Background(), subject("u-1", nil, bad)); err == nil {
			t.Errorf("another's state %.30s is read", bad)
		}
	}
	for _, bad := range [][]byte{{}, []byte("{}"), state} {
		if _, err := m.Verify(context.Background(), mfa.Answer{Subject: subject("u-1", state), Challenge: bad, Response: response}); err == nil {
			t.Errorf("the challenge %.30s is read", bad)
		}
	}
}

func TestGuide(t *testing.T) {
	m := newMethod(t)
	for _, lang := range []string{"en", "ko"} {
		g := m.Guide(lang)
		data, err := json.Marshal(g)
		must(t, err)
		if g.Method != webauthn.Name || g.Title == "" || len(g.Steps) < 3 || strings.Contains(string(data), "{") && strings.Contains(string(data), "{shop}") {
			t.Errorf("%s: %s", lang, data)
		}
	}
	if m.Guide("ko").Title == m.Guide("en").Title {
		t.Error("one language only")
	}
}

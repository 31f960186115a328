package webauthn_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	virtual "github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/webauthn"
)

// Pitfall 10: another's credential, another's challenge.
func TestPitfall10Ownership(t *testing.T) {
	m := newMethod(t)
	mine, theirs := newDevice(t, virtual.AuthenticatorOptions{}), newDevice(t, virtual.AuthenticatorOptions{})
	my, their := enroll(t, m, "u-1", mine), enroll(t, m, "u-2", theirs)
	ask := challenge(t, m, my)
	for name, c := range map[string]struct {
		state    []byte
		response string
	}{
		"another account's credential":                 {my, theirs.get(t, site, ask)},
		"another account's factor":                     {their, theirs.get(t, site, ask)},
		"another account's challenge":                  {my, mine.get(t, site, challenge(t, m, their))},
		"a challenge of another time":                  {my, mine.get(t, site, challenge(t, m, my))},
		"a challenge for nobody in particular":         {my, mine.get(t, site, discover(t, m))},
		"a response without the account's user handle": {my, withHandle(mine, their).get(t, site, ask)},
	} {
		if verify(t, m, c.state, ask, c.response).OK {
			t.Errorf("accepted: %s", name)
		}
	}
	if v, err := m.Verify(context.Background(), mfa.Answer{Subject: subject("u-1", my), Response: mine.get(t, site, ask)}); err != nil || v.OK {
		t.Errorf("accepted without a challenge: %v", err)
	}
	if !verify(t, m, my, ask, mine.get(t, site, ask)).OK {
		t.Error("the right one is refused")
	}
}

// withHandle is the device with a user handle that is not its account's.
func withHandle(d *device, handle []byte) *device {
	other := *d
	other.Options.UserHandle = handle[:32]
	return &other
}

// A credential that was enrolled after the question was asked was not asked for
// (WebAuthn Level 3 §7.2, step 5).
func TestOnlyTheCredentialsAskedFor(t *testing.T) {
	m := newMethod(t)
	first := enroll(t, m, "u-1", newDevice(t, virtual.AuthenticatorOptions{}))
	ask := challenge(t, m, first)
	late := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", late, first)
	if verify(t, m, state, ask, late.get(t, site, ask)).OK {
		t.Error("accepted")
	}
}

// Pitfall 10: wrong origin, RP ID, type, user verification and presence, frame.
func TestPitfall10ClientData(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", d)
	ask := challenge(t, m, state)
	set := func(key string, value any) func(map[string]any) { return func(c map[string]any) { c[key] = value } }
	if !verify(t, m, state, ask, d.raw(t, ask, up|uv, 1, nil)).OK {
		t.Fatal("the right one is refused")
	}
	for name, response := range map[string]string{
		"a fake page":             d.raw(t, ask, up|uv, 1, set("origin", "https://shop.example.evil.example")),
		"a subdomain not listed":  d.raw(t, ask, up|uv, 1, set("origin", "https://blog.shop.example")),
		"another port":            d.raw(t, ask, up|uv, 1, set("origin", "https://shop.example:8443")),
		"http":                    d.raw(t, ask, up|uv, 1, set("origin", "http://shop.example")),
		"no origin":               d.raw(t, ask, up|uv, 1, set("origin", "")),
		"origin null":             d.raw(t, ask, up|uv, 1, set("origin", "null")),
		"an app":                  d.raw(t, ask, up|uv, 1, set("origin", "android:apk-key-hash:x")),
		"a frame of another site": d.raw(t, ask, up|uv, 1, set("crossOrigin", true)),
		"a frame's top":           d.raw(t, ask, up|uv, 1, func(c map[string]any) { c["crossOrigin"], c["topOrigin"] = true, origin }),
		"a top without a frame":   d.raw(t, ask, up|uv, 1, set("topOrigin", "https://evil.example")),
		"an enrolment's type":     d.raw(t, ask, up|uv, 1, set("type", "webauthn.create")),
		"no type":                 d.raw(t, ask, up|uv, 1, set("type", "")),
		"another challenge":       d.raw(t, ask, up|uv, 1, set("challenge", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
		"no challenge":            d.raw(t, ask, up|uv, 1, set("challenge", "")),
		"nobody verified":         d.raw(t, ask, up, 1, nil),
		"nobody there":            d.raw(t, ask, uv, 1, nil),
		"another RP ID":           d.get(t, virtual.RelyingParty{ID: "evil.example", Origin: origin}, ask),
		"a parent's RP ID":        d.get(t, virtual.RelyingParty{ID: "example", Origin: origin}, ask),
	} {
		if verify(t, m, state, ask, response).OK {
			t.Errorf("accepted: %s", name)
		}
	}
}

// The same at enrolment.
func TestPitfall10Enrolment(t *testing.T) {
	m := newMethod(t)
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	other, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	for name, response := range map[string]string{
		"a fake page":          d.create(t, virtual.RelyingParty{ID: rpID, Origin: "https://evil.example"}, b),
		"another RP ID":        d.create(t, virtual.RelyingParty{ID: "evil.example", Origin: origin}, b),
		"another challenge":    d.create(t, site, other),
		"nobody verified":      newDevice(t, virtual.AuthenticatorOptions{UserNotVerified: true}).create(t, site, b),
		"nobody there":         newDevice(t, virtual.AuthenticatorOptions{UserNotPresent: true}).create(t, site, b),
		"synced, not syncable": newDevice(t, virtual.AuthenticatorOptions{BackupState: true}).create(t, site, b),
		"a sign-in":            d.raw(t, b, up|uv, 1, nil),
		"a sign-in's type":     d.raw(t, b, up|uv, 1, func(c map[string]any) { c["type"] = "webauthn.create" }),
	} {
		if confirm(t, m, b, response).OK {
			t.Errorf("accepted: %s", name)
		}
	}
	if !confirm(t, m, b, d.create(t, site, b)).OK {
		t.Error("the right one is refused")
	}
}

// Pitfall 14: what enrolled does not sign in.
func TestPitfall14EnrolmentDoesNotSignIn(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	response := d.create(t, site, b)
	v := confirm(t, m, b, response)
	for _, ask := range []mfa.Begun{b, challenge(t, m, v.State), discover(t, m)} {
		if verify(t, m, v.State, ask, response).OK {
			t.Error("an enrolment's response signs in")
		}
	}
}

// Without a user name the passkey is all there is: its user is verified and its
// owner named, whatever the configuration asks of a second factor.
func TestDiscoverNeedsVerificationAndHandle(t *testing.T) {
	m := newMethod(t, func(c *webauthn.Config) { c.UserVerification = webauthn.VerificationDiscouraged })
	d := newDevice(t, virtual.AuthenticatorOptions{UserNotVerified: true})
	state := enroll(t, m, "u-1", d)
	ask := challenge(t, m, state)
	if !verify(t, m, state, ask, d.raw(t, ask, up, 1, nil)).OK {
		t.Error("as a second factor, a touch was to be enough")
	}
	ask = discover(t, m)
	if verify(t, m, state, ask, d.raw(t, ask, up, 1, nil)).OK {
		t.Error("a touch signs in")
	}
	if !verify(t, m, state, ask, d.raw(t, ask, up|uv, 1, nil)).OK {
		t.Error("the right one is refused")
	}
	for name, other := range map[string]*device{"no handle": withHandle(d, make([]byte, 32)), "another's": withHandle(d, state)} {
		if name == "no handle" {
			other.Options.UserHandle = nil
		}
		if verify(t, m, state, ask, other.raw(t, ask, up|uv, 1, nil)).OK {
			t.Errorf("accepted: %s", name)
		}
	}
}

// A challenge keeps what was asked, also when the configuration is relaxed or
// tightened before the response comes.
func TestChallengeKeepsWhatWasAsked(t *testing.T) {
	strict := newMethod(t)
	lax := newMethod(t, func(c *webauthn.Config) { c.UserVerification = webauthn.VerificationPreferred })
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, strict, "u-1", d)
	ask := challenge(t, strict, state)
	if verify(t, lax, state, ask, d.raw(t, ask, up, 1, nil)).OK {
		t.Error("accepted")
	}
}

// Anything a visitor can send is a no, never an error or a panic.
func TestBadInput(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	created := d.create(t, site, b)
	state := confirm(t, m, b, created).State
	ask := challenge(t, m, state)
	got := d.get(t, site, ask)
	pad := func(response string) string {
		return response[:len(response)-1] + `,"x":"` + strings.Repeat("x", 16<<10) + `"}`
	}
	for _, bad := range []string{"", "null", "{}", "[]", "0", "\x00", "\xff", strings.Repeat("[", 60_000), strings.Repeat(`{"id":`, 5_000), got + got, got + " x", created + created,
		pad(got), pad(created), strings.Repeat("x", 1<<20), strings.ReplaceAll(got, `"public-key"`, `"password"`), strings.ReplaceAll(got, `"rawId"`, `"x"`), strings.ReplaceAll(got, `"signature"`, `"x"`)} {
		if confirm(t, m, b, bad).OK {
			t.Errorf("%.40q enrols", bad)
		}
		if verify(t, m, state, ask, bad).OK {
			t.Errorf("%.40q signs in", bad)
		}
	}
	for i := range got { // cut anywhere, CBOR and JSON
		if verify(t, m, state, ask, got[:i]).OK {
			t.Fatalf("%d bytes of the response sign in", i)
		}
	}
	for i := range created {
		if confirm(t, m, b, created[:i]).OK {
			t.Fatalf("%d bytes of the response enrol", i)
		}
	}
}

// A key of absurd size is work for the processor at every sign-in.
func TestGiantKey(t *testing.T) {
	m := newMethod(t)
	b, err := m.Enroll(context.Background(), subject("u-1", nil))
	must(t, err)
	for size, want := range map[int]bool{256: true, 512: true, 1025: false, 8 << 10: false} {
		if got := confirm(t, m, b, rsaKey(t, b, size)).OK; got != want {
			t.Errorf("an RSA key of %d bytes: OK %v", size, got)
		}
	}
}

// rsaKey answers an enrolment's options with an RSA key of any size, unattested.
func rsaKey(t *testing.T, b mfa.Begun, size int) string {
	t.Helper()
	key, err := webauthncbor.Marshal(map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, size), -2: []byte{1, 0, 1}})
	must(t, err)
	rp, id := sha256.Sum256([]byte(rpID)), bytes.Repeat([]byte{7}, 32)
	data := append(rp[:], up|uv|1<<6, 0, 0, 0, 0)
	data = slices.Concat(data, make([]byte, 16), []byte{0, 32}, id, key)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	must(t, err)
	_, o := options(t, b)
	client, err := json.Marshal(map[string]any{"type": "webauthn.create", "challenge": o["challenge"], "origin": origin})
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	response, err := json.Marshal(map[string]any{"id": b64(id), "rawId": b64(id), "type": "public-key",
		"response": map[string]any{"attestationObject": b64(object), "clientDataJSON": b64(client)}})
	must(t, err)
	return string(response)
}

// The log tells why, at level Debug, and no challenge or response.
func TestLog(t *testing.T) {
	var logs bytes.Buffer
	m := newMethod(t, func(c *webauthn.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	d := newDevice(t, virtual.AuthenticatorOptions{})
	state := enroll(t, m, "u-1", d)
	ask := challenge(t, m, state)
	d.get(t, site, ask)
	verify(t, m, state, ask, d.get(t, virtual.RelyingParty{ID: rpID, Origin: "https://evil.example"}, ask))
	verify(t, m, state, ask, d.get(t, site, discover(t, m)))
	verify(t, m, state, ask, `{"id":"hunter2`)
	_, o := options(t, ask)
	if !strings.Contains(logs.String(), "origin") || strings.Count(logs.String(), "\n") != 3 {
		t.Errorf("the log does not help: %s", logs.String())
	}
	if strings.Contains(logs.String(), o["challenge"].(string)) || strings.Contains(logs.String(), "hunter2") {
		t.Errorf("the log tells too much: %s", logs.String())
	}
}

package accountsec_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
)

// What is stored of a device cannot be put back into a cookie, and a cookie of
// any other form is no device.
func TestDeviceCookie(t *testing.T) {
	w := newWorld(t)
	cookie := w.signIn("kim", home).Grant.DeviceCookie
	client := func(value string) string {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: accountsec.DeviceCookie, Value: value})
		return w.guard.Client(r).DeviceID
	}
	id := client(cookie.Value)
	if id == "" || strings.Contains(id, cookie.Value) || client(cookie.Value) != id {
		t.Errorf("the device's id is %q", id)
	}
	if client(id) != "" || client("") != "" || client("x") != "" || client(strings.Repeat("A", 1<<16)) != "" {
		t.Error("something that is no cookie of ours names a device")
	}
	for _, e := range w.events("kim") {
		if strings.Contains(e.Client.DeviceID, cookie.Value) {
			t.Error("the log holds the cookie's value")
		}
	}
	// The known device gets no new cookie; a stranger's cookie is no known device.
	c := home
	c.DeviceID = id
	if res := w.signIn("kim", c); res.Grant.DeviceCookie != nil || len(res.Grant.Assessment.Reasons) != 0 {
		t.Errorf("the known device is treated as new: %+v", res.Grant)
	}
	c.DeviceID = client(w.signIn("lee", home).Grant.DeviceCookie.Value)
	if res := w.signIn("kim", c); len(res.Grant.Assessment.Reasons) == 0 {
		t.Error("another account's device is known to this one")
	}
}

// Forwarding headers count only from the configured proxies.
func TestPitfall07ForwardedAddress(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "198.51.100.7:4711"
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	if ip := w.guard.Client(r).IP.String(); ip != "198.51.100.7" {
		t.Errorf("an untrusted peer made itself %s", ip)
	}
}

// The device cookie is signed; one of before there were signatures is known
// where it was, and is replaced; one that nobody was given is never learned.
func TestDeviceCookieSigned(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	client := func(value string) activity.Client {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: accountsec.DeviceCookie, Value: value})
		c := home
		c.DeviceID = w.guard.Client(r).DeviceID
		return c
	}
	first := w.signIn("kim", home).Grant.DeviceCookie
	token, signature, signed := strings.Cut(first.Value, ".")
	if !signed || client(first.Value).DeviceID == "" || client(first.Value).DeviceID == client(token).DeviceID {
		t.Fatalf("the cookie is %q", first.Value)
	}
	other := string(secret.NewToken())
	for _, forged := range []string{other + "." + signature, token + ".", token + "." + signature[:42] + "A", token + "." + signature + "A", first.Value + ".x", "." + signature} {
		if id := client(forged).DeviceID; id != "" && forged != first.Value {
			t.Errorf("%q is a device: %s", forged, id)
		}
	}
	w.config.Secret = slices.Repeat([]byte{8}, 32)
	stranger, err := accountsec.New(w.config)
	w.ok(err)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(first)
	if id := stranger.Client(r).DeviceID; id != "" {
		t.Errorf("signed under another secret: %s", id)
	}

	old := client(string(secret.NewToken())) // of before there were signatures
	w.ok(w.guard.Alerts().Learn(ctx, alerts.Attempt{Account: "kim", Client: old, At: w.clock.Now()}))
	res := w.signIn("kim", old)
	if res.Grant == nil || !res.Grant.Assessment.KnownDevice || res.Grant.DeviceCookie == nil {
		t.Fatalf("the owner's old cookie: %+v", res.Grant)
	}
	now := client(res.Grant.DeviceCookie.Value)
	for name, c := range map[string]activity.Client{"new": now, "old": old} {
		if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", c.DeviceID); err != nil || !known {
			t.Errorf("the %s id is known: %v, %v", name, known, err)
		}
	}
	if res := w.signIn("kim", now); res.Grant.DeviceCookie != nil || len(res.Grant.Assessment.Reasons) != 0 {
		t.Errorf("the replaced cookie: %+v", res.Grant)
	}
	made := client(other)
	w.signIn("kim", made)
	if known, err := w.guard.Alerts().KnownDevice(ctx, "kim", made.DeviceID); err != nil || known {
		t.Errorf("an id that the visitor made up was learned: %v, %v", known, err)
	}
}

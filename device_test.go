package accountsec_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/accountsec"
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

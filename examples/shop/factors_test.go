package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	textedCode = regexp.MustCompile(`#(\d{6})`)
	factorOf   = regexp.MustCompile(`name="factor" value="([^"]+)"`)
)

// texted reads the newest text message's code.
func (s *testShop) texted(t *testing.T) string {
	t.Helper()
	s.deliver(t)
	var raw string
	if err := s.db.QueryRowContext(t.Context(), "SELECT raw FROM mails WHERE sender = 'sms' ORDER BY id DESC LIMIT 1").Scan(&raw); err != nil {
		t.Fatal(err)
	}
	found := textedCode.FindStringSubmatch(raw)
	if found == nil {
		t.Fatalf("no code in %q", raw)
	}
	return found[1]
}

// A number is enrolled, asked for, and stops working when it is removed.
func TestTextMessages(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	for number, want := range map[string]string{"": "Enter a mobile number", "+1 900 555 0100": "", "+86 131 0000 0000": "", "02-123-4567": "mobile number", "\x00": "Enter a mobile number"} {
		if a := s.post("/security/factors/start", "method", "sms", "number", number); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("%q: status %d", number, a.StatusCode)
		}
	}
	a := s.post("/security/factors/start", "method", "sms", "number", "010-2345-6789")
	if a.StatusCode != http.StatusOK || strings.Contains(a.body, "2345-6789") {
		t.Fatalf("status %d; the number must be masked\n%s", a.StatusCode, a.body)
	}
	if a := s.post("/security/factors/finish", "code", "000000"); a.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a wrong code: status %d", a.StatusCode)
	}
	if a := s.post("/security/factors/finish", "code", shop.texted(t)); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `id="codes"`) {
		t.Fatalf("the right code: status %d\n%s", a.StatusCode, a.body)
	}
	if a := s.get("/security/factors"); !strings.Contains(a.body, "can be redirected") {
		t.Error("text messages alone raise no advice")
	}
	s.post("/signout")
	shop.clock.Add(time.Hour)
	s.leads(s.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
	a = s.get("/signin/code")
	if strings.Contains(a.body, `id="verify"`) {
		t.Error("a code is asked for before one was sent")
	}
	factor := factorOf.FindStringSubmatch(a.body)[1]
	s.leads(s.post("/signin/send", "factor", factor), "/signin/code")
	if a = s.get("/signin/code"); !strings.Contains(a.body, `id="verify"`) || !strings.Contains(a.body, "on its way") {
		t.Fatalf("after sending:\n%s", a.body)
	}
	code := shop.texted(t)
	s.leads(s.post("/signin/send", "factor", factor), "/signin/code")
	if a = s.get("/signin/code"); !strings.Contains(a.body, "too many in a short time") {
		t.Error("a second message at once is not refused")
	}
	s.leads(s.post("/signin/code", "factor", factor, "code", code), "/security")

	// A change takes a code of its own; the one of the sign-in is spent.
	if a := s.post("/security/factors/manage", "proof", factor, "code", code, "do", "remove:"+factor); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the code of the sign-in removed the number: %d", a.StatusCode)
	}
}

// A device is trusted by a tick, shown, and revoked.
func TestTrustedDevices(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	seed := enrollByForm(t, shop, s)
	again := func(trust string) answer {
		t.Helper()
		s.leads(s.post("/signout"), "/")
		shop.clock.Add(minute)
		s.leads(s.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
		factor := factorOf.FindStringSubmatch(s.get("/signin/code").body)[1]
		return s.post("/signin/code", "factor", factor, "code", shop.clock.code(t, seed), "trust", trust)
	}
	a := again("")
	s.leads(a, "/security")
	for _, c := range a.Cookies() {
		if c.Name == "__Host-trusted" {
			t.Error("trusted without being asked to")
		}
	}
	a = again("1")
	s.leads(a, "/security")
	var trust *http.Cookie
	for _, c := range a.Cookies() {
		if c.Name == "__Host-trusted" {
			trust = c
		}
	}
	if trust == nil || !trust.Secure || !trust.HttpOnly {
		t.Fatalf("cookies %v", a.Cookies())
	}
	// The jar keeps no Secure cookie of plain HTTP; browsers do on localhost.
	s.trust(trust)
	s.leads(s.post("/signout"), "/")
	a = s.post("/signin", "email", testEmail, "password", testPassword)
	s.leads(a, "/security")
	next := a.Cookies()
	page := s.get("/security/devices")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page.body)
	if id == nil || !strings.Contains(page.body, "Chrome") || strings.Contains(page.body, trust.Value) {
		t.Fatalf("the page of devices:\n%s", page.body)
	}
	s.leads(s.post("/security/devices", "id", id[1]), "/security/devices")
	s.leads(s.post("/security/devices", "id", id[1]), "/security/devices") // again
	s.leads(s.post("/signout"), "/")
	for _, c := range next {
		if c.Name == "__Host-trusted" {
			s.trust(c)
		}
	}
	s.leads(s.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
}

// trust sends a cookie as a browser does on localhost.
func (s *surfer) trust(c *http.Cookie) {
	u, err := url.Parse(s.base)
	if err != nil {
		s.t.Fatal(err)
	}
	plain := *c
	plain.Secure, plain.Name = false, c.Name
	s.c.Jar.SetCookies(u, []*http.Cookie{&plain})
}

// A change of the profile asks for a fresh proof: the password, or the second
// step where there is one; and a first factor asks for it, too.
func TestSensitivePagesAskAgain(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	if a := s.get("/security/profile"); a.StatusCode != http.StatusOK {
		t.Fatalf("right after signing in: %d", a.StatusCode)
	}
	shop.clock.Add(11 * minute)
	for _, path := range []string{"/security/profile", "/security/alerts", "/security/factors"} {
		s.leads(s.get(path), "/security/confirm")
	}
	s.leads(s.post("/security/alerts", "lang", "ko"), "/security/confirm")
	s.leads(s.post("/security/profile", "name", "Eve", "zone", "UTC"), "/security/confirm")
	s.leads(s.post("/security/factors/start", "method", "totp"), "/security/confirm") // the last one asked for
	if a := s.post("/security/confirm", "password", "wrong"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", a.StatusCode)
	}
	s.leads(s.post("/security/confirm", "password", testPassword), "/security/factors")
	s.leads(s.post("/security/confirm", "password", testPassword), "/security") // nothing waits
	seed := enrollByForm(t, shop, s)
	shop.clock.Add(11 * minute)
	s.leads(s.get("/security/profile"), "/security/confirm")
	a := s.get("/security/confirm")
	if strings.Contains(a.body, `type="password"`) {
		t.Error("the password is enough where there is a second step")
	}
	factor := factorOf.FindStringSubmatch(a.body)[1]
	if a := s.post("/security/confirm", "factor", factor, "code", "000000"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", a.StatusCode)
	}
	s.leads(s.post("/security/confirm", "factor", factor, "code", shop.clock.code(t, seed)), "/security/profile")
	if a := s.get("/security/profile"); a.StatusCode != http.StatusOK {
		t.Errorf("after confirming: %d", a.StatusCode)
	}
	// Another session's proof is none of this one's.
	other := shop.surfer(t)
	shop.clock.Add(minute)
	other.leads(other.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
	other.leads(other.get("/security/profile"), "/signin")
}

// Factors are renamed and added with a code; new recovery codes are a file.
func TestManagingFactors(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	seed := enrollByForm(t, shop, s)
	factor := regexp.MustCompile(`value="remove:([^"]+)"`).FindStringSubmatch(s.get("/security/factors").body)[1]
	do := func(pairs ...string) answer {
		t.Helper()
		shop.clock.Add(minute)
		return s.post("/security/factors/manage", append([]string{"proof", factor, "code", shop.clock.code(t, seed)}, pairs...)...)
	}
	s.leads(do("do", "rename:"+factor, "name-"+factor, "My phone"), "/security/factors")
	if a := s.get("/security/factors"); !strings.Contains(a.body, "<strong>My phone</strong>") {
		t.Error("the name did not change")
	}
	if a := do("do", "rename:"+factor, "name-"+factor, " "); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an empty name: %d", a.StatusCode)
	}
	if a := s.post("/security/factors/manage", "proof", factor, "code", "000000", "do", "rename:"+factor, "name-"+factor, "Eve's"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a code: %d", a.StatusCode)
	}
	a := do("do", "codes")
	sheet := regexp.MustCompile(`href="(data:text/plain[^"]+)"`).FindStringSubmatch(a.body)
	code := regexp.MustCompile(`<li>([0-9A-Z-]{19})</li>`).FindStringSubmatch(a.body)
	if sheet == nil || code == nil || !strings.Contains(sheet[1], code[1]) || strings.ContainsAny(sheet[1], "\r\n <") {
		t.Errorf("no file of codes:\n%s", a.body)
	}
	if a := do("do", "add:totp"); a.StatusCode != http.StatusOK || secretOnPage.FindString(a.body) == "" {
		t.Errorf("adding an app: %d", a.StatusCode)
	}
	if a := do("do", "add:sms", "number", "010-2345-6789"); a.StatusCode != http.StatusOK {
		t.Errorf("adding a number: %d", a.StatusCode)
	}
	s.leads(s.post("/security/factors/finish", "code", shop.texted(t)), "/security/factors")
	if a := s.get("/security/factors"); !strings.Contains(a.body, "<strong>Text message</strong>") {
		t.Error("the number is not listed")
	}
	// It proves a change, once it was asked for.
	text := regexp.MustCompile(`action="/security/factors/send"><input type="hidden" name="factor" value="([^"]+)"`).FindStringSubmatch(s.get("/security/factors").body)[1]
	shop.clock.Add(minute)
	s.leads(s.post("/security/factors/send", "factor", text), "/security/factors")
	s.leads(s.post("/security/factors/manage", "proof", text, "code", shop.texted(t), "do", "remove:"+factor), "/security/factors")
	if a := s.get("/security/factors"); !strings.Contains(a.body, "This second step is removed") {
		t.Error("one method is removed, and the page does not say so")
	}
	if a := do("do", "remove:"+text); a.StatusCode != http.StatusUnauthorized { // the app is gone
		t.Errorf("a removed app still proves: %d", a.StatusCode)
	}
}

package main

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/activity"
)

// inline finds what the content policy would refuse.
var inline = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|<script(?:\s+(?:defer|async))*\s*>|<style|\sstyle=|\son[a-z]+=|javascript:`)

func TestEveryPageIsGuarded(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	visitors := map[string]*surfer{"member": s, "stranger": shop.surfer(t)}
	s.signIn(testPassword)
	shop.deliver(t)
	for who, s := range visitors {
		for _, path := range append(slices.Sorted(maps.Keys(pagePaths)), "/nowhere", "/mailbox/1", "/mailbox/x") {
			a := s.get(path)
			if a.StatusCode >= 500 {
				t.Errorf("%s: %s answers %d\n%s", who, path, a.StatusCode, a.body)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: %s has %s %q", who, path, name, got)
				}
			}
			if found := inline.FindString(a.body); found != "" {
				t.Errorf("%s: %s holds inline code or style: %q", who, path, found)
			}
			if who == "stranger" && (strings.HasPrefix(path, "/security") || path == "/orders") {
				s.leads(a, "/signin")
			}
		}
	}
	for _, c := range s.get("/").Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %v", c)
		}
	}
}

func TestRedirectsStayOnTheSite(t *testing.T) {
	s := openShop(t, t.TempDir(), "en").surfer(t)
	for _, back := range []string{
		"https://evil.example/", "//evil.example", `/\evil.example`, `\/evil.example`, "/security/../../evil", "/%2f/evil.example",
		"javascript:alert(1)", "/security?next=//evil.example", "/\n/evil.example", " //evil.example", "", strings.Repeat("/", 5000),
	} {
		for _, path := range []string{"/language", "/demo/travel"} {
			s.leads(s.post(path, "back", back, "lang", "ko", "place", "berlin"), "/")
		}
	}
	s.leads(s.post("/language", "back", "/signup", "lang", "en"), "/signup")
	// After sign-in, only a page that was asked for itself is led to.
	s.signUp()
	s.leads(s.get("/security/activity?next=https://evil.example"), "/signin")
	s.leads(s.post("/signin?next=//evil.example", "email", testEmail, "password", testPassword, "next", "//evil.example"), "/security/activity")
}

func TestCrossOriginRequestsAreRefused(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		req := s.request(http.MethodPost, "/signout", nil)
		req.Header.Set(name, value)
		if a := s.do(req); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "another site") {
			t.Errorf("%s: %s: status %d", name, value, a.StatusCode)
		}
	}
	if a := s.get("/security"); a.StatusCode != http.StatusOK {
		t.Errorf("the refused request signed out: %d", a.StatusCode)
	}
}

func TestTooMuchAndMalformedInput(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	huge := strings.Repeat("a", 1<<20)
	for _, path := range []string{"/signin", "/signup", "/recover", "/demo/travel"} {
		if a := s.post(path, "email", testEmail, "password", huge); a.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(a.body, "larger than this form") {
			t.Errorf("%s with 1 MiB: status %d", path, a.StatusCode)
		}
	}
	for _, junk := range []string{"", "\x00", "\xff\xfe", "a\x00b", strings.Repeat("漢", 5000), strings.Repeat("x", 40000), "'; DROP TABLE customers;--", "../../etc/passwd"} {
		for _, path := range []string{"/signin", "/signup", "/recover"} {
			a := s.post(path, "email", junk, "password", junk, "name", junk, "phone", junk, "birth", junk, "zone", junk)
			if a.StatusCode >= 500 || a.StatusCode == http.StatusOK {
				t.Errorf("%s with %.20q: status %d", path, junk, a.StatusCode)
			}
		}
	}
	s.signIn(testPassword)
	for _, junk := range []string{"\x00", "\xff", "no-such-thing", huge[:3000], "2026-99-99"} {
		for _, name := range []string{"category", "outcome", "country", "from", "to", "after"} {
			if a := s.get("/security/activity?" + name + "=" + strings.ReplaceAll(strings.ReplaceAll(junk, "\x00", "%00"), "\xff", "%ff")); a.StatusCode >= 500 {
				t.Errorf("activity with %s=%.20q: status %d", name, junk, a.StatusCode)
			}
		}
	}
	for _, body := range []string{`{"password":"` + huge + `"}`, "[]", "", "{", `{"password":7}`} {
		req := s.request(http.MethodPost, "/password/check", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := s.do(req); a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("check of %.20q: status %d", body, a.StatusCode)
		}
	}
	if log := shop.logs.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log holds faults:\n%.2000s", log)
	}
}

func TestARestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	shop := openShop(t, dir, "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	s.leads(s.post("/orders", "product", "tea"), "/orders")
	secret := enrollByForm(t, shop, s)
	shop.end()

	again := openShop(t, dir, "en")
	again.clock.Add(shop.clock.Now().Sub(again.clock.Now()) + minute)
	s.base = again.url
	// The port is part of neither cookie: the session is still open.
	if a := s.get("/security/activity"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Order placed") {
		t.Fatalf("after the restart: status %d", a.StatusCode)
	}
	other := again.surfer(t)
	other.leads(other.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
	a := other.get("/signin/code")
	factor := regexp.MustCompile(`name="factor" value="([^"]+)"`).FindStringSubmatch(a.body)
	other.leads(other.post("/signin/code", "factor", factor[1], "code", again.clock.code(t, secret)), "/security")

	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !slices.Contains([]string{"keyset.json", "secret", "shop.db"}, d.Name()) {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestALostKeysetIsAClearError(t *testing.T) {
	dir := t.TempDir()
	openShop(t, dir, "en").end()
	if err := os.WriteFile(filepath.Join(dir, "keyset.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newApp(t.Context(), config{DataDir: dir, ByHand: true}); err == nil || !strings.Contains(err.Error(), "keyset") {
		t.Errorf("got %v", err)
	}
}

func TestChangingThePasswordEndsOtherSessions(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	here, there := shop.surfer(t), shop.surfer(t)
	here.signUp()
	here.signIn(testPassword)
	there.signIn(testPassword)
	there.signInAgain()
	here.leads(here.post("/security/password", "current", testPassword, "password", nextPassword), "/security")
	there.leads(there.get("/security"), "/signin")
	if a := here.get("/security"); a.StatusCode != http.StatusOK {
		t.Errorf("the session that changed the password ended: %d", a.StatusCode)
	}
	if a := there.post("/signin", "email", testEmail, "password", testPassword); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old password: %d", a.StatusCode)
	}
	there.signIn(nextPassword)
}

// signInAgain checks that the sign-in page leads members on.
func (s *surfer) signInAgain() {
	s.t.Helper()
	s.leads(s.get("/signin"), "/security")
}

func TestAPendingSignInOpensNothing(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	enrollByForm(t, shop, s)
	s.leads(s.post("/signout"), "/")
	s.leads(s.post("/signin", "email", testEmail, "password", testPassword), "/signin/code")
	for _, path := range []string{"/security", "/security/activity", "/security/factors", "/orders"} {
		s.leads(s.get(path), "/signin")
	}
	for _, path := range []string{"/security/factors/start", "/security/factors/finish", "/security/factors/manage", "/security/password", "/orders"} {
		s.leads(s.post(path, "product", "tea"), "/signin")
	}
	if a := s.post("/signin/code", "factor", "recovery", "code", "AAAA-AAAA"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a made-up recovery code: %d", a.StatusCode)
	}
}

var secretOnPage = regexp.MustCompile(`id="secret">([A-Z2-7 ]+)<`)

// enrollByForm turns the authenticator on and gives its secret.
func enrollByForm(t *testing.T, shop *testShop, s *surfer) string {
	t.Helper()
	a := s.post("/security/factors/start")
	found := secretOnPage.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("no secret on the page: status %d\n%s", a.StatusCode, a.body)
	}
	if a := s.post("/security/factors/finish", "code", "000000"); a.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a wrong code: status %d", a.StatusCode)
	}
	a = s.post("/security/factors/finish", "code", shop.clock.code(t, found[1]))
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `id="codes"`) {
		t.Fatalf("the right code: status %d\n%s", a.StatusCode, a.body)
	}
	shop.clock.Add(minute) // past the code that enrolled
	return found[1]
}

// The shop, not the visitor, says where a visitor is.
func TestForwardingHeadersOfVisitorsAreReplaced(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.leads(s.post("/demo/travel", "place", "berlin", "back", "/signin"), "/signin")
	req := s.request(http.MethodPost, "/signin", strings.NewReader("email="+testEmail+"&password=wrong"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", "8.8.8.8")
	req.Header.Set("Forwarded", "for=8.8.8.8")
	if a := s.do(req); a.StatusCode != http.StatusUnauthorized {
		t.Fatalf("status %d", a.StatusCode)
	}
	who, err := shop.customers.Find(t.Context(), strings.ToUpper(testEmail))
	if err != nil {
		t.Fatal(err)
	}
	list, err := shop.guard.Log().List(t.Context(), who.ID, who.ID, activity.Filter{}, activity.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if e := list.Events[0]; e.Type != activity.SignInFailed || e.Client.IP.String() != "203.0.113.10" || e.Location.Country != "DE" {
		t.Errorf("recorded %s from %v in %q", e.Type, e.Client.IP, e.Location.Country)
	}
}

func TestNoSecretIsLogged(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	s.signUp()
	s.signIn(testPassword)
	seed := enrollByForm(t, shop, s)
	s.post("/security/password", "current", testPassword, "password", nextPassword)
	shop.deliver(t)
	for _, secret := range []string{testPassword, nextPassword, seed, testEmail} {
		if strings.Contains(shop.logs.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	raw, err := os.ReadFile(filepath.Join(shop.cfg.DataDir, "shop.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{testPassword, nextPassword, strings.ReplaceAll(seed, " ", "")} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the database holds %q", secret)
		}
	}
}

func TestTheMailServerTakesNothingInTheClear(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	c, err := smtp.Dial(net.JoinHostPort("127.0.0.1", itoa(shop.mailer.port)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	if ok, _ := c.Extension("STARTTLS"); !ok {
		t.Error("STARTTLS is not offered")
	}
	if err := c.Mail("x@haneul.example"); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("mail in the clear: %v", err)
	}
}

// A mail is a stranger's HTML: it is shown without scripts, forms, requests
// and without the shop's origin.
func TestMailsAreShownInASandbox(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := shop.surfer(t)
	raw := "From: x@evil.example\r\nSubject: <script>alert(1)</script>\r\nContent-Type: text/html\r\n\r\n<script>alert(2)</script>"
	for _, raw := range []string{raw, "", "\x00\xff", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"} {
		if _, err := shop.db.ExecContext(t.Context(), "INSERT INTO mails (received, sender, rcpt, tls, raw) VALUES (1,'','','',?)", []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
	if a := s.get("/mailbox"); a.StatusCode != http.StatusOK || strings.Contains(a.body, "<script>alert") {
		t.Errorf("the list: status %d", a.StatusCode)
	}
	if a := s.get("/mailbox/1"); !strings.Contains(a.body, `sandbox=""`) || strings.Contains(a.body, "<script>alert") {
		t.Errorf("the page: status %d\n%s", a.StatusCode, a.body)
	}
	if a := s.get("/mailbox/1/html"); a.Header.Get("Content-Security-Policy") != mailCSP || !strings.Contains(mailCSP, "sandbox") || strings.Contains(mailCSP, "script") {
		t.Errorf("the part: %v", a.Header)
	}
	for _, path := range []string{"/mailbox/2", "/mailbox/3", "/mailbox/4", "/mailbox/99", "/mailbox/-1", "/mailbox/99999999999999999999"} {
		if a := s.get(path); a.StatusCode == http.StatusOK && a.body == "" {
			t.Errorf("%s is empty", path)
		}
	}
}

func TestServeStopsGracefully(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- serve(ctx, newServer(http.NotFoundHandler()), ln) }()
	res, err := http.Get("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close() //nolint:errcheck // empty
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The log can say where the account is signed in, since a sign-in is recorded
// under the session that it begins.
func TestTheLogKnowsTheSessions(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	first, second := shop.surfer(t), shop.surfer(t)
	first.signUp()
	first.signIn(testPassword)
	second.signIn(testPassword)
	who, err := shop.customers.one(t.Context(), "email", testEmail)
	if err != nil {
		t.Fatal(err)
	}
	sessions := func() []activity.Session {
		t.Helper()
		list, err := shop.guard.Log().Sessions(t.Context(), who.ID, who.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	open := sessions()
	if len(open) != 2 || open[0].ID == open[1].ID {
		t.Fatalf("%+v", open)
	}
	first.post("/signout")
	if left := sessions(); len(left) != 1 {
		t.Errorf("after signing out: %+v", left)
	}
}

// A revoked password leads to the recovery, or from a known device to a new
// password and nowhere else.
func TestRevokedPassword(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	owner, stranger := shop.surfer(t), shop.surfer(t)
	owner.signUp()
	owner.signIn(testPassword)
	who, err := shop.customers.one(t.Context(), "email", testEmail)
	if err != nil {
		t.Fatal(err)
	}
	list, err := shop.guard.Log().List(t.Context(), who.ID, who.ID, activity.Filter{}, activity.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	e := list.Events[0]
	if _, err := shop.guard.Disown(t.Context(), who.ID, who.ID, e.ID, e.Client); err != nil {
		t.Fatal(err)
	}
	stranger.leads(stranger.post("/signin", "email", testEmail, "password", testPassword), "/recover")
	if a := stranger.get("/recover"); !strings.Contains(a.body, "no longer enough") {
		t.Error("the page does not say why")
	}
	owner.post("/signout")
	owner.leads(owner.post("/signin", "email", testEmail, "password", testPassword), "/security/password")
	for _, path := range []string{"/security", "/orders", "/security/profile", "/security/factors"} {
		owner.leads(owner.get(path), "/security/password")
	}
	owner.leads(owner.post("/security/password", "current", testPassword, "password", testPassword+" anew"), "/security")
	if a := owner.get("/security"); a.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", a.StatusCode)
	}
}

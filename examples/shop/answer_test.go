package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

var answerLink = regexp.MustCompile(`https://haneul\.example(/security/answer\?t=[\w-]+)`)

// links gives the newest links of each purpose in the mails, as paths.
func (s *testShop) links(t *testing.T) map[alerts.AnswerPurpose]string {
	t.Helper()
	s.deliver(t)
	mails, err := s.mails(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[alerts.AnswerPurpose]string{}
	for _, row := range mails { // the newest first
		m, err := s.mail(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range answerLink.FindAllStringSubmatch(m.Text, -1) {
			a, err := s.guard.ReadAnswer(t.Context(), tokenIn(t, found[1]))
			if err == nil && out[a.Purpose] == "" {
				out[a.Purpose] = found[1]
			}
		}
	}
	return out
}

func tokenIn(t *testing.T, path string) string {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("t")
}

// visited is a customer who has settled on a phone, and into whose account
// somebody came from abroad.
func visited(t *testing.T) (shop *testShop, phone, thief *surfer) {
	t.Helper()
	shop = openShop(t, t.TempDir(), "en")
	phone = settled(t, shop, 6)
	phone.signIn(testPassword)
	thief = shop.surfer(t)
	thief.travel("new_york")
	if to := thief.enter(); to != "/signin/code" {
		t.Fatalf("led to %s", to)
	}
	shop.deliver(t)
	code := mailedDigits.FindString(thief.get("/mailbox/1").body)
	thief.leads(thief.post("/signin/code", "factor", "sent-code", "code", code), "/security")
	return shop, phone, thief
}

// Pitfall 17: whatever a scanner opens, nothing changes; what is pressed acts,
// without a session, and signs nobody in.
func TestPitfall17AnswerLinks(t *testing.T) {
	shop, phone, thief := visited(t)
	links := shop.links(t)
	scanner := shop.surfer(t)
	for purpose, link := range links {
		for range 3 {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				a := scanner.do(scanner.request(method, link, nil))
				if a.StatusCode != http.StatusOK || a.Header.Get("Referrer-Policy") != "strict-origin" || a.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s: %d, %v", method, purpose, a.StatusCode, a.Header)
				}
				if strings.Contains(a.body, testEmail) || strings.Contains(a.body, "Kim Minjun") {
					t.Errorf("%s tells whose it is:\n%s", purpose, a.body)
				}
				if len(a.Cookies()) > 0 {
					t.Errorf("%s %s sets %v", method, purpose, a.Cookies())
				}
			}
		}
		// A POST without the form is no answer either.
		if a := scanner.post(link); a.StatusCode != http.StatusNotFound {
			t.Errorf("an empty POST to %s: %d", purpose, a.StatusCode)
		}
	}
	for _, s := range []*surfer{phone, thief} {
		if a := s.get("/security"); a.StatusCode != http.StatusOK {
			t.Fatalf("a scanner changed something: %d", a.StatusCode)
		}
	}
	body := scanner.get(links[alerts.AnswerNotMine]).body
	for _, text := range []string{"This was not you?", "New York", "Chrome", "Asia/Seoul", "Nothing happens until"} {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not say %q:\n%s", text, body)
		}
	}
	reader := shop.surfer(t) // the mail is read on another machine
	a := reader.post(answerPath, "t", tokenIn(t, links[alerts.AnswerNotMine]))
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Your account is locked") || !strings.Contains(a.body, `href="/recover"`) {
		t.Fatalf("status %d\n%s", a.StatusCode, a.body)
	}
	for name, s := range map[string]*surfer{"the owner": phone, "the thief": thief, "the reader": reader} {
		s.leads(s.get("/security"), "/signin")
		if a := s.post("/signin", "email", testEmail, "password", testPassword); a.Header.Get("Location") == "/security" {
			t.Errorf("%s is let in", name)
		}
	}
	again := reader.post(answerPath, "t", tokenIn(t, links[alerts.AnswerNotMine])) // the first may not have come to its end
	if again.StatusCode != http.StatusOK || !strings.Contains(again.body, "Your account is locked") {
		t.Errorf("pressed again: %d", again.StatusCode)
	}
	mine := reader.post(answerPath, "t", tokenIn(t, links[alerts.AnswerMine]))
	forged := reader.post(answerPath, "t", "forged")
	if mine.StatusCode != http.StatusNotFound || mine.body != forged.body {
		t.Errorf("confirmed after that: %d", mine.StatusCode)
	}
	if logs := shop.logs.String(); strings.Contains(logs, tokenIn(t, links[alerts.AnswerMine])[:24]) {
		t.Error("a token is in the log")
	}
}

// "This was me" counts on a device of the owner's.
func TestAnswerMineInTheShop(t *testing.T) {
	shop, phone, thief := visited(t)
	token := tokenIn(t, shop.links(t)[alerts.AnswerMine])
	for name, s := range map[string]*surfer{"the thief": thief, "a stranger": shop.surfer(t)} {
		if a := s.post(answerPath, "t", token); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "another device") {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := phone.post(answerPath, "t", token); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "will not ask about this again") {
		t.Errorf("the owner: %d\n%s", a.StatusCode, a.body)
	}
}

// The one click of RFC 8058: posted by a program without cookies, in both
// encodings; it mutes and does nothing else.
func TestOneClickUnsubscribe(t *testing.T) {
	shop, phone, _ := visited(t)
	links := shop.links(t)
	post := func(link, kind string, body io.Reader) answer {
		t.Helper()
		program := shop.surfer(t)
		req := program.request(http.MethodPost, link, body)
		req.Header.Set("Content-Type", kind)
		req.Header.Set("User-Agent", "Mail provider")
		return program.do(req)
	}
	form := func() (string, io.Reader) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if err := m.WriteField("List-Unsubscribe", "One-Click"); err != nil {
			t.Fatal(err)
		}
		m.Close() //nolint:errcheck // to a buffer
		return m.FormDataContentType(), &b
	}
	const encoded = "application/x-www-form-urlencoded"
	for purpose, link := range links {
		if purpose == alerts.AnswerMute {
			continue
		}
		if a := post(link, encoded, strings.NewReader("List-Unsubscribe=One-Click")); a.StatusCode != http.StatusNotFound {
			t.Errorf("one click said %q: %d", purpose, a.StatusCode)
		}
	}
	kind, body := form()
	for name, a := range map[string]answer{
		"form": post(links[alerts.AnswerMute], kind, body), "encoded": post(links[alerts.AnswerMute], encoded, strings.NewReader("List-Unsubscribe=One-Click")),
	} {
		if a.StatusCode != http.StatusOK || len(a.Cookies()) > 0 {
			t.Errorf("%s: %d, %v", name, a.StatusCode, a.Cookies())
		}
	}
	page := phone.get("/security/alerts").body
	if strings.Contains(page, `value="new_country|email" checked`) || !strings.Contains(page, `value="anonymised|email" checked`) {
		t.Errorf("the page of alerts:\n%s", page)
	}
	if a := post(links[alerts.AnswerMute], encoded, strings.NewReader("List-Unsubscribe=Two")); a.StatusCode != http.StatusNotFound {
		t.Errorf("another word: %d", a.StatusCode)
	}
	if a := post(answerPath+"?t="+strings.Repeat("A", 20<<10), encoded, strings.NewReader("List-Unsubscribe=One-Click")); a.StatusCode != http.StatusNotFound {
		t.Errorf("a long token: %d", a.StatusCode)
	}
	cross := shop.surfer(t)
	req := cross.request(http.MethodPost, answerPath, strings.NewReader("t="+tokenIn(t, links[alerts.AnswerNotMine])))
	req.Header.Set("Content-Type", encoded)
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := cross.do(req); a.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d", a.StatusCode)
	}
}

// The page of alerts keeps what is chosen, and says what is wrong.
func TestAlertSettings(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	s := settled(t, shop, 1)
	s.signIn(testPassword)
	s.leads(s.post("/security/alerts", "on", "new_device|email", "on", "password_changed|email", "on", "pigeon|email", "on", "new_country|pigeon",
		"quiet", "on", "from", "22:30", "to", "06:15", "lang", "ko"), "/security/alerts")
	body := s.get("/security/alerts").body
	for _, text := range []string{
		`value="new_device|email" checked`, `value="22:30"`, `value="06:15"`, `value="ko" lang="ko" selected`, "Asia/Seoul",
		`value="password_changed|email" checked disabled`, // always on, though it could not be sent
	} {
		if !strings.Contains(body, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	if strings.Contains(body, `value="new_country|email" checked`) {
		t.Error("a kind that was not ticked is on")
	}
	for _, bad := range [][]string{{"from", "22:30", "to", "22:30"}, {"from", "25:00", "to", "06:00"}, {"from", "", "to", ""}, {"from", "1", "to", "2", "lang", "xx"}} {
		if a := s.post("/security/alerts", append(bad, "quiet", "on")...); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, `role="alert"`) {
			t.Errorf("%v: %d", bad, a.StatusCode)
		}
	}
	if a := s.post("/security/alerts", "lang", "xx"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("an unknown language: %d", a.StatusCode)
	}
	shop.clock.Add(20 * time.Minute)
	if a := s.get("/security/phrase"); a.StatusCode != http.StatusSeeOther || strings.Contains(a.Header.Get("Location"), "phrase") {
		t.Fatalf("the phrase is shown without a fresh proof: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	s.leads(s.post("/security/confirm", "password", testPassword), "/security/phrase")
	if a := s.post("/security/phrase", "phrase", "www.evil.example"); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "without a link") {
		t.Errorf("a link as a phrase: %d", a.StatusCode)
	}
	s.leads(s.post("/security/phrase", "phrase", "두 마리 <i>fox</i>"), "/security/alerts")
	if body := s.get("/security/phrase").body; !strings.Contains(body, "두 마리 &lt;i&gt;fox&lt;/i&gt;") {
		t.Errorf("the page:\n%s", body)
	}
	if body := s.get("/security/alerts").body; strings.Contains(body, "fox") || !strings.Contains(body, "In every message") {
		t.Error("the page of alerts shows the phrase, or that there is none")
	}
	shop.deliver(t)
	if body := s.get("/security/alerts/sent").body; strings.Count(body, "Delivered</span>") != 2 || !strings.Contains(body, "E-mail") {
		t.Errorf("what was sent:\n%s", body)
	}
	s.leads(s.post("/security/phrase", "remove", "1"), "/security/alerts")
	shop.deliver(t)
	m, err := shop.mail(t.Context(), 3)
	if err != nil || !strings.Contains(m.Text, "두 마리 <i>fox</i>") {
		t.Errorf("the mail about the change has not the old phrase: %v\n%s", err, m.Text)
	}
	if body := s.get("/security/alerts").body; !strings.Contains(body, "No phrase yet") {
		t.Error("the phrase was not removed")
	}
	stranger := shop.surfer(t)
	for _, page := range []string{"/security/alerts", "/security/alerts/sent", "/security/phrase"} {
		stranger.leads(stranger.get(page), "/signin")
	}
}

// Who changes the language of a page behind a link keeps the link.
func TestLanguageOfALinksPage(t *testing.T) {
	shop, _, _ := visited(t)
	link := shop.links(t)[alerts.AnswerNotMine]
	reader := shop.surfer(t)
	if body := reader.get(link).body; !strings.Contains(body, `name="back" value="`+answerPath+`"`) || strings.Count(body, tokenIn(t, link)) != 3 {
		t.Errorf("the page's forms do not hold the token:\n%s", body)
	}
	a := reader.post("/language", "back", answerPath, "t", tokenIn(t, link), "lang", "ko")
	reader.leads(a, answerPath+"?t="+tokenIn(t, link))
	if a := reader.get(a.Header.Get("Location")); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `<html lang="ko"`) {
		t.Errorf("%d\n%s", a.StatusCode, a.body)
	}
	reader.leads(reader.post("/language", "back", answerPath, "t", "&x=//evil.example\r\n", "lang", "en"), answerPath+"?t=%26x%3D%2F%2Fevil.example%0D%0A")
	for _, back := range []string{answerPath, "//evil.example", "https://evil.example" + answerPath} {
		token := map[bool]string{true: "", false: "x"}[back == answerPath]
		reader.leads(reader.post("/language", "back", back, "t", token, "lang", "en"), "/")
	}
}

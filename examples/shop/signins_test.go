package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/alerts"
)

func (s *surfer) travel(place string) {
	s.t.Helper()
	s.post("/demo/travel", "back", "/", "place", place)
}

// enter signs in and gives where that leads.
func (s *surfer) enter() string {
	s.t.Helper()
	a := s.post("/signin", "email", testEmail, "password", testPassword)
	if a.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("status %d\n%s", a.StatusCode, a.body)
	}
	return a.Header.Get("Location")
}

// settled is a customer who has signed in n times on a phone at home.
func settled(t *testing.T, shop *testShop, n int) *surfer {
	t.Helper()
	phone := shop.surfer(t)
	phone.signUp()
	for range n {
		phone.signIn(testPassword)
		phone.post("/signout")
		shop.clock.Add(24 * time.Hour)
	}
	return phone
}

// Three cities within an hour are asked for more; the same phone on mobile data
// is not, at the other end of the country or on the move. The security page says
// why, in both languages.
func TestThreeCitiesWithinAnHour(t *testing.T) {
	for lang, says := range map[string][]string{
		"en": {"What was unusual", "had not been used to sign in to this account before", "no earlier sign-in from this country", "More proof was asked for"},
		"ko": {"평소와 다른 점", "로그인한 적이 없는 기기", "로그인한 적이 없는 국가", "추가 인증 요청"},
	} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			phone := settled(t, shop, 6)
			for _, city := range []string{"new_york", "berlin", "tokyo"} {
				thief := shop.surfer(t)
				thief.travel(city)
				if to := thief.enter(); to != "/signin/code" {
					t.Errorf("from %s a stranger is led to %s", city, to)
				}
				if a := thief.get("/security"); a.StatusCode != http.StatusSeeOther {
					t.Errorf("from %s the stranger sees the account: %d", city, a.StatusCode)
				}
				shop.clock.Add(15 * time.Minute)
			}
			for _, place := range []string{"busan", "seoul", "busan"} { // mobile data, Wi-Fi at home, mobile data
				phone.travel(place)
				if to := phone.enter(); to != "/security" {
					t.Errorf("the phone in %s is led to %s", place, to)
				}
				phone.post("/signout")
				shop.clock.Add(5 * time.Minute)
			}
			phone.enter()
			for _, path := range []string{"/security", "/security/signins", "/security/activity"} {
				body := phone.get(path).body
				for i, text := range says {
					if path == "/security/activity" && i != 1 && i != 2 {
						continue
					}
					if !strings.Contains(body, text) {
						t.Errorf("%s does not say %q", path, text)
					}
				}
			}
		})
	}
}

var mailedDigits = regexp.MustCompile(`\b\d{8}\b`)

// The code that is mailed lets the owner in on a new device abroad.
func TestMailedCodeLetsIn(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	settled(t, shop, 6)
	laptop := shop.surfer(t)
	laptop.travel("new_york")
	if to := laptop.enter(); to != "/signin/code" {
		t.Fatalf("led to %s", to)
	}
	page := laptop.get("/signin/code").body
	if !strings.Contains(page, "sent a code to your e-mail address") || strings.Contains(page, testEmail) || strings.Contains(page, "recovery code") || strings.Contains(page, `name="trust"`) {
		t.Errorf("the page:\n%s", page)
	}
	shop.deliver(t)
	code := mailedDigits.FindString(laptop.get("/mailbox/1").body)
	if code == "" {
		t.Fatal("no code was mailed")
	}
	if a := laptop.post("/signin/code", "factor", accountsec.SentCode, "code", "00000000"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong code: %d", a.StatusCode)
	}
	laptop.leads(laptop.post("/signin/code", "factor", accountsec.SentCode, "code", code), "/security")
	laptop.post("/signout")
	if to := laptop.enter(); to != "/security" {
		t.Errorf("the device that was proved is led to %s", to)
	}
}

// The owner's rules: taken with the password, refusing what looks like a wrong
// password, told by mail; and "this was me".
func TestRulesOfTheOwner(t *testing.T) {
	shop := openShop(t, t.TempDir(), "en")
	phone := settled(t, shop, 6)
	phone.signIn(testPassword)
	if a := phone.post("/security/signins/rules", "overseas", "on", "current", "wrong"); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "current password is wrong") {
		t.Errorf("without the password: %d", a.StatusCode)
	}
	phone.travel("berlin")
	if a := phone.post("/security/signins/rules", "overseas", "on", "current", testPassword); a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "lock you out") {
		t.Errorf("from abroad: %d", a.StatusCode)
	}
	phone.travel("seoul")
	phone.leads(phone.post("/security/signins/rules", "overseas", "on", "current", testPassword), "/security/signins")
	thief := shop.surfer(t)
	thief.travel("berlin")
	thief.get("/signin")
	right := thief.post("/signin", "email", testEmail, "password", testPassword)
	wrong := thief.post("/signin", "email", testEmail, "password", "not "+testPassword)
	if right.StatusCode != http.StatusUnauthorized || right.StatusCode != wrong.StatusCode || right.body != wrong.body {
		t.Errorf("the right password answers %d, a wrong one %d", right.StatusCode, wrong.StatusCode)
	}
	shop.deliver(t)
	if body := phone.get("/mailbox").body; !strings.Contains(body, "A sign-in from abroad was blocked") {
		t.Error("the owner is not told")
	}
	page := phone.get("/security/signins").body
	event := regexp.MustCompile(`name="event" value="([^"]+)"`).FindStringSubmatch(page)
	if event == nil || !strings.Contains(page, "Your rules refuse sign-ins from abroad (Germany)") {
		t.Fatalf("the page:\n%s", page)
	}
	for id, want := range map[string]int{event[1]: http.StatusSeeOther, "nonsense": http.StatusNotFound, "": http.StatusNotFound} {
		if a := phone.post("/security/signins/confirm", "event", id); a.StatusCode != want {
			t.Errorf("confirming %q: %d", id, a.StatusCode)
		}
	}
	if body := phone.get("/security/signins").body; !strings.Contains(body, "will not ask about this again") {
		t.Error("not said to be confirmed")
	}
}

// TestUnusualWalk shows a real browser what a stranger and then the owner see.
func TestUnusualWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			phone := settled(t, shop, 6)
			w := &walk{browser: openBrowser(t, shop.url, lang), shop: shop}
			w.Open("/signin")
			w.pick("place", "new_york")
			w.Press(".demo button")
			w.password(testPassword)
			w.at("/signin/code")
			w.look("unusual-code")
			shop.deliver(t)
			code := w.openMail(mailedDigits)
			w.look("unusual-mail")
			w.Open("/signin/code")
			w.Fill("code", "00000000")
			w.Press("#verify")
			w.look("unusual-code-wrong")
			w.Fill("code", code)
			w.Press("#verify")
			w.at("/security")
			if len(w.texts("#odd .why li")) < 2 {
				t.Errorf("the security page explains %q", w.texts("#odd .why li"))
			}
			w.look("unusual-security")
			w.Press("#odd a")
			w.at("/security/signins")
			w.look("unusual-signins")
			w.Fill("current", testPassword)
			w.Click("#overseas")
			w.Press("#save-rules") // from New York: refused
			w.look("unusual-lockout")
			phone.signIn(testPassword) // the owner's other device says that it was them
			body := phone.get("/security/signins").body
			event := regexp.MustCompile(`name="event" value="([^"]+)"`).FindStringSubmatch(body)
			if event == nil {
				t.Fatalf("the phone cannot confirm:\n%s", body)
			}
			phone.leads(phone.post("/security/signins/confirm", "event", event[1]), "/security/signins")
			w.answerLinks(shop.links(t))
		})
	}
}

// answerLinks opens what a mail offers, and presses it.
func (w *walk) answerLinks(links map[alerts.AnswerPurpose]string) {
	for _, purpose := range []alerts.AnswerPurpose{alerts.AnswerMine, alerts.AnswerMute, alerts.AnswerNotMine} {
		w.Open(links[purpose])
		w.look("answer-" + string(purpose))
		w.Press("#answer")
		w.at(answerPath)
		w.look("answered-" + string(purpose)) // "mine" is refused on the device that it is about
	}
	w.Open(links[alerts.AnswerNotMine])
	w.look("answer-gone")
	w.Open("/security")
	w.at("/signin") // the session has ended
}

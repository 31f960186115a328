package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWalk is a customer's whole way through the shop, in a real browser, in
// both languages.
func TestWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			w := &walk{browser: openBrowser(t, shop.cfg.Origin, lang), shop: shop}
			w.signUp()
			w.signIn()
			w.questions()
			w.buy()
			w.authenticator()
			w.signInWithCode()
			w.travel()
			w.readTheAlert()
			w.filterTheLog()
			w.settings()
			w.recover()
			w.disown()
			w.clean()
		})
	}
}

type walk struct {
	*browser
	shop   *testShop
	secret string            // of the authenticator
	codes  []string          // recovery codes
	known  map[string]string // answers by question
}

var answers = []string{"the lighthouse at Homigot", "Captain Persimmon", "barley field behind the mill"}

func (w *walk) signUp() {
	w.open("/")
	w.look("home")
	w.press(`a[href="/signup"]`)
	w.look("signup")
	w.fill("name", "김민준", "email", testEmail, "phone", "010-2345-6789", "password", "password1")
	w.until(`document.querySelector("meter").value < 3`)
	w.until(`document.querySelector('[data-rule="strength"]').dataset.ok === "false"`)
	if w.text("[data-advice]") == "" || w.text("[aria-live]") == "" {
		w.Error("the weakness of the password is not explained while typing")
	}
	w.look("signup-weak-live")
	w.press("#submit")
	w.at("/signup")
	if w.text("[role=alert]") == "" || w.text("[data-advice]") == "" {
		w.Error("the weakness of the password is not explained after sending")
	}
	w.look("signup-refused")
	w.fill("password", "minjun loves 01023456789") // about the customer
	w.until(`document.querySelector('[data-rule="personal"]').dataset.ok === "false"`)
	w.fill("password", testPassword)
	w.until(`document.querySelectorAll('[data-ok="false"]').length === 0 && document.querySelector("meter").value >= 3`)
	w.look("signup-strong-live")
	w.press("#submit")
	w.at("/signin")
}

func (w *walk) signIn() {
	w.look("signin")
	w.fill("email", testEmail, "password", "not this one")
	w.press("#submit")
	w.at("/signin")
	w.look("signin-wrong")
	w.password(testPassword)
	w.at("/security")
	w.look("security-new")
}

// password fills in the sign-in form.
func (w *walk) password(password string) {
	w.open("/signin")
	w.fill("email", testEmail, "password", password)
	w.press("#submit")
}

func (w *walk) questions() {
	w.press(`a[href="/security/questions"]`)
	for i, answer := range answers {
		w.fill(fmt.Sprintf("answer%d", i+1), answer)
	}
	w.fill("current", "not this one")
	w.press("#submit")
	w.look("questions-refused")
	for i, answer := range answers {
		w.fill(fmt.Sprintf("answer%d", i+1), answer)
	}
	w.fill("current", testPassword)
	w.known = map[string]string{}
	for i, question := range w.texts("select[name^=question] option:checked") {
		w.known[question] = strings.ToUpper(answers[i])
	}
	w.look("questions")
	w.press("#submit")
	w.at("/security")
}

func (w *walk) buy() {
	w.open("/orders")
	w.look("orders-empty")
	w.open("/")
	w.press(".product button")
	w.at("/orders")
	w.look("orders")
}

func (w *walk) authenticator() {
	w.open("/security/factors")
	w.look("factors-none")
	w.press("#start")
	w.secret = w.text("#secret")
	w.look("enroll")
	w.fill("code", "000000")
	w.press("#finish")
	w.look("enroll-wrong")
	w.fill("code", w.shop.clock.code(w.T, w.secret))
	w.press("#finish")
	w.codes = w.texts("#codes li")
	if len(w.codes) != 10 {
		w.Fatalf("%d recovery codes are shown", len(w.codes))
	}
	w.look("codes")
	w.press(`a[href="/security/factors"]`)
	w.look("factors-on")
}

func (w *walk) signInWithCode() {
	w.press("#signout")
	w.at("/")
	w.password(testPassword)
	w.at("/signin/code")
	w.look("code")
	w.fill("code", w.shop.clock.code(w.T, w.secret)) // the one that enrolled
	w.press("#verify")
	w.at("/signin/code")
	w.look("code-wrong")
	w.shop.clock.Add(30 * time.Second)
	w.fill("code", w.shop.clock.code(w.T, w.secret))
	w.press("#verify")
	w.at("/security")
	w.look("security")
}

func (w *walk) travel() {
	w.press("#signout")
	w.shop.deliver(w.T)
	w.shop.clock.Add(12 * time.Hour)
	w.pick("place", "new_york")
	w.press(".demo button")
	w.password(testPassword)
	w.shop.clock.Add(30 * time.Second)
	w.fill("code", w.shop.clock.code(w.T, w.secret))
	w.press("#verify")
	w.at("/security")
	w.look("security-unusual")
}

func (w *walk) readTheAlert() {
	w.shop.deliver(w.T)
	w.open("/mailbox")
	w.look("mailbox")
	w.openMail(regexp.MustCompile(`New York(.|\n)*198\.51\.100\.10`))
	if html := w.attributes("iframe", "kind"); len(html) != 1 {
		w.Error("the mail has no HTML part")
	}
	w.look("mail")
}

func (w *walk) filterTheLog() {
	w.open("/security/activity")
	w.look("activity")
	all := w.types()
	w.must("unfold", w.soon(click(".aw-filter > summary")))
	w.pick("category", "signin")
	w.pick("country", "US")
	w.press("#apply")
	w.look("activity-filtered")
	if got := w.types(); !slices.Equal(got, []string{"signin.succeeded", "signin.challenged"}) {
		w.Errorf("filtered by sign-in and United States: %v", got)
	}
	w.open("/security/activity?category=order&country=US")
	w.look("activity-empty")
	w.open("/security/activity")
	seen := all
	for range 5 {
		if len(w.texts("#older")) == 0 {
			break
		}
		w.press("#older")
		seen = append(seen, w.types()...)
	}
	for _, want := range []string{"account.created", "password.set", "order.placed", "payment.made", "mfa.enrolled", "signin.failed", "recovery.answers_set"} {
		if !slices.Contains(seen, want) {
			w.Errorf("the log does not show %s; it shows %v", want, seen)
		}
	}
}

// types are the types of the events on the page.
func (w *walk) types() []string { return w.attributes("tr[data-type]", "type") }

func (w *walk) settings() {
	w.open("/security/alerts")
	w.look("alerts")
	w.must("tick", w.soon(click("#quiet")))
	w.pick("to", "23:00")
	w.press("#submit")
	w.at("/security/alerts")
	if w.text("#from-error") == "" {
		w.Error("quiet hours without a length are not explained")
	}
	w.look("alerts-refused")
	w.pick("to", "07:30")
	w.press("#submit")
	w.look("alerts-saved")
	w.press(`a[href="/security/phrase"]`)
	w.at("/security/phrase")
	w.fill("phrase", "x")
	w.press("#submit")
	w.look("phrase-refused")
	w.fill("phrase", "두 마리 purple 여우")
	w.look("phrase")
	w.press("#submit")
	w.at("/security/alerts")
	w.look("phrase-saved")
	w.shop.deliver(w.T)
	w.press(`a[href="/security/alerts/sent"]`)
	w.look("sent")
	w.open("/security/devices")
	w.look("devices-none")
	w.shop.clock.Add(11 * minute)
	w.open("/security/profile") // asks for a fresh code
	w.at("/security/confirm")
	w.look("confirm")
	w.fill("code", "000000")
	w.press("#verify")
	w.look("confirm-wrong")
	w.shop.clock.Add(30 * time.Second)
	w.fill("code", w.shop.clock.code(w.T, w.secret))
	w.press("#verify")
	w.at("/security/profile")
	w.fill("phone", "010-9876-5432")
	w.look("profile")
	w.press("#submit")
	w.open("/security/password")
	w.look("password")
	w.open("/nowhere")
	w.look("not-found")
}

var mailedCode = regexp.MustCompile(`\b\d{8}\b`)

// openMail opens the newest mail whose text matches and gives what does.
func (w *walk) openMail(like *regexp.Regexp) string {
	w.Helper()
	w.open("/mailbox")
	for i := range w.texts(".mails li") {
		w.open("/mailbox")
		w.press(fmt.Sprintf(".mails li:nth-child(%d) a", i+1))
		if found := like.FindString(w.text("#mail-text")); found != "" {
			return found
		}
	}
	w.Fatalf("no mail says %v", like)
	return ""
}

func (w *walk) recover() {
	w.press("#signout")
	w.open("/signin")
	w.press(`a[href="/recover"]`)
	w.look("recover")
	w.fill("email", testEmail)
	w.press("#submit")
	w.at("/recover/code")
	w.look("recover-code")
	w.shop.deliver(w.T)
	code := w.openMail(mailedCode)
	w.look("mail-code")
	w.open("/recover/code")
	w.fill("code", code)
	w.press("#submit")
	w.at("/recover/questions")
	w.look("recover-questions")
	w.answer([]string{"wrong", "wrong too"})
	w.at("/recover/questions")
	w.look("recover-questions-wrong")
	w.answer(nil)
	w.at("/recover/factor")
	w.look("recover-factor")
	w.must("unfold", w.soon(click("#use-recovery")))
	w.fill("recovery-code", w.codes[0])
	w.press("#verify-recovery")
	w.at("/recover/password")
	w.look("recover-password")
	w.fill("password", nextPassword)
	w.press("#submit")
	w.at("/signin")
	w.look("recovered")
	w.password(testPassword)
	w.at("/signin")
	w.password(nextPassword)
	w.at("/signin/code")
	w.must("unfold", w.soon(click("#use-recovery")))
	w.fill("recovery-code", w.codes[0]) // spent
	w.press("#verify-recovery")
	w.at("/signin/code")
	w.must("unfold", w.soon(click("#use-recovery")))
	w.fill("recovery-code", w.codes[1])
	w.press("#verify-recovery")
	w.at("/security")
	w.look("security-recovered")
	w.shop.deliver(w.T)
	w.open("/mailbox")
	w.look("mailbox-full")
}

// disown reports a sign-in as somebody else's, which leads to a new password
// and nowhere else.
func (w *walk) disown() {
	w.open("/security/activity")
	w.look("activity-full")
	w.press(`tr[data-type="signin.succeeded"] .aw-disown`)
	w.at("/security/activity/disown")
	w.look("disown")
	w.press("#disown")
	w.at("/security/password")
	w.look("disowned")
	w.open("/orders")
	w.at("/security/password")
	w.fill("current", nextPassword, "password", "a walk through reeds at dusk")
	w.press("#submit")
	w.at("/security")
	w.shop.deliver(w.T)
	w.open("/mailbox")
	w.press(".mails li:nth-child(1) a")
	w.look("mail-disowned")
}

// answer fills in what is asked: the given answers, or the right ones.
func (w *walk) answer(given []string) {
	w.Helper()
	for i, question := range w.texts("main form label") {
		text := w.known[question]
		if given != nil {
			text = given[i%len(given)]
		}
		w.fill(fmt.Sprintf("answer%d", i), text)
	}
	w.press("#submit")
}

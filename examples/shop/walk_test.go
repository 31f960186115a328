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
	w.Open("/")
	w.look("home")
	w.Press(`a[href="/signup"]`)
	w.look("signup")
	w.Fill("name", "김민준", "email", testEmail, "phone", "010-2345-6789", "password", "password1")
	w.Until(`document.querySelector("meter").value < 3`)
	w.Until(`document.querySelector('[data-rule="strength"]').dataset.ok === "false"`)
	if w.text("[data-advice]") == "" || w.text("[aria-live]") == "" {
		w.Error("the weakness of the password is not explained while typing")
	}
	w.look("signup-weak-live")
	w.Press("#submit")
	w.at("/signup")
	if w.text("[role=alert]") == "" || w.text("[data-advice]") == "" {
		w.Error("the weakness of the password is not explained after sending")
	}
	w.look("signup-refused")
	w.Fill("password", "minjun loves 01023456789") // about the customer
	w.Until(`document.querySelector('[data-rule="personal"]').dataset.ok === "false"`)
	w.Fill("password", testPassword)
	w.Until(`document.querySelectorAll('[data-ok="false"]').length === 0 && document.querySelector("meter").value >= 3`)
	w.look("signup-strong-live")
	w.Press("#submit")
	w.at("/signin")
}

func (w *walk) signIn() {
	w.look("signin")
	w.Fill("email", testEmail, "password", "not this one")
	w.Press("#submit")
	w.at("/signin")
	w.look("signin-wrong")
	w.password(testPassword)
	w.at("/security")
	w.look("security-new")
}

// password fills in the sign-in form.
func (w *walk) password(password string) {
	w.Open("/signin")
	w.Fill("email", testEmail, "password", password)
	w.Press("#submit")
}

func (w *walk) questions() {
	w.Press(`a[href="/security/questions"]`)
	for i, answer := range answers {
		w.Fill(fmt.Sprintf("answer%d", i+1), answer)
	}
	w.Fill("current", "not this one")
	w.Press("#submit")
	w.look("questions-refused")
	for i, answer := range answers {
		w.Fill(fmt.Sprintf("answer%d", i+1), answer)
	}
	w.Fill("current", testPassword)
	w.known = map[string]string{}
	for i, question := range w.texts("select[name^=question] option:checked") {
		w.known[question] = strings.ToUpper(answers[i])
	}
	w.look("questions")
	w.Press("#submit")
	w.at("/security")
}

func (w *walk) buy() {
	w.Open("/orders")
	w.look("orders-empty")
	w.Open("/")
	w.Press(".product button")
	w.at("/orders")
	w.look("orders")
}

func (w *walk) authenticator() {
	w.Open("/security/factors")
	w.look("factors-none")
	w.Press("#start")
	w.secret = w.text("#secret")
	w.look("enroll")
	w.Fill("code", "000000")
	w.Press("#finish")
	w.look("enroll-wrong")
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#finish")
	w.codes = w.texts("#codes li")
	if len(w.codes) != 10 {
		w.Fatalf("%d recovery codes are shown", len(w.codes))
	}
	w.look("codes")
	w.Press(`a[href="/security/factors"]`)
	w.look("factors-on")
}

func (w *walk) signInWithCode() {
	w.Press("#signout")
	w.at("/")
	w.password(testPassword)
	w.at("/signin/code")
	w.look("code")
	w.Fill("code", w.shop.clock.code(w.T, w.secret)) // the one that enrolled
	w.Press("#verify")
	w.at("/signin/code")
	w.look("code-wrong")
	w.shop.clock.Add(30 * time.Second)
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#verify")
	w.at("/security")
	w.look("security")
}

func (w *walk) travel() {
	w.Press("#signout")
	w.shop.deliver(w.T)
	w.shop.clock.Add(12 * time.Hour)
	w.pick("place", "new_york")
	w.Press(".demo button")
	w.password(testPassword)
	w.shop.clock.Add(30 * time.Second)
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#verify")
	w.at("/security")
	w.look("security-unusual")
}

func (w *walk) readTheAlert() {
	w.shop.deliver(w.T)
	w.Open("/mailbox")
	w.look("mailbox")
	w.openMail(regexp.MustCompile(`New York(.|\n)*198\.51\.100\.10`))
	if html := w.attributes("iframe", "kind"); len(html) != 1 {
		w.Error("the mail has no HTML part")
	}
	w.look("mail")
}

func (w *walk) filterTheLog() {
	w.Open("/security/activity")
	w.look("activity")
	all := w.types()
	w.Click(".aw-filter > summary")
	w.pick("category", "signin")
	w.pick("country", "US")
	w.Press("#apply")
	w.look("activity-filtered")
	if got := w.types(); !slices.Equal(got, []string{"signin.succeeded", "signin.challenged"}) {
		w.Errorf("filtered by sign-in and United States: %v", got)
	}
	w.Open("/security/activity?category=order&country=US")
	w.look("activity-empty")
	w.Open("/security/activity")
	seen := all
	for range 5 {
		if len(w.texts("#older")) == 0 {
			break
		}
		w.Press("#older")
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
	w.Open("/security/alerts")
	w.look("alerts")
	w.Click("#quiet")
	w.pick("to", "23:00")
	w.Press("#submit")
	w.at("/security/alerts")
	if w.text("#from-error") == "" {
		w.Error("quiet hours without a length are not explained")
	}
	w.look("alerts-refused")
	w.pick("to", "07:30")
	w.Press("#submit")
	w.look("alerts-saved")
	w.Press(`a[href="/security/phrase"]`)
	w.at("/security/phrase")
	w.Fill("phrase", "x")
	w.Press("#submit")
	w.look("phrase-refused")
	w.Fill("phrase", "두 마리 purple 여우")
	w.look("phrase")
	w.Press("#submit")
	w.at("/security/alerts")
	w.look("phrase-saved")
	w.shop.deliver(w.T)
	w.Press(`a[href="/security/alerts/sent"]`)
	w.look("sent")
	w.Open("/security/devices")
	w.look("devices-none")
	w.shop.clock.Add(11 * minute)
	w.Open("/security/profile") // asks for a fresh code
	w.at("/security/confirm")
	w.look("confirm")
	w.Fill("code", "000000")
	w.Press("#verify")
	w.look("confirm-wrong")
	w.shop.clock.Add(30 * time.Second)
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#verify")
	w.at("/security/profile")
	w.Fill("phone", "010-9876-5432")
	w.look("profile")
	w.Press("#submit")
	w.Open("/security/password")
	w.look("password")
	w.Open("/nowhere")
	w.look("not-found")
}

var mailedCode = regexp.MustCompile(`\b\d{8}\b`)

// openMail opens the newest mail whose text matches and gives what does.
func (w *walk) openMail(like *regexp.Regexp) string {
	w.Helper()
	w.Open("/mailbox")
	for i := range w.texts(".mails li") {
		w.Open("/mailbox")
		w.Press(fmt.Sprintf(".mails li:nth-child(%d) a", i+1))
		if found := like.FindString(w.text("#mail-text")); found != "" {
			return found
		}
	}
	w.Fatalf("no mail says %v", like)
	return ""
}

func (w *walk) recover() {
	w.Press("#signout")
	w.Open("/signin")
	w.Press(`a[href="/recover"]`)
	w.look("recover")
	w.Fill("email", testEmail)
	w.Press("#submit")
	w.at("/recover/code")
	w.look("recover-code")
	w.shop.deliver(w.T)
	code := w.openMail(mailedCode)
	w.look("mail-code")
	w.Open("/recover/code")
	w.Fill("code", code)
	w.Press("#submit")
	w.at("/recover/questions")
	w.look("recover-questions")
	w.answer([]string{"wrong", "wrong too"})
	w.at("/recover/questions")
	w.look("recover-questions-wrong")
	w.answer(nil)
	w.at("/recover/factor")
	w.look("recover-factor")
	w.Click("#use-recovery")
	w.Fill("recovery-code", w.codes[0])
	w.Press("#verify-recovery")
	w.at("/recover/password")
	w.look("recover-password")
	w.Fill("password", nextPassword)
	w.Press("#submit")
	w.at("/signin")
	w.look("recovered")
	w.password(testPassword)
	w.at("/signin")
	w.password(nextPassword)
	w.at("/signin/code")
	w.Click("#use-recovery")
	w.Fill("recovery-code", w.codes[0]) // spent
	w.Press("#verify-recovery")
	w.at("/signin/code")
	w.Click("#use-recovery")
	w.Fill("recovery-code", w.codes[1])
	w.Press("#verify-recovery")
	w.at("/security")
	w.look("security-recovered")
	w.shop.deliver(w.T)
	w.Open("/mailbox")
	w.look("mailbox-full")
}

// disown reports a sign-in as somebody else's, which leads to a new password
// and nowhere else.
func (w *walk) disown() {
	w.Open("/security/activity")
	w.look("activity-full")
	w.Press(`tr[data-type="signin.succeeded"] .aw-disown`)
	w.at("/security/activity/disown")
	w.look("disown")
	w.Press("#disown")
	w.at("/security/password")
	w.look("disowned")
	w.Open("/orders")
	w.at("/security/password")
	w.Fill("current", nextPassword, "password", "a walk through reeds at dusk")
	w.Press("#submit")
	w.at("/security")
	w.shop.deliver(w.T)
	w.Open("/mailbox")
	w.Press(".mails li:nth-child(1) a")
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
		w.Fill(fmt.Sprintf("answer%d", i), text)
	}
	w.Press("#submit")
}

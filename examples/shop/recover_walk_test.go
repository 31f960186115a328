package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestRecoveryWalk walks through recoveries in a real browser, in both
// languages: without a second factor, with one that is lost, called off from
// the mail, and what is held and practised afterwards.
func TestRecoveryWalk(t *testing.T) {
	for _, lang := range []string{"en", "ko"} {
		t.Run(lang, func(t *testing.T) {
			shop := openShop(t, t.TempDir(), lang)
			w := &walk{browser: openBrowser(t, shop.url, lang), shop: shop}
			w.customer()
			w.ownQuestions()
			w.recoverPlainly()
			w.heldExport()
			w.loseTheFactor()
			w.callOff()
			w.waitAndRecover()
			w.heldFactor()
			w.practise()
		})
	}
}

func (w *walk) customer() {
	w.Open("/signup")
	w.Fill("name", "김민준", "email", testEmail, "phone", "010-2345-6789", "password", testPassword)
	w.Press("#submit")
	w.at("/signin")
	w.password(testPassword)
	w.at("/security")
}

var ownAnswers = map[string]string{
	"What did we bury behind the boathouse?": "a biscuit tin of marbles", "우리가 배 창고 뒤에 묻은 것은 무엇인가요?": "구슬이 든 과자 상자",
}

// ownQuestions sets answers, one to a question of the customer's own. What is
// wrong with a question or an answer is said.
func (w *walk) ownQuestions() {
	w.Open("/security/questions")
	w.look("questions-new")
	w.pick("question1", "own")
	own := map[string]string{"en": "What did we bury behind the boathouse?", "ko": "우리가 배 창고 뒤에 묻은 것은 무엇인가요?"}[w.lang]
	set := func(question, answer string) {
		w.pick("question1", "own")
		w.Fill("own1", question, "answer1", answer, "answer2", "captain persimmon's left boot", "answer3", "barley field behind the mill", "current", testPassword)
	}
	set(map[string]string{"en": "What colour was our first door?", "ko": "우리 집 첫 대문은 무슨 색이었나요?"}[w.lang], "teal")
	w.look("questions-own")
	w.Press("#submit")
	w.at("/security/questions")
	if w.text("#question1-error") == "" {
		w.Error("a question about a colour is not explained")
	}
	w.look("questions-own-refused")
	set(own, "김민준")
	w.Press("#submit")
	if w.text("#answer1-error") == "" {
		w.Error("the own name as an answer is not explained")
	}
	w.look("questions-answer-refused")
	set(own, ownAnswers[own])
	w.known = map[string]string{own: ownAnswers[own]}
	texts := w.texts("select[name^=question] option:checked")
	w.known[texts[1]], w.known[texts[2]] = "Captain Persimmon's left boot", "barley  field behind the mill"
	w.Press("#submit")
	w.at("/security")
	w.Open("/security/questions")
	w.look("questions-set")
}

// begin walks a recovery to its questions, and answers them.
func (w *walk) begin() {
	w.Helper()
	w.Open("/recover")
	w.Fill("email", testEmail)
	w.Press("#submit")
	w.at("/recover/code")
	w.shop.deliver(w.T)
	code := w.openMail(mailedCode)
	w.Open("/recover/code")
	w.Fill("code", "00000000")
	w.Press("#submit")
	w.at("/recover/code")
	w.look("recovery-code-wrong")
	w.Fill("code", code)
	w.Press("#submit")
	w.at("/recover/questions")
	w.look("recovery-questions")
	w.answer([]string{"wrong", "wrong too"})
	w.at("/recover/questions")
	w.answer(nil)
}

func (w *walk) recoverPlainly() {
	w.Press("#signout")
	w.begin()
	w.at("/recover/password")
	w.Fill("password", "password1")
	w.Press("#submit")
	w.at("/recover/password")
	w.look("recovery-password-weak")
	w.Fill("password", nextPassword)
	w.Press("#submit")
	w.at("/signin")
	w.look("recovery-done")
	w.password(nextPassword)
	w.at("/security")
	w.look("recovery-security")
}

// heldExport asks for the log's download right after a recovery.
func (w *walk) heldExport() {
	w.Open("/security/activity/export?format=csv")
	w.at("/security/activity")
	w.look("held-export")
}

func (w *walk) loseTheFactor() {
	w.Open("/security/factors")
	w.Press("#start")
	w.secret = w.text("#secret")
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#finish")
	w.Press("#signout")
	w.begin()
	w.at("/recover/factor")
	w.Click("#lost")
	w.look("recovery-factor-lost")
	w.Press("#wait")
	w.at("/recover/waiting")
	w.look("recovery-waiting")
}

var cancelLink = regexp.MustCompile(`https://haneul\.example(/recover/cancel\?t=[\w-]+)`)

// callOff follows the link of the announcement, which changes nothing, and
// confirms there.
func (w *walk) callOff() {
	w.shop.deliver(w.T)
	link := w.openMail(cancelLink)
	w.look("mail-waiting")
	path := strings.TrimPrefix(link, "https://haneul.example")
	for range 2 {
		w.Open(path)
		w.look("cancel")
		w.Open("/recover/waiting")
		w.at("/recover/waiting") // it goes on waiting
	}
	w.Open(path)
	w.Press("#cancel")
	w.at("/recover/cancel")
	w.look("cancelled")
	w.Open(path)
	w.look("cancel-gone")
	if u, err := url.Parse(path); err != nil || u.Path != cancelPath {
		w.Errorf("the link leads to %s", path)
	}
	w.Open("/recover/waiting")
	w.at("/recover")
	w.look("wait-over")
}

func (w *walk) waitAndRecover() {
	w.shop.clock.Add(25 * time.Hour) // a new day has new tries
	w.begin()
	w.at("/recover/factor")
	w.Click("#lost")
	w.Press("#wait")
	w.at("/recover/waiting")
	w.shop.clock.Add(47 * time.Hour)
	w.Open("/recover/waiting")
	if len(w.texts("#resume")) != 0 {
		w.Error("the wait is over an hour early")
	}
	w.shop.clock.Add(time.Hour)
	w.Open("/recover/waiting")
	w.look("recovery-waited")
	w.Press("#resume")
	w.at("/recover/password")
	w.Fill("password", "a walk through reeds at dusk")
	w.Press("#submit")
	w.at("/signin")
	w.password("a walk through reeds at dusk")
	w.at("/security") // the lost factor is gone
	w.shop.deliver(w.T)
	w.Open("/mailbox")
	w.look("recovery-mailbox")
}

// heldFactor enrols a new factor, which cannot be removed yet.
func (w *walk) heldFactor() {
	w.Open("/security/factors")
	w.Press("#start")
	w.secret = w.text("#secret")
	w.Fill("code", w.shop.clock.code(w.T, w.secret))
	w.Press("#finish")
	remove := func() {
		w.shop.clock.Add(time.Minute)
		w.Open("/security/factors")
		w.Fill("code", w.shop.clock.code(w.T, w.secret))
		w.Press("button.danger")
	}
	remove()
	w.at("/security/factors/manage")
	w.look("held-factor")
	w.shop.clock.Add(11 * time.Hour) // the session lives for twelve
	w.Open("/security/activity")
	w.look("recovery-activity")
}

func (w *walk) practise() {
	w.Open("/security/questions/drill")
	w.look("drill")
	w.answer([]string{"wrong", "wrong too"})
	w.at("/security/questions/drill")
	w.look("drill-wrong")
	w.answer(nil)
	w.at("/security/questions")
	w.look("drill-known")
	w.Click("#remove")
	w.Fill("remove-current", "not this one")
	w.Press("#do-remove")
	w.look("questions-remove-refused")
	w.Fill("remove-current", "a walk through reeds at dusk")
	w.Press("#do-remove")
	w.at("/security/questions")
	w.look("questions-removed")
	if got := fmt.Sprint(w.texts(".note.good")); got != "[]" {
		w.Errorf("after the removal the page says %s", got)
	}
}

package accountsec_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/recovery"
)

// hostile are texts that a visitor may send in any field.
var hostile = map[string]string{
	"empty": "", "huge": strings.Repeat("a", 1<<20), "huge Hangul": strings.Repeat("가", 1<<18),
	"invalid UTF-8": "kim\xff\xfe", "NUL": "kim\x00@customer.example", "bidi": "kim\u202e@customer.example",
	"line breaks": "kim@customer.example\r\nBcc: x@example.com", "formula": "=HYPERLINK(\"x\")", "quotes": "';--\"<script>",
}

// Any text as a name or a password is a wrong name or a wrong password: the
// same error and the same one hash as for a name that nobody has.
func TestHostileSignIn(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, pair := range [][2]string{{text, goodPassword}, {"kim@customer.example", text}, {text, text}} {
				before := w.hashes.verified.Load()
				_, err := w.guard.SignIn(t.Context(), pair[0], pair[1], home)
				w.want(err, accountsec.ErrSignIn)
				if n := w.hashes.verified.Load() - before; n != 1 {
					t.Errorf("%d hashes were computed, want 1", n)
				}
			}
		})
	}
}

// Every other field refuses hostile text with an error; nothing panics, and
// nothing is granted.
func TestHostileFields(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx := t.Context()
			w.authenticator("lee")
			pending := w.signIn("lee", home).Pending
			token, err := w.guard.StartRecovery(ctx, text, home)
			w.ok(err) // an unknown name like any other
			weak := text
			if name == "formula" || name == "quotes" {
				weak = "" // as passwords these are fine
			}
			c := activity.Client{UserAgent: text, DeviceID: text, SessionID: text}
			for call, err := range map[string]error{
				"FinishSignIn token":    second(w.guard.FinishSignIn(ctx, text, "f", "000000", home)),
				"FinishSignIn factor":   second(w.guard.FinishSignIn(ctx, pending.Token, text, "000000", home)),
				"FinishSignIn code":     second(w.guard.FinishSignIn(ctx, pending.Token, pending.Factors[0].ID, text, home)),
				"recovery code":         second(w.guard.FinishSignIn(ctx, pending.Token, mfa.RecoveryCode, text, c)),
				"ChangePassword new":    second(w.guard.ChangePassword(ctx, "kim", goodPassword, weak, c)),
				"ChangePassword who":    second(w.guard.ChangePassword(ctx, text, goodPassword, otherPassword, c)),
				"ProveRecovery code":    second(w.guard.ProveRecovery(ctx, token, text, home)),
				"ProveRecovery token":   second(w.guard.ProveRecovery(ctx, text, "00000000", home)),
				"AnswerRecovery":        second(w.guard.AnswerRecovery(ctx, token, []string{text, text}, home)),
				"FinishRecovery":        second(w.guard.FinishRecovery(ctx, text, otherPassword, home)),
				"SetAnswers":            w.guard.SetAnswers(ctx, "kim", goodPassword, []recovery.Answer{{Question: text, Answer: text}, {Own: text, Answer: text}, {Own: text, Answer: text}}, c),
				"RemoveAnswers":         w.guard.RemoveAnswers(ctx, "kim", text, c),
				"Drill":                 second(w.guard.Drill(ctx, text, []string{text, text}, c)),
				"DrillQuestions":        second(w.guard.DrillQuestions(ctx, text)),
				"StartRecoveryBy":       second(w.guard.StartRecoveryBy(ctx, "kim@customer.example", refuge(text), home)),
				"DelayRecovery":         second(w.guard.DelayRecovery(ctx, text, c)),
				"DelayedRecovery":       second(w.guard.DelayedRecovery(ctx, text, c)),
				"ResumeRecovery":        second(w.guard.ResumeRecovery(ctx, text, c)),
				"LookAtCancel":          second(w.guard.LookAtCancel(ctx, text)),
				"CancelByLink":          w.guard.CancelByLink(ctx, text, c),
				"SignUp id":             w.signUp(accountsec.Account{ID: text}, otherPassword+text, c),
				"DeleteAccount unknown": refused(w.guard.DeleteAccount(ctx, text), name == "formula" || name == "quotes"),
				"List":                  second(w.guard.Log().List(ctx, text, "kim", activity.Filter{}, activity.Page{})),
				"List cursor":           refused(second(w.guard.Log().List(ctx, "kim", "kim", activity.Filter{}, activity.Page{After: text})), text == ""),
			} {
				if err == nil && call != "SignUp id" {
					t.Errorf("%s: accepted", call)
				}
				if err != nil && len(err.Error()) > 2000 {
					t.Errorf("%s: the error repeats the input", call)
				}
			}
			w.guard.CheckPassword(accountsec.Account{Name: text, Email: text, Phone: text}, text)
			if res := w.signIn("kim", c); res.Grant == nil {
				t.Error("the owner's sign-in with a hostile agent was lost")
			}
		})
	}
}

// refuge is the text, or where it means the default something that does not.
func refuge(text string) string {
	if text == "" {
		return "pigeon"
	}
	return text
}

func second[T any](_ T, err error) error { return err }

// refused passes an error on, or makes one up where this input is fine here.
func refused(err error, fine bool) error {
	if err == nil && fine {
		return errors.New("fine")
	}
	return err
}

func TestNewRefuses(t *testing.T) {
	w := newWorld(t)
	good := w.config
	for name, spoil := range map[string]func(c *accountsec.Config){
		"no store":        func(c *accountsec.Config) { c.Stores.Recovery = nil },
		"no AEAD":         func(c *accountsec.Config) { c.AEAD = nil },
		"AEAD without AD": func(c *accountsec.Config) { c.AEAD = careless{} },
		"no secret":       func(c *accountsec.Config) { c.Secret = nil },
		"short secret":    func(c *accountsec.Config) { c.Secret = make([]byte, 31) },
		"no accounts":     func(c *accountsec.Config) { c.Accounts = nil },
		"no sender":       func(c *accountsec.Config) { c.Sender.From = "" },
		"free mail": func(c *accountsec.Config) {
			c.Sender.Domain, c.Sender.From = "gmail.com", "security@gmail.com"
		},
		"nil method":   func(c *accountsec.Config) { c.Methods = []mfa.Method{nil} },
		"nil notifier": func(c *accountsec.Config) { c.Notifiers = append(c.Notifiers, nil) },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := accountsec.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

type careless struct{}

func (careless) Encrypt(p, _ []byte) ([]byte, error) { return p, nil }
func (careless) Decrypt(c, _ []byte) ([]byte, error) { return c, nil }

// Pitfall 15: a day in the life of a shop leaves no secret in the log, at the
// most talkative level.
func TestPitfall15LogsHoldNoSecret(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.questions("kim")
	code, codes := w.authenticator("kim")
	res := w.signIn("kim", home)
	used := code()
	grant, err := w.guard.FinishSignIn(ctx, res.Pending.Token, res.Pending.Factors[0].ID, used, home)
	w.ok(err)
	_, err = w.guard.SignIn(ctx, "kim@customer.example", "hunter2-in-the-wrong-field", abroad)
	w.want(err, accountsec.ErrSignIn)
	ticket, step := w.recoverTo("kim", abroad)
	spend, err := w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, mfa.RecoveryCode, codes[0], abroad)
	w.ok(err)
	_, err = w.guard.FinishRecovery(ctx, spend, otherPassword, abroad)
	w.ok(err)
	w.deliver()
	text := w.logs.String() + fmt.Sprintf("%v %+v %#v", res, w.mail.got, step)
	for _, s := range []string{goodPassword, otherPassword, "hunter2", grant.DeviceCookie.Value, ticket, spend, codes[0], w.code(), "+82 10-1234-5678"} {
		if strings.Contains(text, s) {
			t.Errorf("%q was logged or printed", s)
		}
	}
}

// A wrong sealing key is a clear error: nothing opens, nothing is granted, and
// with the right key all is there again.
func TestWrongSealingKey(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, _ := w.authenticator("kim")
	cfg := w.config
	cfg.AEAD = secrettest.AEAD()
	other, err := accountsec.New(cfg)
	w.ok(err)
	res, err := other.SignIn(ctx, "kim@customer.example", goodPassword, home)
	w.ok(err)
	if _, err := other.FinishSignIn(ctx, res.Pending.Token, res.Pending.Factors[0].ID, code(), home); err == nil || bytes.Contains([]byte(err.Error()), []byte("kim")) {
		t.Errorf("under another key: %v", err)
	}
	p := w.signIn("kim", home).Pending
	if _, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), home); err != nil {
		t.Errorf("under the right key again: %v", err)
	}
}

// An account without a factor is asked for none, and is told so.
func TestManageWithoutAFactor(t *testing.T) {
	w := newWorld(t)
	p, err := w.guard.StartManage(t.Context(), "kim", home)
	if w.want(err, mfa.ErrNoFactor); p != nil {
		t.Errorf("got %+v", p)
	}
}

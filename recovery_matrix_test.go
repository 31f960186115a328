package accountsec_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
	"example.com/accountsec/recovery"
)

// guessed is what an attacker puts where a code belongs.
const guessed = "00000000"

// entries are ways to try an entry point with what an attacker may have: the
// right password of kim, and forged, foreign or early tokens. They tell whether
// anything was granted.
func entries(t *testing.T) map[string]func(s *siege) bool {
	ctx := t.Context()
	did := func(err error) bool { return err == nil }
	return map[string]func(s *siege) bool{
		"SignIn": func(s *siege) bool {
			res, err := s.guard.SignIn(ctx, s.identifier, s.password, abroad)
			return err == nil && res.Grant != nil
		},
		"FinishSignIn": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.FinishSignIn(ctx, token, mfa.RecoveryCode, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"FinishSignIn by an empty recovery code": func(s *siege) bool {
			res, err := s.guard.SignIn(ctx, s.identifier, s.password, abroad)
			if err != nil || res.Pending == nil {
				return false
			}
			_, err = s.guard.FinishSignIn(ctx, res.Pending.Token, mfa.RecoveryCode, "", abroad)
			return did(err)
		},
		"SignInTrusted": func(s *siege) bool { // as SignIn: a made-up trust adds nothing
			for _, token := range s.tokens {
				res, err := s.guard.SignInTrusted(ctx, s.identifier, s.password, mfa.DeviceToken("device."+token), abroad)
				if err == nil && res.Grant != nil {
					return true
				}
			}
			return false
		},
		"TrustDevice": func(s *siege) bool {
			_, err := s.guard.TrustDevice(ctx, accountsec.Grant{Account: "kim", Method: "totp"}, "laptop", abroad)
			return did(err)
		},
		"FinishPasskeySignIn": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.FinishPasskeySignIn(ctx, token, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"Require": func(s *siege) bool {
			for _, token := range s.tokens {
				if s.guard.Require(ctx, "kim", token, mfa.Requirement{}, abroad) == nil {
					return true
				}
			}
			return false
		},
		"StepUpPassword": func(s *siege) bool {
			_, err := s.guard.StepUpPassword(ctx, "kim", "wrong", abroad)
			return did(err)
		},
		"FinishStepUp": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.FinishStepUp(ctx, token, mfa.RecoveryCode, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"FinishManage": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.FinishManage(ctx, token, mfa.RecoveryCode, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"SignUp": func(s *siege) bool {
			return did(s.signUp(s.people.byID["kim"], "an utterly unrelated pass phrase", abroad))
		},
		"ChangePassword": func(s *siege) bool {
			_, err := s.guard.ChangePassword(ctx, "kim", "wrong", otherPassword, abroad)
			return did(err)
		},
		"SetAnswers": func(s *siege) bool {
			return did(s.guard.SetAnswers(ctx, "kim", "wrong", []recovery.Answer{{Own: "q one two three?", Answer: "aaaa"}}, abroad))
		},
		"RemoveAnswers": func(s *siege) bool { return did(s.guard.RemoveAnswers(ctx, "kim", "wrong", abroad)) },
		"Drill": func(s *siege) bool {
			known, err := s.guard.Drill(ctx, "kim", []string{"a", "b"}, abroad)
			return did(err) && known
		},
		"ProveRecovery": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			_, err := s.guard.ProveRecovery(ctx, token, guessed, abroad)
			return did(err)
		},
		"ProveRecovery of another's": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.ProveRecovery(ctx, token, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"AnswerRecovery before the code": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			_, err := s.guard.AnswerRecovery(ctx, token, []string{"the silver heron", "biscuit tin of marbles"}, abroad)
			return did(err)
		},
		"ProveRecoveryFactor before the answers": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			for _, pending := range append(s.tokens, token) {
				if _, err := s.guard.ProveRecoveryFactor(ctx, token, pending, mfa.RecoveryCode, guessed, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"DelayRecovery before the answers": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			for _, token := range append(s.tokens, token) {
				if _, err := s.guard.DelayRecovery(ctx, token, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"ResumeRecovery": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			for _, token := range append(s.tokens, token) {
				if _, err := s.guard.ResumeRecovery(ctx, token, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"FinishRecovery": func(s *siege) bool {
			token, _ := s.guard.StartRecovery(ctx, s.identifier, abroad)
			for _, grant := range append(s.tokens, token) {
				if _, err := s.guard.FinishRecovery(ctx, grant, "an utterly unrelated pass phrase", abroad); err == nil {
					return true
				}
			}
			return false
		},
		"CancelByLink": func(s *siege) bool {
			for _, token := range s.tokens {
				if _, err := s.guard.LookAtCancel(ctx, token); err == nil {
					return true
				}
				if err := s.guard.CancelByLink(ctx, token, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"Answer": func(s *siege) bool { // what an attacker holds is no link; a link is nothing that is held
			for _, token := range s.tokens {
				if _, err := s.guard.ReadAnswer(ctx, token); err == nil {
					return true
				}
				if _, err := s.guard.Answer(ctx, token, abroad); err == nil {
					return true
				}
			}
			return false
		},
		"Disown": func(s *siege) bool {
			_, err := s.guard.Disown(ctx, "lee", "kim", s.events("kim")[0].ID, abroad)
			return did(err)
		},
		"Confirm": func(s *siege) bool { // from a device that is not the owner's
			return did(s.guard.Confirm(ctx, "kim", "kim", s.events("kim")[0].ID, abroad))
		},
		"SetRules": func(s *siege) bool { return did(s.guard.SetRules(ctx, "kim", "wrong", alerts.Rules{}, abroad)) },
		"Held":     func(s *siege) bool { return s.guard.Held(ctx, "kim", recovery.ActionRefund) == nil },
		"Log": func(s *siege) bool {
			var out bytes.Buffer
			_, err := s.guard.Log().Export(ctx, "kim", "kim", activity.Filter{}, &out, activity.ExportOptions{})
			return did(err)
		},
	}
}

// siege is a state of kim's account, and what the attacker holds of it.
type siege struct {
	*world
	identifier, password string
	tokens               []string // of other steps, clients and accounts
}

// states are what kim's account may be in, and what the right password, or the
// owner's own session, may do there.
func states(t *testing.T) map[string]struct {
	prepare func(s *siege)
	allowed []string
} {
	ctx := t.Context()
	free := []string{"SignIn", "SignInTrusted", "Held", "Log"}
	return map[string]struct {
		prepare func(s *siege)
		allowed []string
	}{
		"unknown": {func(s *siege) { s.identifier = "nobody@customer.example" }, []string{"Held", "Log"}},
		"throttled": {func(s *siege) {
			for i := range 300 {
				c := abroad
				c.IP = netipAdd(i)
				s.guard.SignIn(ctx, s.identifier, "guess", c) //nolint:errcheck // meant to fail
				s.guard.StartRecovery(ctx, s.identifier, c)   //nolint:errcheck // likewise, in the end
			}
		}, []string{"Held", "Log"}},
		"second factor": {func(s *siege) {
			s.authenticator("kim")
			s.tokens = append(s.tokens, s.signIn("kim", home).Pending.Token)
		}, []string{"Held", "Log"}},
		"recovering": {func(s *siege) {
			s.questions("kim")
			ticket, step := s.recoverTo("kim", home)
			s.tokens = append(s.tokens, ticket, step.Grant) // of another client
		}, free},
		"recovering with a factor": {func(s *siege) {
			s.questions("kim")
			s.authenticator("kim")
			ticket, step := s.recoverTo("kim", home)
			s.tokens = append(s.tokens, ticket, step.Pending.Token)
		}, []string{"Held", "Log"}},
		"delayed": {func(s *siege) {
			s.questions("kim")
			s.authenticator("kim")
			wait, _ := s.delayed("kim", home)
			s.clock.Add(47 * time.Hour)
			s.tokens = append(s.tokens, wait.Token)
		}, []string{"Held", "Log"}},
		"delayed and over, on another device": {func(s *siege) {
			s.questions("kim")
			device := s.knownDevice("kim", home)
			s.authenticator("kim")
			wait, _ := s.delayed("kim", device)
			s.clock.Add(49 * time.Hour)
			s.tokens = append(s.tokens, wait.Token)
		}, []string{"Held", "Log"}},
		"held": {func(s *siege) { s.recover() }, []string{"SignIn", "SignInTrusted"}},
		"held, with the old password": {func(s *siege) {
			s.recover()
			s.password = goodPassword
		}, nil},
		"recovered": {func(s *siege) {
			s.recover()
			s.clock.Add(73 * time.Hour)
		}, free},
		"blocked": {func(s *siege) {
			s.questions("kim")
			ticket, step := s.recoverTo("kim", abroad)
			s.ok(s.guard.BlockRecovery(ctx, "kim", s.clock.Now().Add(time.Hour), home))
			s.tokens = append(s.tokens, ticket, step.Grant) // even of this client
		}, free},
	}
}

// recover ends a recovery; what it used is spent.
func (s *siege) recover() {
	s.Helper()
	s.questions("kim")
	ticket, step := s.recoverTo("kim", abroad)
	_, err := s.guard.FinishRecovery(s.Context(), step.Grant, otherPassword, abroad)
	s.ok(err)
	s.password, s.tokens = otherPassword, append(s.tokens, ticket, step.Grant)
}

// Pitfall 4: no entry point, in no state, grants more than that state allows.
func TestPitfall04Matrix(t *testing.T) {
	for state, st := range states(t) {
		for name, try := range entries(t) {
			t.Run(state+"/"+name, func(t *testing.T) {
				w, _ := newDelayWorld(t, func(cfg *accountsec.Config) { cfg.AnswerURL = answerURL })
				s := &siege{world: w, identifier: "kim@customer.example", password: goodPassword, tokens: []string{"", "forged", strings.Repeat("A", 43)}}
				st.prepare(s)
				if got, want := try(s), slices.Contains(st.allowed, name); got != want {
					t.Errorf("granted %v, want %v", got, want)
				}
			})
		}
	}
}

// notGranting are the methods of Guard that the matrix does not try, and why.
var notGranting = map[string]string{
	"Alerts": "gives a part, which has a suite of its own", "MFA": "likewise", "Queue": "likewise",
	"CheckPassword": "reads nothing stored", "PasswordCounts": "tells numbers", "PreparePassword": "changes nothing", "Client": "reads the request",
	"ImportPassword": "the operator's; refuses an account that has a password", "Migrate": "the operator's", "Run": "the operator's", "Deliver": "the operator's", "Purge": "the operator's", "Reseal": "the operator's",
	"DeleteAccount": "the shop's, for the owner", "SignOut": "the shop's, for the owner", "ContactChanged": "the shop's, for the owner",
	"CancelRecovery": "the shop's, for the owner or an operator", "BlockRecovery": "the operator's", "UnblockRecovery": "the operator's",
	"RecoveryReport": "the operator's", "RecoveryStatus": "tells a number", "RecoveryChannels": "tells names", "DrillQuestions": "the owner's, signed in",
	"StartRecovery": "tried with ProveRecovery", "StartRecoveryBy": "likewise", "AnswerRecovery": "tried before the code",
	"ProveRecoveryFactor": "tried before the answers", "DelayRecovery": "tried before the answers", "DelayedRecovery": "shows a time to who holds the token",
	"LookAtCancel": "tried with CancelByLink", "ReadAnswer": "tried with Answer",
	"Trust": "reads the request", "StartPasskeySignIn": "asks, whoever it is", "StartManage": "asks for a factor", "StartStepUp": "asks for a factor",
	"PrepareSignIn": "sends to the factor", "PrepareRecoveryFactor": "likewise", "PrepareManage": "likewise", "PrepareStepUp": "likewise",
}

// Whoever adds a method to Guard says here that it grants nothing, or adds it
// to the matrix.
func TestMatrixKnowsEveryEntryPoint(t *testing.T) {
	tried := entries(t)
	guard := reflect.TypeFor[*accountsec.Guard]()
	for i := range guard.NumMethod() {
		name := guard.Method(i).Name
		if tried[name] == nil && notGranting[name] == "" {
			t.Errorf("Guard.%s is in no row of the matrix", name)
		}
	}
}

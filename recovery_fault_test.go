package accountsec_test

import (
	"errors"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
)

// faultyWorld is a shop whose stores can be made to fail. They are in memory
// and so roll nothing back: each call that went through stays, as if the
// machine had died between two of them.
func faultyWorld(t *testing.T) (*world, *fault) {
	f := &fault{left: -1}
	w, _ := newDelayWorld(t, func(cfg *accountsec.Config) {
		cfg.Stores.Recovery = faultyRecovery{cfg.Stores.Recovery, f}
		cfg.Stores.Password = faultyPassword{cfg.Stores.Password, f}
		cfg.Stores.Activity = faultyActivity{cfg.Stores.Activity, f}
		cfg.Stores.Alerts = faultyAlerts{cfg.Stores.Alerts, f}
	})
	return w, f
}

// A crash between any two calls of a recovery leaves the old password or the
// new one, never neither and never both; a grant that did not come to its end
// is good for the old one only; and the owner can begin again.
func TestCrashBetweenAnyTwoSteps(t *testing.T) {
	walks := map[string]func(w *world, codes []string) (grants []string, err error){
		"without a factor": func(w *world, _ []string) ([]string, error) { return w.walk(nil) },
		"with a factor": func(w *world, codes []string) ([]string, error) {
			return w.walk(func(ticket string, step accountsec.RecoveryStep) (string, error) {
				return w.guard.ProveRecoveryFactor(w.Context(), ticket, step.Pending.Token, mfa.RecoveryCode, codes[0], abroad)
			})
		},
		"with a wait": func(w *world, _ []string) ([]string, error) {
			return w.walk(func(ticket string, _ accountsec.RecoveryStep) (string, error) {
				wait, err := w.guard.DelayRecovery(w.Context(), ticket, abroad)
				if err != nil {
					return "", err
				}
				w.clock.Add(48 * time.Hour)
				return w.guard.ResumeRecovery(w.Context(), wait.Token, abroad)
			})
		},
	}
	for name, walk := range walks {
		t.Run(name, func(t *testing.T) {
			struck := 0
			for k := 0; ; k++ {
				w, f := faultyWorld(t)
				w.questions("kim")
				var codes []string
				if name != "without a factor" {
					_, codes = w.authenticator("kim")
				}
				f.after(k)
				grants, err := walk(w, codes)
				if !f.mend() {
					if err != nil {
						t.Fatalf("nothing failed, and yet: %v", err)
					}
					w.consistent(grants, true)
					break
				}
				struck++
				if w.consistent(grants, false); t.Failed() {
					t.Fatalf("at call %d, after %v", k+1, err)
				}
			}
			t.Logf("failed at each of %d calls", struck)
			if struck < 25 {
				t.Errorf("only %d calls were seen", struck)
			}
		})
	}
}

// walk recovers kim's account, by a proof where there is a second factor, and
// gives every grant that it saw.
func (w *world) walk(prove func(ticket string, step accountsec.RecoveryStep) (string, error)) (grants []string, err error) {
	ctx := w.Context()
	ticket, err := w.guard.StartRecovery(ctx, "kim@customer.example", abroad)
	if err != nil {
		return nil, err
	}
	if _, err := w.guard.Deliver(ctx); err != nil {
		return nil, err
	}
	asked, err := w.guard.ProveRecovery(ctx, ticket, w.mail.newest(), abroad)
	if err != nil {
		return nil, err
	}
	step, err := w.guard.AnswerRecovery(ctx, ticket, []string{answersTo[asked[0].Own], answersTo[asked[1].Own]}, abroad)
	if err != nil {
		return nil, err
	}
	grant := step.Grant
	if prove != nil {
		if grant, err = prove(ticket, step); err != nil {
			return nil, err
		}
	}
	_, err = w.guard.FinishRecovery(ctx, grant, otherPassword, abroad)
	return []string{grant}, err
}

// newest is the code of the newest mail.
func (m *mailbox) newest() (code string) {
	for _, msg := range m.all() {
		if msg.Code != "" {
			code = msg.Code
		}
	}
	return code
}

// consistent checks which passwords are good, and that no grant outlives the
// one that it was for.
func (w *world) consistent(grants []string, done bool) {
	w.Helper()
	ctx := w.Context()
	good := func(pw string) bool {
		_, err := w.guard.SignIn(ctx, "kim@customer.example", pw, home)
		if err != nil && !errors.Is(err, accountsec.ErrSignIn) {
			w.Error(err)
		}
		return err == nil
	}
	before, after := good(goodPassword), good(otherPassword)
	if before == after || done && !after {
		w.Errorf("old password good: %v, new: %v", before, after)
	}
	for _, grant := range grants {
		_, err := w.guard.FinishRecovery(ctx, grant, "a third pass phrase for it", abroad)
		if after && err == nil {
			w.Error("a grant was left unspent although the password was set")
		}
		if err != nil && !errors.Is(err, accountsec.ErrRecovery) {
			w.Errorf("the grant gives %v", err)
		}
	}
	if before { // the owner can begin again
		w.clock.Add(25 * time.Hour)
		if _, err := w.walk(func(ticket string, step accountsec.RecoveryStep) (string, error) {
			if step.Pending == nil {
				return step.Grant, nil
			}
			wait, err := w.guard.DelayRecovery(ctx, ticket, abroad)
			if err != nil {
				return "", err
			}
			w.clock.Add(48 * time.Hour)
			return w.guard.ResumeRecovery(ctx, wait.Token, abroad)
		}); err != nil {
			w.Errorf("begun again: %v", err)
		}
	}
}

package accountsec

import (
	"context"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// observer hands events on to the monitor. The log is made before the monitor,
// which records into the log: one of the two has to be bound late.
type observer struct{ g *Guard }

// Observe implements [activity.Observer].
func (o observer) Observe(ctx context.Context, e activity.Event) error {
	return o.g.monitor.Observe(ctx, e)
}

func (g *Guard) wireActivity() error {
	key, err := secret.DeriveKey(g.cfg.Secret, "activity cursor")
	if err != nil {
		return err
	}
	cfg := activity.Config{
		CursorKey: key, Locator: g.cfg.Locator, Observers: []activity.Observer{observer{g}},
		Types: g.cfg.EventTypes, Categories: g.cfg.EventCategories, Retention: g.cfg.Retention, SessionLife: g.cfg.SessionLife,
		MayExport: g.free(recovery.ActionExport), Now: g.cfg.Now, Logger: g.cfg.Logger,
	}
	if g.cfg.ChainLog {
		if cfg.ChainKey, err = secret.DeriveKey(g.cfg.Secret, "activity chain"); err != nil {
			return err
		}
	}
	g.log, err = activity.New(g.cfg.Stores.Activity, cfg)
	return err
}

func (g *Guard) wireDomains() error {
	if g.cfg.Hasher == nil {
		h, err := password.NewArgon2id(password.Argon2idConfig{})
		if err != nil {
			return err
		}
		g.cfg.Hasher = h
	}
	for _, wire := range []func() error{g.wireAlerts, g.wirePasswords, g.wireFactors, g.wireRecovery} {
		if err := wire(); err != nil {
			return err
		}
	}
	return nil
}

func (g *Guard) wireAlerts() (err error) {
	people := directory{g.cfg.Accounts}
	answers, linker, err := g.answerLinks()
	if err != nil {
		return err
	}
	if g.queue, err = g.newQueue(people, linker); err != nil {
		return err
	}
	g.monitor, err = alerts.New(g.cfg.Stores.Alerts, alerts.Config{
		Queue: g.queue, Recorder: g.log, AEAD: g.cfg.AEAD, Directory: people, Answers: answers,
		Policy: g.cfg.SignIns, Risk: g.cfg.Risk, Now: g.cfg.Now, Logger: g.cfg.Logger,
	})
	return err
}

// answerLinks makes what reads the links of messages, and what makes them: one
// and the same, or neither.
func (g *Guard) answerLinks() (*alerts.AnswerLinks, alerts.Linker, error) {
	if g.cfg.AnswerURL == "" {
		return nil, nil, nil
	}
	l, err := alerts.NewAnswerLinks(alerts.AnswersConfig{AEAD: g.cfg.AEAD, Sender: g.cfg.Sender, URL: g.cfg.AnswerURL, Now: g.cfg.Now})
	return l, l, err
}

func (g *Guard) wirePasswords() (err error) {
	var pepper password.AEAD
	if g.cfg.PepperPasswords {
		pepper = g.cfg.AEAD
	}
	g.passwords, err = password.New(g.cfg.Stores.Password, password.Config{
		Policy: g.cfg.Policy, Hasher: g.cfg.Hasher, Pepper: pepper, Recorder: g.log, Breach: g.cfg.Breach, BreachMode: g.cfg.BreachMode,
		BreachAtSignIn: g.cfg.BreachAtSignIn, AdviseAfter: g.cfg.AdvisePasswordAfter,
		History: g.cfg.PasswordHistory, ReportOnly: g.cfg.PolicyReportOnly, OnSet: g.onPasswordSet,
		Now: g.cfg.Now, Logger: g.cfg.Logger,
	})
	return err
}

// onPasswordSet ends what was begun or trusted under the old password, in the
// transaction that sets the new one.
func (g *Guard) onPasswordSet(ctx context.Context, account string) error {
	if err := g.recovery.End(ctx, account, activity.Client{}); err != nil {
		return err
	}
	return g.factors.RevokeDevices(ctx, account)
}

func (g *Guard) wireFactors() (err error) {
	g.factors, err = mfa.New(g.cfg.Stores.MFA, mfa.Config{
		Methods: g.cfg.Methods, AEAD: g.cfg.AEAD, Recorder: factorRecorder{g.log}, OnEnabled: g.cfg.OnFactorEnabled,
		MayEnroll: g.mayEnroll, MayRemove: g.free(recovery.ActionRemoveFactor), Now: g.cfg.Now, Logger: g.cfg.Logger,
	})
	return err
}

func (g *Guard) wireRecovery() error {
	key, err := secret.DeriveKey(g.cfg.Secret, "recovery decoy")
	if err != nil {
		return err
	}
	r := g.cfg.Recovery
	cfg := recovery.Config{
		AEAD: g.cfg.AEAD, Recorder: g.log, Codes: codeSender{g}, Channels: r.Channels, Hasher: g.cfg.Hasher, DecoyKey: key,
		MinSet: r.MinSet, Asked: r.Asked, Required: r.Required,
		Delay: r.Delay, Hold: r.Hold, Holds: r.Holds, StaleAfter: r.StaleAfter, StartsPerHour: r.StartsPerHour,
		Now: g.cfg.Now, Logger: g.cfg.Logger,
	}
	if r.CancelURL != "" {
		cfg.Announcer = announcer{g}
	}
	g.recovery, err = recovery.New(g.cfg.Stores.Recovery, cfg)
	return err
}

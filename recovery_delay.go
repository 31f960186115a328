package accountsec

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/recovery"
)

// announcer tells the owner of a wait.
type announcer struct{ g *Guard }

var _ recovery.Announcer = announcer{}

// AnnounceWait implements [recovery.Announcer]. The place is looked up as the
// log does, so that the message says where it was asked for.
func (a announcer) AnnounceWait(ctx context.Context, e activity.Event, cancel string, _ time.Time) error {
	g := a.g
	if err := g.cfg.Sender.At(g.cfg.Now()).CheckLink(g.cfg.Recovery.CancelURL); err != nil { // it was right at New
		g.cfg.Logger.ErrorContext(ctx, "accountsec: the message about a recovery that waits goes without its link: Config.Recovery.CancelURL is not on the sender's present domain")
	}
	return g.monitor.AnnounceWait(ctx, g.log.Enrich(ctx, e), g.cancelLink(cancel))
}

// codeSender sends a recovery's code by a channel.
type codeSender struct{ g *Guard }

var _ recovery.CodeSender = codeSender{}

// SendCode implements [recovery.CodeSender].
func (s codeSender) SendCode(ctx context.Context, account, channel, code string, expires time.Time) error {
	return s.g.monitor.SendCode(ctx, alerts.RecoveryCode, account, []string{channel}, code, expires)
}

// DelayRecovery is for an owner who has lost the second factor that
// [Guard.AnswerRecovery] asks for: it trades the ticket for a wait
// ([RecoveryConfig].Delay), which is announced on every channel, at every
// address that the account had within 30 days, with a link that calls it off.
// Keep Token in a cookie that scripts cannot read; it goes on with
// [Guard.ResumeRecovery]. Errors: [ErrNoDelay], [ErrRecovery].
func (g *Guard) DelayRecovery(ctx context.Context, token string, c activity.Client) (recovery.Waiting, error) {
	info, err := g.recovery.Answered(ctx, token, c)
	if err != nil {
		return recovery.Waiting{}, translate(err)
	}
	enabled, err := g.factors.Enabled(ctx, info.Account)
	if err != nil {
		return recovery.Waiting{}, err
	}
	if !enabled { // there is nothing to wait for
		return recovery.Waiting{}, ErrRecovery
	}
	w, err := g.recovery.Wait(ctx, token, c)
	return w, translate(err)
}

// DelayedRecovery looks at a recovery that waits, for its own page. Errors:
// [ErrRecovery].
func (g *Guard) DelayedRecovery(ctx context.Context, token string, c activity.Client) (recovery.Waiting, error) {
	w, err := g.recovery.Pending(ctx, token, c)
	return w, translate(err)
}

// ResumeRecovery ends a wait that is over. The grant goes into
// [Guard.FinishRecovery], which also removes the second factors that are lost.
// Errors: *recovery.WaitingError if it is not over, [ErrRecovery].
func (g *Guard) ResumeRecovery(ctx context.Context, token string, c activity.Client) (grant string, err error) {
	grant, err = g.recovery.Resume(ctx, token, c)
	return grant, translate(err)
}

// LookAtCancel is for the page behind the link that calls a recovery off, when
// it is opened. It changes nothing: mail programs open links by themselves.
// ready is when the recovery could be completed. Errors: [ErrRecovery] if there
// is none to call off any more.
func (g *Guard) LookAtCancel(ctx context.Context, token string) (ready time.Time, err error) {
	ready, err = g.recovery.LookAtCancel(ctx, token)
	return ready, translate(err)
}

// CancelByLink is for the same page when its button is pressed: it calls the
// recovery off, once. Nobody needs to be signed in for it. Errors:
// [ErrRecovery].
func (g *Guard) CancelByLink(ctx context.Context, token string, c activity.Client) error {
	_, err := g.recovery.CancelByLink(ctx, token, c)
	return translate(err)
}

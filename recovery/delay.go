package recovery

import (
	"context"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
)

// resumeFor is how long a wait that is over can be resumed.
const resumeFor = 72 * time.Hour

// Waiting is a recovery that waits in place of a second factor.
type Waiting struct {
	// Token goes on when it is over, with [Manager.Resume]: 256 random bits. It
	// is the client's binding, so keep it in a cookie that scripts cannot read,
	// and never in a link.
	Token string
	// ReadyAt is when it is over, ExpiresAt when it is too late.
	ReadyAt, ExpiresAt time.Time
}

// String keeps the token out of logs.
func (Waiting) String() string { return "[recovery waiting]" }

// GoString keeps the token out of logs.
func (Waiting) GoString() string { return "[recovery waiting]" }

// Wait trades an answered ticket for a wait of [Config].Delay, for an owner who
// has lost the second factor. It is announced on every channel with a link that
// calls it off. A newer wait takes the older one's place, and begins from the
// start. Errors: [ErrNoDelay], [ErrBadTicket].
func (m *Manager) Wait(ctx context.Context, token string, c activity.Client) (Waiting, error) {
	if m.cfg.Announcer == nil {
		return Waiting{}, ErrNoDelay
	}
	t, err := m.ticket(ctx, token, stepAnswered, c)
	if err != nil {
		return Waiting{}, err
	}
	next, cancel, now := secret.NewToken(), secret.NewToken(), m.cfg.Now()
	w := Wait{
		Hash: secret.HashToken(string(next)), Cancel: secret.HashToken(string(cancel)), Account: t.Account, Slot: t.Slot,
		Version: t.Version, StartedAt: now, ReadyAt: now.Add(m.cfg.Delay), ExpiresAt: now.Add(m.cfg.Delay + resumeFor),
	}
	if c.DeviceID != "" {
		w.Device = clientKey(c)
	}
	e := m.event(t.Account, activity.RecoveryDelayed, activity.OutcomePending, c)
	e.Detail = map[string]string{activity.DetailUntil: strconv.FormatInt(w.ReadyAt.UnixMicro(), 10)}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.Spend(ctx, t.Hash, t.Client, stepAnswered, now)); err != nil {
			return err
		}
		if err := m.store.PutWait(ctx, w); err != nil {
			return err
		}
		if err := m.cfg.Announcer.AnnounceWait(ctx, e, string(cancel), w.ReadyAt); err != nil {
			return err
		}
		return m.record(ctx, Delayed, e)
	})
	if err != nil {
		return Waiting{}, err
	}
	return Waiting{Token: string(next), ReadyAt: w.ReadyAt, ExpiresAt: w.ExpiresAt}, nil
}

// wait finds a wait by one of its tokens.
func (m *Manager) wait(ctx context.Context, token string, of func(Wait) string) (Wait, error) {
	hash := secret.HashToken(token)
	if hash == "" {
		return Wait{}, ErrBadTicket
	}
	w, err := m.store.GetWait(ctx, hash, m.cfg.Now())
	if err == nil && of(w) != hash { // the other token of the pair
		err = ErrBadTicket
	}
	return w, err
}

func goOn(w Wait) string    { return w.Hash }
func callOff(w Wait) string { return w.Cancel }

// Pending looks at a wait by its token. Errors: [ErrBadTicket].
func (m *Manager) Pending(ctx context.Context, token string, c activity.Client) (Waiting, error) {
	w, err := m.pending(ctx, token, c)
	return Waiting{Token: token, ReadyAt: w.ReadyAt, ExpiresAt: w.ExpiresAt}, err
}

func (m *Manager) pending(ctx context.Context, token string, c activity.Client) (Wait, error) {
	w, err := m.wait(ctx, token, goOn)
	if err == nil && w.Device != "" && w.Device != clientKey(c) {
		err = ErrBadTicket
	}
	return w, err
}

// Resume turns a wait that is over into a grant for the client. Errors:
// *[WaitingError] before, [ErrBadTicket].
func (m *Manager) Resume(ctx context.Context, token string, c activity.Client) (grant string, err error) {
	w, err := m.pending(ctx, token, c)
	if err != nil {
		return "", err
	}
	now, next := m.cfg.Now(), secret.NewToken()
	if now.Before(w.ReadyAt) {
		return "", &WaitingError{Until: w.ReadyAt}
	}
	t := Ticket{
		Hash: secret.HashToken(string(next)), Account: w.Account, Slot: w.Slot, Client: clientKey(c), Version: w.Version,
		Step: stepCompleted, Proof: ProofDelay, ExpiresAt: now.Add(grantFor),
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.FinishWait(ctx, w.Hash, now)); err != nil {
			return err
		}
		return m.store.PutTicket(ctx, t)
	})
	if err != nil {
		return "", err
	}
	return string(next), nil
}

// LookAtCancel tells what a cancel link would call off. It changes nothing, so
// that programs which open every link of a mail call nothing off. Errors:
// [ErrBadTicket].
func (m *Manager) LookAtCancel(ctx context.Context, cancel string) (ready time.Time, err error) {
	w, err := m.wait(ctx, cancel, callOff)
	return w.ReadyAt, err
}

// CancelByLink calls a wait off, once, and every other recovery of the account
// with it. Errors: [ErrBadTicket].
func (m *Manager) CancelByLink(ctx context.Context, cancel string, c activity.Client) (account string, err error) {
	w, err := m.wait(ctx, cancel, callOff)
	if err != nil {
		return "", err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.CancelWait(ctx, w.Cancel, m.cfg.Now())); err != nil {
			return err
		}
		if _, err := m.store.DeletePending(ctx, w.Account); err != nil {
			return err
		}
		return m.cancelled(ctx, w.Account, reasonLink, c)
	})
	if err != nil {
		return "", err
	}
	return w.Account, nil
}

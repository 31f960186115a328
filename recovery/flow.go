package recovery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/throttle"
)

const (
	codeFor        = 10 * time.Minute
	stepFor        = 15 * time.Minute // for the answers, then for the second factor
	grantFor       = 15 * time.Minute
	codeDigits     = 8
	maxCodeTries   = 5
	maxAnswerTries = 3
)

// Begin opens a ticket and sends a code by a channel, "" for the default one.
// account may be one that does not exist: everything is done alike. known says
// that the owner has signed in on c.DeviceID before, which gives the device a
// slot of its own. A newer ticket ends the older one of its slot. Errors:
// [ErrNoChannel], *[ThrottledError].
func (m *Manager) Begin(ctx context.Context, account, channel string, c activity.Client, known bool) (string, error) {
	if err := canon.CheckID(account); err != nil {
		return "", err
	}
	if channel == "" {
		channel = m.cfg.Channels[0]
	}
	if !slices.Contains(m.cfg.Channels, channel) {
		return "", ErrNoChannel
	}
	now, own := m.cfg.Now(), slot(c, known)
	if err := m.take(ctx, m.startBuckets(account, own, c, now)...); err != nil {
		return "", err
	}
	set, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return "", err
	}
	token, code := secret.NewToken(), newCode()
	t := Ticket{
		Hash: secret.HashToken(string(token)), Account: account, Slot: own, Client: clientKey(c), Channel: channel,
		Version: set.Version, Step: stepBegun, ExpiresAt: now.Add(codeFor),
	}
	if t.SealedCode, err = secret.Seal(m.cfg.AEAD, codeRow(t), []byte(code)); err != nil {
		return "", err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.PutTicket(ctx, t); err != nil {
			return err
		}
		if err := m.cfg.Codes.SendCode(ctx, account, channel, code, t.ExpiresAt); err != nil {
			return err
		}
		return m.record(ctx, Started, m.event(account, activity.RecoveryStarted, activity.OutcomePending, c))
	})
	if err != nil {
		return "", err
	}
	return string(token), nil
}

func codeRow(t Ticket) secret.Row { return secret.At("recovery.code", t.Account, t.Hash) }

// newCode draws 8 decimal digits, unbiased.
func newCode() string {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil))
	if err != nil {
		panic(err) // crypto/rand never fails since Go 1.24
	}
	return fmt.Sprintf("%0*d", codeDigits, n)
}

// clientKey is what a ticket is bound to: the device's cookie where there is
// one, else the user agent. The address is left out, for phones change it.
func clientKey(c activity.Client) string {
	s := "device|" + c.DeviceID
	if c.DeviceID == "" {
		s = "agent|" + canon.Line(c.UserAgent, 512)
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// ticket finds the client's open ticket at a step.
func (m *Manager) ticket(ctx context.Context, token, step string, c activity.Client) (Ticket, error) {
	hash := secret.HashToken(token)
	if hash == "" {
		return Ticket{}, ErrBadTicket
	}
	t, err := m.store.GetTicket(ctx, hash, m.cfg.Now())
	if err == nil && (t.Step != step || t.Client != clientKey(c)) {
		err = ErrBadTicket
	}
	return t, err
}

// ProveChannel checks the code. The right one gives the questions to answer:
// the same each time until the answers are set anew, and stable decoys where
// none are set. Errors: [ErrWrongCode], [ErrBadTicket], [ErrBlocked],
// *[ThrottledError].
func (m *Manager) ProveChannel(ctx context.Context, token, code string, c activity.Client) ([]Question, error) {
	t, err := m.ticket(ctx, token, stepBegun, c)
	if err != nil {
		return nil, err
	}
	tries := codeBuckets(t, c, m.cfg.Now())
	if err := m.take(ctx, tries...); err != nil {
		return nil, err
	}
	if err := counted(m.store.TakeCodeTry(ctx, t.Hash, maxCodeTries, m.cfg.Now())); err != nil {
		return nil, err
	}
	want, err := secret.Open(m.cfg.AEAD, codeRow(t), t.SealedCode)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(canonicalDigits(code)), want) != 1 {
		m.note(ctx, WrongCode, m.event(t.Account, activity.RecoveryChannelFailed, activity.OutcomeFailure, c))
		return nil, ErrWrongCode
	}
	// Whoever blocks the account deletes its tickets: after this look the ticket
	// is either from before, and gone, or its owner is told.
	state, err := m.store.GetState(ctx, t.Account)
	if err != nil {
		return nil, err
	}
	if state.BlockedUntil.After(m.cfg.Now()) {
		m.note(ctx, Refused, m.event(t.Account, activity.RecoveryFailed, activity.OutcomeDenied, c))
		return nil, ErrBlocked
	}
	asked, err := m.askFor(ctx, t)
	if err != nil {
		return nil, err
	}
	err = m.advance(ctx, t, stepBegun, stepProved, Proved, m.event(t.Account, activity.RecoveryChannelProved, activity.OutcomeSuccess, c), tries...)
	if err != nil {
		return nil, err
	}
	return asked.questions, nil
}

// canonicalDigits takes spaces out of a short text.
func canonicalDigits(code string) string {
	if len(code) > 4*codeDigits {
		return ""
	}
	out := make([]byte, 0, len(code))
	for i := range len(code) {
		if code[i] != ' ' {
			out = append(out, code[i])
		}
	}
	return string(out)
}

// counted turns a lost count into an exhausted ticket.
func counted(took bool, err error) error {
	if err == nil && !took {
		err = ErrBadTicket
	}
	return err
}

// advance wins a step, records it and settles the attempts, in one transaction.
func (m *Manager) advance(ctx context.Context, t Ticket, from, to string, o Outcome, e activity.Event, settle ...throttle.Bucket) error {
	now := m.cfg.Now()
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.Advance(ctx, t.Hash, from, to, now.Add(stepFor), now)); err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, m.store, settle...); err != nil {
			return err
		}
		return m.record(ctx, o, e)
	})
}

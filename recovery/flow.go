package recovery

import (
	"cmp"
	"context"
	"crypto/hmac"
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

// Begin opens a ticket and sends a code. account may be one that does not
// exist: everything is done alike. known says that the owner has signed in on
// c.DeviceID before, which gives the device a slot of its own. A newer ticket
// ends the older one of its slot. Errors: *[ThrottledError].
func (m *Manager) Begin(ctx context.Context, account string, c activity.Client, known bool) (string, error) {
	if err := canon.CheckID(account); err != nil {
		return "", err
	}
	own := slot(c, known)
	if err := m.take(ctx, startBuckets(account, own, c)...); err != nil {
		return "", err
	}
	token, code := secret.NewToken(), newCode()
	t := Ticket{Hash: secret.HashToken(string(token)), Account: account, Slot: own, Client: clientKey(c), Step: stepBegun, ExpiresAt: m.cfg.Now().Add(codeFor)}
	var err error
	if t.SealedCode, err = secret.Seal(m.cfg.AEAD, codeRow(t), []byte(code)); err != nil {
		return "", err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.store.PutTicket(ctx, t); err != nil {
			return err
		}
		if err := m.cfg.Recorder.Record(ctx, m.event(account, activity.RecoveryStarted, activity.OutcomePending, c)); err != nil {
			return err
		}
		return m.cfg.Codes.SendCode(ctx, account, code, t.ExpiresAt)
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
// none are set. Errors: [ErrWrongCode], [ErrBadTicket], *[ThrottledError].
func (m *Manager) ProveChannel(ctx context.Context, token, code string, c activity.Client) ([]Question, error) {
	t, err := m.ticket(ctx, token, stepBegun, c)
	if err != nil {
		return nil, err
	}
	if err := m.take(ctx, codeBucket(t)); err != nil {
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
		m.note(ctx, m.event(t.Account, activity.RecoveryChannelFailed, activity.OutcomeFailure, c))
		return nil, ErrWrongCode
	}
	asked, err := m.ask(ctx, t.Account)
	if err != nil {
		return nil, err
	}
	err = m.advance(ctx, t, stepBegun, stepProved, m.event(t.Account, activity.RecoveryChannelProved, activity.OutcomeSuccess, c), codeBucket(t))
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
func (m *Manager) advance(ctx context.Context, t Ticket, from, to string, e activity.Event, settle ...throttle.Bucket) error {
	now := m.cfg.Now()
	return m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.Advance(ctx, t.Hash, from, to, now.Add(stepFor), now)); err != nil {
			return err
		}
		if err := throttle.Succeed(ctx, m.store, settle...); err != nil {
			return err
		}
		return m.cfg.Recorder.Record(ctx, e)
	})
}

// asked is what an account is asked. Decoys have questions and no answers.
type asked struct {
	version   int64
	questions []Question
	answers   []StoredAnswer
}

// ask chooses the questions by a keyed hash of the account and the version, so
// that a new ticket does not draw easier ones.
func (m *Manager) ask(ctx context.Context, account string) (asked, error) {
	set, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return asked{}, err
	}
	a := asked{version: set.Version}
	if len(set.List) < m.cfg.Asked {
		for _, i := range m.draw(account, 0, len(catalogue)) {
			a.questions = append(a.questions, catalogue[i])
		}
		return a, nil
	}
	for _, i := range m.draw(account, set.Version, len(set.List)) {
		q, err := m.question(account, set.List[i])
		if err != nil {
			return asked{}, err
		}
		a.questions = append(a.questions, q)
		a.answers = append(a.answers, set.List[i])
	}
	return a, nil
}

// draw gives Asked of the numbers below n, the same for the same input.
func (m *Manager) draw(account string, version int64, n int) []int {
	order := make([]int, n)
	rank := make([]string, n)
	for i := range order {
		mac := hmac.New(sha256.New, m.cfg.DecoyKey)
		fmt.Fprintf(mac, "accountsec/v1|recovery.draw|%d|%s|%d|%d", len(account), account, version, i)
		order[i], rank[i] = i, string(mac.Sum(nil))
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
	return order[:min(n, m.cfg.Asked)]
}

// Answer checks the answers, in the order of the questions. It always costs
// the same number of hashes, and never tells which answer was wrong. Errors:
// [ErrWrongAnswers], [ErrBadTicket], *[ThrottledError].
func (m *Manager) Answer(ctx context.Context, token string, answers []string, c activity.Client) error {
	t, err := m.ticket(ctx, token, stepProved, c)
	if err != nil {
		return err
	}
	if err := m.take(ctx, answerBucket(t)); err != nil {
		return err
	}
	if err := counted(m.store.TakeAnswerTry(ctx, t.Hash, maxAnswerTries, m.cfg.Now())); err != nil {
		return err
	}
	a, err := m.ask(ctx, t.Account)
	if err != nil {
		return err
	}
	right, err := m.compare(ctx, t.Account, a, answers)
	if err != nil {
		return err
	}
	if right < m.cfg.Required {
		m.note(ctx, m.event(t.Account, activity.RecoveryFailed, activity.OutcomeFailure, c))
		return ErrWrongAnswers
	}
	return m.advance(ctx, t, stepProved, stepAnswered, m.event(t.Account, activity.RecoveryAnswered, activity.OutcomeSuccess, c), answerBucket(t))
}

// compare counts the right answers, with Asked hashes whatever is stored and
// given.
func (m *Manager) compare(ctx context.Context, account string, a asked, answers []string) (right int, err error) {
	for i := range m.cfg.Asked {
		given, hash := "", m.dummy
		if i < len(answers) {
			given = normalize(answers[i])
		}
		if i < len(a.answers) {
			raw, err := secret.Open(m.cfg.AEAD, answerRow(account, a.answers[i].Question, a.version), a.answers[i].SealedHash)
			if err != nil {
				return 0, err
			}
			hash = string(raw)
		}
		ok, _, err := m.cfg.Hasher.Verify(ctx, hash, given)
		if err != nil {
			return 0, err
		}
		if ok && given != "" {
			right++
		}
	}
	return right, nil
}

// Info tells whose ticket or grant it is, and how far it came.
type Info struct{ Account, Step string }

// State looks at an open ticket. Errors: [ErrBadTicket].
func (m *Manager) State(ctx context.Context, token string) (Info, error) {
	hash := secret.HashToken(token)
	if hash == "" {
		return Info{}, ErrBadTicket
	}
	t, err := m.store.GetTicket(ctx, hash, m.cfg.Now())
	return Info{t.Account, t.Step}, err
}

// Grant looks at a grant without spending it. Errors: [ErrBadTicket].
func (m *Manager) Grant(ctx context.Context, grant string, c activity.Client) (Info, error) {
	t, err := m.ticket(ctx, grant, stepCompleted, c)
	return Info{t.Account, t.Step}, err
}

// Complete turns an answered ticket into a grant. Where the account has a
// second factor, the caller has proved it first. Errors: [ErrBadTicket].
func (m *Manager) Complete(ctx context.Context, token string, c activity.Client) (grant string, err error) {
	t, err := m.ticket(ctx, token, stepAnswered, c)
	if err != nil {
		return "", err
	}
	now, next := m.cfg.Now(), secret.NewToken()
	if err := counted(m.store.Complete(ctx, t.Hash, secret.HashToken(string(next)), now.Add(grantFor), now)); err != nil {
		return "", err
	}
	return string(next), nil
}

// Redeem spends a grant, in the transaction that ctx carries, and records the
// recovery. Errors: [ErrBadTicket].
func (m *Manager) Redeem(ctx context.Context, grant string, c activity.Client) (account string, err error) {
	t, err := m.ticket(ctx, grant, stepCompleted, c)
	if err != nil {
		return "", err
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := counted(m.store.Spend(ctx, t.Hash, t.Client, m.cfg.Now())); err != nil {
			return err
		}
		return m.cfg.Recorder.Record(ctx, m.event(t.Account, activity.RecoveryCompleted, activity.OutcomeSuccess, c))
	})
	return t.Account, err
}

package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// Name is the method's name.
const Name = "sms"

// Method is an [mfa.Method]. Safe for concurrent use. [Method.Close] ends it.
type Method struct {
	store            Store
	cfg              Config
	countries        map[string]bool
	nameKey, codeKey []byte
	box              *outbox
}

var (
	_ mfa.Method = (*Method)(nil)
	_ mfa.Keeper = (*Method)(nil)
)

// New checks the configuration; it does not touch the store and sends nothing.
func New(store Store, cfg Config) (*Method, error) {
	if store == nil {
		return nil, errors.New("sms: a store is required")
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	m := &Method{store: store, cfg: cfg.withDefaults(), countries: map[string]bool{}}
	for _, country := range cfg.Countries {
		m.countries[country] = true
	}
	if len(cfg.Countries) == 0 {
		m.countries[cfg.Region] = true
	}
	var err error
	if m.nameKey, err = secret.DeriveKey(cfg.Key, "mfa.sms names"); err != nil {
		return nil, err
	}
	if m.codeKey, err = secret.DeriveKey(cfg.Key, "mfa.sms codes"); err != nil {
		return nil, err
	}
	m.box = newOutbox(m.cfg.MaxInFlight)
	return m, nil
}

// String tells no key.
func (*Method) String() string { return "[sms method]" }

// Format keeps every verb redacted.
func (m *Method) Format(f fmt.State, _ rune) { fmt.Fprint(f, m.String()) } //nolint:errcheck

// Info implements [mfa.Method].
func (*Method) Info() mfa.Info { return mfa.Info{Name: Name, Guessable: true, Restricted: true} }

// Sent is what a page shows after Enroll and Challenge.
type Sent struct {
	// Number is the number, masked: "010-****-5678".
	Number string
	// ExpiresAt is when the code ends.
	ExpiresAt time.Time
	// ResendAt is when another message may be asked for.
	ResendAt time.Time
}

// String is redacted.
func (Sent) String() string { return "[sms sent]" }

// Format keeps every verb redacted.
func (s Sent) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck

// LogValue is redacted.
func (s Sent) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Enroll implements [mfa.Method]: it sends a code to the number that is
// Subject.Label, and shows a [Sent]. Errors: [ErrNumber], [ErrCountry],
// [ErrNumberType], [ErrEnrolled], [ErrBusy], *[LimitError]; with all of them
// nothing was sent.
func (m *Method) Enroll(ctx context.Context, s mfa.Subject) (mfa.Begun, error) {
	n, err := m.parseNumber(s.Label)
	if err != nil {
		return mfa.Begun{}, err
	}
	for _, other := range s.Others {
		st, err := parseState(other.State)
		if err != nil {
			return mfa.Begun{}, err
		}
		if st.Number == n.e164 {
			return mfa.Begun{}, ErrEnrolled
		}
	}
	return m.begin(ctx, enrolment, s, n)
}

// Confirm implements [mfa.Method].
func (m *Method) Confirm(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	st, err := parseState(a.State)
	if err != nil || !m.right(a, st.Number, st.Code) {
		return mfa.Verdict{}, err
	}
	m.verified(ctx, enrolment, a, st.Number, st.Code)
	data, err := json.Marshal(state{Number: st.Number})
	return mfa.Verdict{OK: err == nil, State: data}, err
}

// Challenge implements [mfa.Method]: it sends a new code, and shows a [Sent];
// the one before ends. Errors: [ErrCountry] and [ErrNumberType] if the
// configuration no longer allows the number, [ErrBusy], *[LimitError]; with all
// of them nothing was sent, and the code before stays good.
func (m *Method) Challenge(ctx context.Context, s mfa.Subject) (mfa.Begun, error) {
	st, err := parseState(s.State)
	if err != nil {
		return mfa.Begun{}, err
	}
	n, err := m.parseNumber(st.Number)
	if err != nil {
		return mfa.Begun{}, err
	}
	return m.begin(ctx, challenge, s, n)
}

// Verify implements [mfa.Method].
func (m *Method) Verify(ctx context.Context, a mfa.Answer) (mfa.Verdict, error) {
	st, err := parseState(a.State)
	if err != nil || a.Challenge == nil {
		return mfa.Verdict{}, err
	}
	asked, err := parseState(a.Challenge)
	if err != nil || !m.right(a, st.Number, asked.Code) {
		return mfa.Verdict{}, err
	}
	m.verified(ctx, challenge, a, st.Number, asked.Code)
	return mfa.Verdict{OK: true}, nil
}

// delivery is a message on its way.
type delivery struct {
	id      string
	to      number
	text    string
	budgets []budget
}

// begin takes the message from its budgets and sends it.
func (m *Method) begin(ctx context.Context, k kind, s mfa.Subject, n number) (mfa.Begun, error) {
	lang := ""
	if m.cfg.Lang != nil {
		lang = m.cfg.Lang(ctx, s.Account)
	}
	code := newCode()
	text, segments := m.text(m.lang(lang, n.country), n.country, code)
	p := m.newPending(s, n, code)
	data, err := json.Marshal(state{Number: n.e164, Code: &p})
	if err != nil {
		return mfa.Begun{}, fmt.Errorf("sms: %w", err)
	}
	d := delivery{id: p.ID, to: n, text: text, budgets: m.budgets(k, s, n, segments)}
	if err := m.dispatch(ctx, d, s.Now); err != nil {
		return mfa.Begun{}, err
	}
	return mfa.Begun{State: data, Show: Sent{
		Number: n.masked, ExpiresAt: s.Now.Add(Lifetime), ResendAt: s.Now.Add(m.cfg.Limits.Resend),
	}}, nil
}

func (m *Method) dispatch(ctx context.Context, d delivery, now time.Time) error {
	if !m.box.enter() {
		return ErrBusy
	}
	sending := false
	defer func() { // also if a store or a hook panics: the place is not lost
		if !sending {
			m.box.leave()
		}
	}()
	refusal, err := m.store.Spend(ctx, quotas(d.budgets), now)
	if err != nil {
		return err
	}
	if refusal != (Refusal{}) {
		return m.refused(ctx, refusal, d.budgets, now)
	}
	sending = true
	m.send(ctx, d)
	return nil
}

// verified gives the breaker its credit and ends the wait for the next
// message, once for each code: however often a right code is judged, the
// Manager accepts it once. What it writes names no account: that may be erased by
// now.
func (m *Method) verified(ctx context.Context, k kind, a mfa.Answer, e164 string, p *pending) {
	var back []Quota
	for _, b := range m.budgets(k, a.Subject, number{e164: e164, country: p.Country}, 1) {
		switch b.scope {
		case ScopeUnverified:
			b.Cost = credit
			back = append(back, b.Quota)
		case "resend":
			b.Account = ""
			back = append(back, b.Quota)
		}
	}
	once := Quota{Name: "verified|" + p.ID, Cost: 1, Limit: 1, Window: 2 * Lifetime}
	if _, err := m.store.Return(ctx, once, back, a.Now); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "sms: a verified code was not counted", "error", err)
	}
}

// failed logs what the sender could not send. If it certainly was not sent, the
// shop's own budgets get it back. The customer's do not: what fails for him can
// be asked for as often as what does not. What it writes names no account: that
// may be erased by now.
func (m *Method) failed(ctx context.Context, d delivery, err error) {
	var known interface{ Unsent() bool }
	unsent := errors.As(err, &known) && known.Unsent()
	m.cfg.Logger.ErrorContext(ctx, "sms: a message failed", "country", d.to.country, "unsent", unsent, "error", redact(err))
	if !unsent {
		return
	}
	var back []Quota
	for _, b := range d.budgets {
		if b.shared {
			back = append(back, b.Quota)
		}
	}
	once := Quota{Name: "unsent|" + d.id, Cost: 1, Limit: 1, Window: 2 * Lifetime}
	if _, err := m.store.Return(ctx, once, back, m.cfg.Now()); err != nil {
		m.cfg.Logger.ErrorContext(ctx, "sms: an unsent message stays counted", "error", err)
	}
}

// Migrate makes or updates the tables of a store that has some. The facade calls
// it with the rest.
func (m *Method) Migrate(ctx context.Context) error {
	if s, ok := m.store.(interface{ Migrate(context.Context) error }); ok {
		return s.Migrate(ctx)
	}
	return nil
}

// DeleteAccount implements [mfa.Keeper]: it erases what is counted for the
// account. What its number and networks used stays until it is forgotten, within
// a day, under keyed hashes.
func (m *Method) DeleteAccount(ctx context.Context, account string) error {
	return m.store.DeleteAccount(ctx, account)
}

// Purge implements [mfa.Keeper]: it deletes what is forgotten, and says how many
// rows. Nothing depends on it but space.
func (m *Method) Purge(ctx context.Context) (int64, error) {
	return m.store.Purge(ctx, m.cfg.Now())
}

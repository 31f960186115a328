package alerts

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

// AnswerPurpose is what a link says.
type AnswerPurpose string

// The purposes. A link is good for its own and no other.
const (
	// AnswerMine: it was the owner.
	AnswerMine AnswerPurpose = "mine"
	// AnswerNotMine: it was not.
	AnswerNotMine AnswerPurpose = "not_mine"
	// AnswerMute: no more messages of these kinds on this channel.
	AnswerMute AnswerPurpose = "mute"
)

// Answer is what a link stands for.
type Answer struct {
	Purpose AnswerPurpose `json:"p"`
	Account string        `json:"a"`
	// Alert is the alert's id, Event that of what it is about in the activity log.
	Alert string `json:"i"`
	Event string `json:"e,omitempty"`
	// Kinds are the alert's; the first names it. A message about a sign-in has
	// several: only all of them keep the next one like it away.
	Kinds []Kind `json:"k"`
	// Channel is the one that the message came by.
	Channel string `json:"c"`
	// Expires is in whole seconds since 1970.
	Expires int64 `json:"x"`
}

const (
	// answersFor is how long links work by default, from when it happened.
	answersFor = 7 * 24 * time.Hour
	maxAnswers = 30 * 24 * time.Hour
	// answerParam is the query parameter that holds the token.
	answerParam = "?t="
)

// AnswersConfig configures [AnswerLinks].
type AnswersConfig struct {
	// AEAD seals the links: nothing can be read from one. Required.
	AEAD AEAD
	// Sender is who messages come from. Required.
	Sender Sender
	// URL is the page that links lead to, on the sender's domain and without a
	// query. Where Sender has a [Change], it is on the domain of the day: on that of
	// Old until its At, on either one's until its Until. Required.
	URL string
	// TTL is how long links work, counted from what the alert is about, at most 30
	// days. Defaults to 7 days.
	TTL time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// AnswerLinks makes links that answer an alert with one click, and reads them.
// A link is an AEAD's ciphertext: nobody makes one, changes one or sees whose it
// is. It keeps nothing; that an answer counts once is [Monitor.Spend]'s part. Safe
// for concurrent use.
type AnswerLinks struct{ cfg AnswersConfig }

var _ Linker = (*AnswerLinks)(nil)

// NewAnswerLinks makes links by the configuration.
func NewAnswerLinks(cfg AnswersConfig) (*AnswerLinks, error) {
	if err := secret.CheckAEAD(cfg.AEAD); err != nil {
		return nil, err
	}
	if err := cfg.Sender.Validate(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	// Messages of today take no link to the domain of tomorrow.
	if s := cfg.Sender.At(cfg.Now()); s.CheckLink(cfg.URL) != nil || strings.ContainsAny(cfg.URL, "?#") {
		return nil, fmt.Errorf("%w: AnswersConfig.URL must be a page of %s over HTTPS, without a query", ErrSender, s.Domain)
	}
	if cfg.TTL == 0 {
		cfg.TTL = answersFor
	}
	if cfg.TTL < time.Minute || cfg.TTL > maxAnswers {
		return nil, fmt.Errorf("alerts: AnswersConfig.TTL is %v, not a minute to %v", cfg.TTL, maxAnswers)
	}
	return &AnswerLinks{cfg}, nil
}

// answerRow is what links are sealed under. It is the same under every domain:
// links of before a change of the sender still work.
var answerRow = secret.At("alerts.answer")

// Links implements [Linker]. An alert that is too old, or an account whose id
// makes a link longer than a message may hold, has none. It fails where the
// message is of a day on which its sender had another domain than the URL's: it
// would leave the links out.
func (l *AnswerLinks) Links(d Delivery, a Alert) (Links, error) {
	expires := a.At.Add(l.cfg.TTL).Unix()
	if expires <= l.cfg.Now().Unix() || d.Kind.carriesCode() {
		return Links{}, nil
	}
	if err := l.cfg.Sender.At(Message{CreatedAt: d.CreatedAt, Alert: a}.made()).CheckLink(l.cfg.URL); err != nil {
		return Links{}, fmt.Errorf("%w: AnswersConfig.URL %w", ErrSender, err)
	}
	mine, notMine := answerable(a.Kind)
	var out Links
	for _, w := range []struct {
		purpose AnswerPurpose
		wanted  bool
		to      *Private
	}{
		{AnswerMine, mine && a.Event != "", &out.Mine}, {AnswerNotMine, notMine && a.Event != "", &out.NotMine},
		{AnswerMute, mayMute(a.Kind), &out.Mute},
	} {
		if !w.wanted {
			continue
		}
		answer := Answer{w.purpose, a.Account, a.ID, a.Event, []Kind{a.Kind}, d.Channel, expires}
		if w.purpose == AnswerMute {
			answer.Event, answer.Kinds = "", muted(a)
		}
		link, err := l.link(answer)
		if err != nil {
			return Links{}, err
		}
		if len(link) <= maxLink {
			*w.to = link
		}
	}
	return out, nil
}

func (l *AnswerLinks) link(a Answer) (Private, error) {
	plain, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("alerts: answer links: %w", err)
	}
	sealed, err := secret.Seal(l.cfg.AEAD, answerRow, plain)
	if err != nil {
		return "", err
	}
	return Private(l.cfg.URL + answerParam + base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// Read gives what a token stands for, and changes nothing. Whatever is wrong with
// it is [ErrAnswer]. A token of any length costs no more than a link's.
func (l *AnswerLinks) Read(token string) (Answer, error) {
	if token == "" || len(token) > maxLink {
		return Answer{}, ErrAnswer
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") { // which the decoder skips
		return Answer{}, ErrAnswer
	}
	plain, err := secret.Open(l.cfg.AEAD, answerRow, sealed)
	if err != nil {
		return Answer{}, ErrAnswer
	}
	var a Answer
	if json.Unmarshal(plain, &a) != nil || a.check() != nil || a.Expires <= l.cfg.Now().Unix() {
		return Answer{}, ErrAnswer
	}
	return a, nil
}

// check refuses what this version would not have made.
func (a Answer) check() error {
	ok := canon.CheckID(a.Account) == nil && canon.CheckID(a.Alert) == nil && channelName.MatchString(a.Channel) && len(a.Kinds) > 0
	for _, k := range a.Kinds {
		_, known := k.Info()
		ok = ok && known && (a.Purpose != AnswerMute || mayMute(k))
	}
	if !ok {
		return ErrAnswer
	}
	mine, notMine := answerable(a.Kinds[0])
	event := canon.CheckID(a.Event) == nil
	if a.Purpose == AnswerMine && mine && event || a.Purpose == AnswerNotMine && notMine && event || a.Purpose == AnswerMute {
		return nil
	}
	return ErrAnswer
}

// answerable tells which answers an alert of the kind has. "This was me" is said
// of sign-ins. Of what failed there is nothing to take back: whoever guesses, or
// begins a recovery, has got nowhere, and a lock would be their success.
func answerable(k Kind) (mine, notMine bool) {
	switch k {
	case NewDevice, NewCountry, NewRegion, ImpossibleTravel, Anonymised, GuessedIn, StuffingHit, OverseasAttempt, SignInRefused:
		return true, true
	case FailedBurst, RecoveryStarted, RecoveryAttempted, RecoveryDelayed, RecoveryCancelled, Disowned:
		return false, false
	}
	_, known := k.Info()
	return false, known
}

func mayMute(k Kind) bool {
	info, ok := k.Info()
	return ok && !info.Mandatory
}

// muted lists the kinds that an alert goes by and that may be muted.
func muted(a Alert) []Kind {
	out := []Kind{a.Kind}
	if mine, _ := answerable(a.Kind); !mine {
		return out
	}
	for _, r := range a.Reasons {
		if k := kindOf(r); mayMute(k) && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// ReadAnswer gives what a link's token stands for, and changes nothing. Errors:
// [ErrAnswer], whatever is wrong with it.
func (m *Monitor) ReadAnswer(_ context.Context, token string) (Answer, error) {
	if m.cfg.Answers == nil {
		return Answer{}, ErrAnswer
	}
	return m.cfg.Answers.Read(token)
}

// Spend counts an answer that [Monitor.ReadAnswer] gave, once for the alert
// whatever channels it went by. "Not me" may follow "me", never the other way
// round. To mute may be said again. Call it in the transaction of what follows.
// Errors: [ErrAnswer] if it is spent, the store's.
func (m *Monitor) Spend(ctx context.Context, a Answer) error {
	if a.Purpose == AnswerMute {
		return nil
	}
	keys := []AnswerPurpose{a.Purpose}
	if a.Purpose == AnswerNotMine {
		keys = append(keys, AnswerMine)
	}
	for i, purpose := range keys {
		won, err := m.store.SpendAnswer(ctx, a.Account, string(purpose)+"|"+a.Alert, time.Unix(a.Expires, 0), m.cfg.Now())
		if err != nil {
			return fmt.Errorf("alerts: spend an answer: %w", err)
		}
		if !won && i == 0 {
			return ErrAnswer
		}
	}
	return nil
}

// String tells neither whose answer it is nor of what.
func (a Answer) String() string { return "[answer " + string(a.Purpose) + "]" }

package alerts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret"
)

const (
	// MinPhrase and MaxPhrase bound a phrase, in code points.
	MinPhrase, MaxPhrase = 2, 64
	maxPhraseBytes       = MaxPhrase * utf8.UTFMax
)

func ownPhraseRow(account string) secret.Row { return secret.At("alerts.own_phrase", account) }

// SetPhrase sets what the owner recognises the shop's messages by: a phrase of
// [MinPhrase] to [MaxPhrase] characters on one line, which stands in every
// message on channels that only the owner reads, and in none to an address that
// was replaced. "" takes it away. It is kept sealed. The change is recorded, and the alert about it still has the old one:
// who reads it sees that it was the owner's. client is who changes it. Errors:
// [ErrPhrase]; without Config.AEAD; the store's, the directory's and the
// recorder's, after which nothing has changed on stores with transactions.
func (m *Monitor) SetPhrase(ctx context.Context, account, phrase string, client activity.Client) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("alerts: account: %w", err)
	}
	if m.cfg.AEAD == nil {
		return errors.New("alerts: set phrase: Config.AEAD is needed to keep one")
	}
	phrase, err := cleanPhrase(phrase)
	if err != nil {
		return err
	}
	if err := m.checkOwn(ctx, account, phrase); err != nil {
		return err
	}
	var sealed []byte
	if phrase != "" {
		if sealed, err = secret.Seal(m.cfg.AEAD, ownPhraseRow(account), []byte(phrase)); err != nil {
			return err
		}
	}
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		if err := m.recordSettings(ctx, account, client, nil); err != nil { // first: the alert has the old phrase
			return err
		}
		return m.store.PutPhrase(ctx, account, sealed, m.cfg.Now())
	})
	if err != nil {
		return fmt.Errorf("alerts: set phrase: %w", err)
	}
	return nil
}

// Phrase gives the account's phrase, for its owner; "" if there is none.
func (m *Monitor) Phrase(ctx context.Context, account string) (Private, error) {
	if err := canon.CheckID(account); err != nil {
		return "", fmt.Errorf("alerts: account: %w", err)
	}
	_, sealed, err := m.store.Preferences(ctx, account)
	if err != nil {
		return "", fmt.Errorf("alerts: phrase: %w", err)
	}
	return m.openPhrase(account, sealed)
}

func (m *Monitor) openPhrase(account string, sealed []byte) (Private, error) {
	if len(sealed) == 0 || m.cfg.AEAD == nil {
		return "", nil
	}
	phrase, err := secret.Open(m.cfg.AEAD, ownPhraseRow(account), sealed)
	return Private(phrase), err
}

// phraseFor is the phrase of a message. One that does not open keeps nobody
// from being told.
func (m *Monitor) phraseFor(ctx context.Context, account string, c chosen) Private {
	phrase, err := m.openPhrase(account, c.phrase)
	if err != nil {
		m.cfg.Logger.ErrorContext(ctx, "alerts: a phrase does not open", "account", account)
		return ""
	}
	return phrase
}

// cleanPhrase is the phrase in its one form; "" stays.
func cleanPhrase(s string) (string, error) {
	if len(s) > 4*maxPhraseBytes { // bounds the cost of normalising
		return "", fmt.Errorf("%w: more than %d characters", ErrPhrase, MaxPhrase)
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	if s == "" {
		return "", nil
	}
	visible := 0
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.IsMark(r) && !blank(r) {
			visible++
		}
	}
	switch n := utf8.RuneCountInString(s); {
	case canon.Line(s, maxPhraseBytes) != s:
		return "", fmt.Errorf("%w: not one line of visible characters, or more than %d", ErrPhrase, MaxPhrase)
	case n < MinPhrase || n > MaxPhrase || visible < MinPhrase:
		return "", fmt.Errorf("%w: not %d to %d characters", ErrPhrase, MinPhrase, MaxPhrase)
	case plain(s) != s:
		return "", fmt.Errorf("%w: reads as a link", ErrPhrase)
	}
	return s, nil
}

// blank tells the letters and symbols that look like nothing: Hangul fillers and
// the empty Braille pattern.
func blank(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return true
	}
	return false
}

// checkOwn refuses what stands in the message anyway, or is known to whoever
// knows the owner.
func (m *Monitor) checkOwn(ctx context.Context, account, phrase string) error {
	if phrase == "" || m.cfg.Directory == nil {
		return nil
	}
	r, err := m.cfg.Directory.Recipient(ctx, account)
	if err != nil && !errors.Is(err, ErrNoRecipient) {
		return fmt.Errorf("alerts: set phrase: %w", err)
	}
	local, _, _ := strings.Cut(r.Email, "@")
	for _, known := range []string{account, r.Name, r.Email, local, r.Phone} {
		if known != "" && squeeze(known) == squeeze(phrase) {
			return fmt.Errorf("%w: it is the owner's own name or address", ErrPhrase)
		}
	}
	return nil
}

// squeeze is a text without what people leave out or add.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return -1
		}
		return r
	}, canon.Key(s))
}

// ResealPhrases encrypts the phrases anew under the AEAD's primary key. It may
// be cut off and started again. A phrase that does not open is left as it is; the
// rest is done, and then the error is [ErrSealed] with their number.
func (m *Monitor) ResealPhrases(ctx context.Context) error {
	if m.cfg.AEAD == nil {
		return nil
	}
	type phrase struct {
		account string
		sealed  []byte
	}
	_, err := secret.ResealAll("phrases", func(after phrase) ([]phrase, error) {
		account, sealed, found, err := m.store.NextPhrase(ctx, after.account)
		if err != nil || !found {
			return nil, err
		}
		return []phrase{{account, sealed}}, nil
	}, func(p phrase) (bool, error) {
		sealed, err := secret.Again(m.cfg.AEAD, ownPhraseRow(p.account), p.sealed)
		if err != nil {
			return false, err
		}
		return m.store.SwapPhrase(ctx, p.account, p.sealed, sealed) // lost: set anew
	})
	if err != nil {
		return fmt.Errorf("alerts: reseal phrases: %w", err)
	}
	return nil
}

// SendCode queues a one-time code for the account's owner, in the transaction
// that ctx carries, with the owner's phrase and in the owner's language. The work
// is the same for every account, those that do not exist included. channels nil
// is all of the queue's for codes. Errors: [ErrAttempt], [ErrNoChannel], the
// store's.
func (m *Monitor) SendCode(ctx context.Context, kind Kind, account string, channels []string, code string, expires time.Time) error {
	if err := canon.CheckID(account); err != nil {
		return fmt.Errorf("%w: account: %w", ErrAttempt, err)
	}
	c, err := m.chosen(ctx, account)
	if err != nil {
		return err
	}
	return m.cfg.Queue.SendCode(ctx, CodeMessage{
		Kind: kind, Account: account, Channels: channels, Code: code, Expires: expires,
		Phrase: m.phraseFor(ctx, account, c), Lang: c.Lang,
	})
}

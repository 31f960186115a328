package recovery

import (
	"context"
	"fmt"

	"example.com/accountsec/internal/secret"
)

// sealedAnswer is an answer on its way to being sealed anew.
type sealedAnswer struct {
	account string
	version int64
	place   int
	StoredAnswer
}

// Reseal encrypts every account's answers anew under the AEAD's primary key,
// account by account. It may be cut off and started again, and runs beside
// everything else: answers that were set meanwhile are under the new key.
// Codes and tickets live for minutes and are left alone. An answer that does not
// open is left as it is; the rest is done, and then the error says how many.
func (m *Manager) Reseal(ctx context.Context) error {
	_, err := secret.ResealAll("answers",
		func(after sealedAnswer) ([]sealedAnswer, error) { return m.answersAfter(ctx, after.account) },
		func(a sealedAnswer) (bool, error) { return m.reseal(ctx, a) })
	if err != nil {
		return fmt.Errorf("recovery: reseal: %w", err)
	}
	return nil
}

// answersAfter gives those of the next account that has some.
func (m *Manager) answersAfter(ctx context.Context, account string) ([]sealedAnswer, error) {
	for {
		next, err := m.store.NextAccount(ctx, account)
		if err != nil || next == "" {
			return nil, err
		}
		set, err := m.store.GetAnswers(ctx, next)
		if err != nil {
			return nil, err
		}
		var out []sealedAnswer
		for place, a := range set.List {
			out = append(out, sealedAnswer{next, set.Version, place, a})
		}
		if account = next; len(out) > 0 { // else they were deleted meanwhile
			return out, nil
		}
	}
}

func (m *Manager) reseal(ctx context.Context, a sealedAnswer) (bool, error) {
	sealed := a.StoredAnswer
	var err error
	if sealed.SealedHash, err = secret.Again(m.cfg.AEAD, answerRow(a.account, a.Question, a.version), a.SealedHash); err != nil {
		return false, err
	}
	if a.SealedText != nil {
		if sealed.SealedText, err = secret.Again(m.cfg.AEAD, textRow(a.account, a.Question), a.SealedText); err != nil {
			return false, err
		}
	}
	return m.store.SwapAnswer(ctx, a.account, a.place, a.StoredAnswer, sealed) // lost: it was set anew
}

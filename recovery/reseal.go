package recovery

import (
	"context"

	"example.com/accountsec/internal/secret"
)

// Reseal encrypts every account's answers anew under the AEAD's primary key,
// account by account. It may be cut off and started again, and runs beside
// everything else: answers that were set meanwhile are under the new key.
// Codes and tickets live for minutes and are left alone.
func (m *Manager) Reseal(ctx context.Context) error {
	account := ""
	for {
		next, err := m.store.NextAccount(ctx, account)
		if err != nil || next == "" {
			return err
		}
		if err := m.reseal(ctx, next); err != nil {
			return err
		}
		account = next
	}
}

func (m *Manager) reseal(ctx context.Context, account string) error {
	set, err := m.store.GetAnswers(ctx, account)
	if err != nil {
		return err
	}
	for place, old := range set.List {
		sealed := old
		if sealed.SealedHash, err = m.again(answerRow(account, old.Question, set.Version), old.SealedHash); err != nil {
			return err
		}
		if old.SealedText != nil {
			if sealed.SealedText, err = m.again(textRow(account, old.Question), old.SealedText); err != nil {
				return err
			}
		}
		if _, err := m.store.SwapAnswer(ctx, account, place, old, sealed); err != nil { // lost: it was set anew
			return err
		}
	}
	return nil
}

func (m *Manager) again(row secret.Row, sealed []byte) ([]byte, error) {
	plain, err := secret.Open(m.cfg.AEAD, row, sealed)
	if err != nil {
		return nil, err
	}
	return secret.Seal(m.cfg.AEAD, row, plain)
}

package password

import (
	"context"
	"time"

	"example.com/accountsec/internal/canon"
)

// Import gives an account that has no password the hash that another system
// made of it, or that [Importing.Wrap] made of a digest; setAt is when the
// owner chose it. It is meant for the move of a whole shop: it asks no policy,
// records no event and calls no OnSet. It joins the transaction that ctx
// carries. The Hasher must be an [Importer]; a hash that this one cannot read
// is [ErrMalformedHash], and nobody could ever sign in with it. [ErrChanged] if
// the account has a password already.
func (m *Manager) Import(ctx context.Context, account, hash string, setAt time.Time) error {
	if err := canon.CheckID(account); err != nil {
		return err
	}
	h, ok := m.cfg.Hasher.(Importer)
	if !ok {
		return errNoImporter
	}
	if err := h.CheckHash(hash); err != nil {
		return err
	}
	stored, err := m.seal(account, 1, hash)
	if err != nil {
		return err
	}
	won, err := m.store.SetHash(ctx, account, stored, 0, 0, setAt)
	if err == nil && !won {
		return ErrChanged
	}
	return err
}

package password

import (
	"context"
	"errors"
	"fmt"
)

const resealBatch = 100

// Reseal seals every hash anew under the primary key of [Config].Pepper,
// current and former ones, those too that are not sealed yet: after a rotation
// and before the old key is taken away, and once when a shop begins to use a
// pepper. It goes account by account in the order of their ids, from the one
// behind after on ("" for all), in batches of 100, and runs beside everything
// else. A hash that changes meanwhile is left to its new form.
//
// last is the last account of which all is done and done how many hashes were
// sealed. If it was cut off, go on with last as after; nothing is lost by
// starting anew either. What does not open is left as it is; the rest is done,
// and then the error is [ErrSealed] with their number.
func (m *Manager) Reseal(ctx context.Context, after string) (last string, done int64, err error) {
	if m.cfg.Pepper == nil {
		return after, 0, errors.New("password: Reseal needs a Config.Pepper")
	}
	last = after
	at, failed := StoredHash{Account: after, Version: maxVersion}, 0
	for {
		batch, err := m.store.HashesAfter(ctx, at.Account, at.Version, resealBatch)
		if err != nil {
			return last, done, err
		}
		for _, h := range batch {
			if h.Account != at.Account {
				last = at.Account
			}
			switch won, err := m.resealHash(ctx, h); {
			case errors.Is(err, ErrSealed):
				failed++
			case err != nil:
				return last, done, err
			case won:
				done++
			}
			at = h
		}
		if len(batch) < resealBatch {
			break
		}
	}
	if failed > 0 {
		return at.Account, done, fmt.Errorf("%w: %d hashes were left as they are", ErrSealed, failed)
	}
	return at.Account, done, nil
}

// maxVersion is behind every version of an account.
const maxVersion = 1<<63 - 1

func (m *Manager) resealHash(ctx context.Context, h StoredHash) (bool, error) {
	hash, _, err := m.open(h.Account, h.Version, h.Hash)
	if err != nil {
		return false, err
	}
	sealed, err := m.seal(h.Account, h.Version, hash)
	if err != nil {
		return false, err
	}
	return m.store.ReplaceHash(ctx, h.Account, h.Version, h.Hash, sealed)
}

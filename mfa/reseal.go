package mfa

import (
	"context"
	"errors"
	"fmt"
)

const resealBatch = 100

// Reseal opens every factor's state and seals it again under the AEAD's
// primary key, in batches of 100, those sealed longest ago first. It may be cut
// off at any time and called again: what is done is not the first to be done
// again. Factors that change meanwhile are left to their new state. A state
// that does not open is left as it is; the rest is done, and then the error is
// [ErrSealed] with their number. It returns how many were sealed anew.
//
// Challenges are not resealed; they are gone within [ChallengeLifetime], so
// keep the old key for as long.
func (m *Manager) Reseal(ctx context.Context) (int64, error) {
	var done, failed int64
	var after FactorRow
	before := m.cfg.Now()
	for {
		batch, err := m.store.FactorsSealedBefore(ctx, before, after, resealBatch)
		if err != nil {
			return done, err
		}
		for _, f := range batch {
			won, err := m.resealFactor(ctx, f)
			switch {
			case errors.Is(err, ErrSealed):
				failed++
			case err != nil:
				return done, err
			case won:
				done++
			}
		}
		if len(batch) < resealBatch {
			break
		}
		after = batch[len(batch)-1]
	}
	if failed > 0 {
		return done, fmt.Errorf("%w: %d factors were left as they are", ErrSealed, failed)
	}
	return done, nil
}

func (m *Manager) resealFactor(ctx context.Context, f FactorRow) (bool, error) {
	row := factorRow(f.Method, f.Account, f.ID)
	state, err := m.open(row, f.Sealed)
	if err != nil {
		return false, err
	}
	sealed, err := m.seal(row, state)
	if err != nil {
		return false, err
	}
	return m.store.ReplaceSealed(ctx, f.Account, f.ID, f.Sealed, sealed, m.cfg.Now())
}

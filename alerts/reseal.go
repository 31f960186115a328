package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"example.com/accountsec/internal/secret"
)

// ErrSealed reports what does not open under the AEAD: its key is gone, or it is
// another row's, or malformed.
var ErrSealed = secret.ErrSealed

const resealBatch = 100

// sealedParts are the fields of an [envelope] that are sealed.
var sealedParts = map[string]func(*Delivery) secret.Row{"sealed_to": toRow, "sealed_link": linkRow, "sealed_phrase": phraseRow}

// Reseal gives the delivery's payload with what is sealed in it encrypted anew
// under the AEAD's primary key, and all else as it is. Of d it needs ID, Account,
// Kind and Payload. A payload without anything sealed comes back unchanged. Errors:
// [ErrSealed], the AEAD's.
func (c *Courier) Reseal(d Delivery) ([]byte, error) {
	if d.Kind.carriesCode() {
		return secret.Again(c.cfg.AEAD, codeRow(&d), d.Payload)
	}
	fields := map[string]json.RawMessage{} // those that a later version adds stay
	if json.Unmarshal(d.Payload, &fields) != nil {
		return nil, ErrSealed
	}
	changed := false
	for name, row := range sealedParts {
		if fields[name] == nil {
			continue
		}
		var sealed []byte
		if json.Unmarshal(fields[name], &sealed) != nil {
			return nil, ErrSealed
		}
		fresh, err := secret.Again(c.cfg.AEAD, row(&d), sealed)
		if err != nil {
			return nil, err
		}
		if fields[name], err = json.Marshal(fresh); err != nil {
			return nil, fmt.Errorf("alerts: encode: %w", err)
		}
		changed = true
	}
	if !changed {
		return d.Payload, nil
	}
	return json.Marshal(fields)
}

// Reseal encrypts what waits in the outbox, and what is kept of dead letters,
// anew under the AEAD's primary key, in pages of 100 by ID. It runs beside
// everything else, also while a message is being delivered, and may be cut off and
// started again; what has ended costs nothing. What does not open is left as it is;
// the rest is done, and then the error is [ErrSealed] with their number. It returns
// how many were sealed anew.
func (d *Dispatcher) Reseal(ctx context.Context) (int64, error) {
	done, err := secret.ResealAll("messages", func(after Delivery) ([]Delivery, error) {
		return d.store.Undelivered(ctx, after.ID, resealBatch)
	}, func(row Delivery) (bool, error) {
		payload, err := d.courier.Reseal(row)
		if err != nil || bytes.Equal(payload, row.Payload) {
			return false, err
		}
		return d.store.SwapPayload(ctx, row, payload) // lost: it has ended
	})
	if err != nil {
		return done, fmt.Errorf("alerts: reseal: %w", err)
	}
	return done, nil
}

package activity

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// pruneChains takes away the links whose events have had their time. A chain
// that is broken is left as it is, for [Log.VerifyChain] to show.
func (l *Log) pruneChains(ctx context.Context) error {
	for l.chainKey != nil {
		accounts, err := l.store.DueChains(ctx, l.now(), purgeBatch)
		if err != nil {
			return fmt.Errorf("activity: purge chains: %w", err)
		}
		for _, account := range accounts {
			if err := l.pruneChain(ctx, account); err != nil {
				return fmt.Errorf("activity: purge chains: %w", err)
			}
		}
		if len(accounts) < purgeBatch {
			break
		}
	}
	return nil
}

// Between two looks at a chain: not more often than daily, where retention is
// late; and at least monthly, since it may be shortened.
const minDue, maxDue = 24 * time.Hour, 30 * 24 * time.Hour

// pruneChain verifies the chain from its beginning on, as far as the events
// have had their time and are gone, and cuts there: a link that was tampered
// with cannot vanish by retention.
func (l *Log) pruneChain(ctx context.Context, account string) error {
	end, err := l.store.Chain(ctx, account)
	if err != nil {
		return err
	}
	v, due, err := l.past(ctx, account, end)
	if errors.Is(err, ErrChain) {
		l.logger.ErrorContext(ctx, "activity: a chain is broken, and not pruned", "account", account, "error", err)
		return l.store.Prune(ctx, account, end.Cut, l.now().Add(minDue))
	}
	if err != nil {
		return err
	}
	cut := end.Cut
	if v.Number > cut.Number {
		cut = Cut{Number: v.Number, Digest: v.Digest, Proof: l.cutProof(account, v.Number, v.Digest)}
	}
	return l.store.Prune(ctx, account, cut, due)
}

// past walks the chain up to the first link that is to be kept, and says when
// that one may go.
func (l *Log) past(ctx context.Context, account string, end Chain) (Verified, time.Time, error) {
	now := l.now()
	in := func(wait time.Duration) time.Time { return now.Add(min(max(minDue, wait), maxDue)) }
	v, err := l.fromCut(account, end.Cut)
	for err == nil && v.Number < end.Number {
		var links []Link
		if links, err = l.store.Links(ctx, account, v.Number, readPage); err == nil && len(links) == 0 {
			err = fmt.Errorf("%w: it ends after link %d of %d", ErrChain, v.Number, end.Number)
		}
		for _, k := range links {
			at, keep := l.keptFor(k)
			if now.Sub(at) <= keep {
				return v, in(at.Add(keep).Sub(now)), nil
			}
			next := v
			if err := l.verifyLink(ctx, account, end.Salt, k, &next); err != nil {
				return v, in(0), err
			}
			if next.Purged == v.Purged { // a store of months keeps the event until its month ends
				return v, in((monthOf(at) + 1).begin().Add(keep).Sub(now)), nil
			}
			v = next
		}
	}
	return v, in(0), err
}

// keptFor gives the time of a link's event, and how long it is kept.
func (l *Log) keptFor(k Link) (at time.Time, keep time.Duration) {
	at, err := IDTime(k.ID)
	if err != nil { // not one of ours: never past
		return l.now(), maxDue
	}
	return at, l.retention.of(l.cat, k.Type)
}

// fromCut begins a verification where the links begin.
func (l *Log) fromCut(account string, cut Cut) (Verified, error) {
	if cut.Number == 0 {
		return Verified{}, nil
	}
	if !hmac.Equal(cut.Proof, l.cutProof(account, cut.Number, cut.Digest)) {
		return Verified{}, fmt.Errorf("%w: its beginning was not taken away by retention", ErrChain)
	}
	return Verified{Number: cut.Number, Digest: cut.Digest}, nil
}

func (l *Log) cutProof(account string, number int64, digest []byte) []byte {
	return l.chainMAC("cut", account, string(binary.BigEndian.AppendUint64(nil, uint64(number))), string(digest))
}

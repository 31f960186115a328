package activity

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// link adds e to its account's chain, if there are chains.
func (l *Log) link(ctx context.Context, e Event) error {
	if l.chainKey == nil {
		return nil
	}
	salt := make([]byte, 16)
	rand.Read(salt) //nolint:errcheck // never fails, see crypto/rand
	return l.store.Link(ctx, e.Account, e.ID, salt, func(end Chain) Link {
		next := Link{Number: end.Number + 1, ID: e.ID, Type: e.Type, Outcome: e.Outcome, Personal: l.personalDigest(end.Salt, e)}
		next.Digest = l.linkDigest(end.Digest, e.Account, next)
		return next
	})
}

// linkDigest covers the link's number, the skeleton, the digest of the personal
// part and the link before.
func (l *Log) linkDigest(before []byte, account string, k Link) []byte {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(k.Number))
	return l.chainMAC("link", string(before), string(number[:]), account, k.ID, string(k.Type), string(k.Outcome), string(k.Personal))
}

// personalDigest hides what it covers by the account's salt, which an erasure
// deletes. Disowned is left out: it changes.
func (l *Log) personalDigest(salt []byte, e Event) []byte {
	f, err := json.Marshal(factsOf(e)) // fields that are added later are left out where they are empty
	if err != nil {
		return nil
	}
	return l.chainMAC("personal", string(salt), e.ID, AddrKey(e.Client.IP), e.Location.Country, e.Device.Name, e.Client.DeviceID, string(f))
}

// chainMAC authenticates the parts, each with its length.
func (l *Log) chainMAC(purpose string, parts ...string) []byte {
	m := hmac.New(sha256.New, l.chainKey)
	for _, p := range append([]string{"accountsec/v1|activity.chain|" + purpose}, parts...) {
		m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

// Verified is what [Log.VerifyChain] found.
type Verified struct {
	// Links is the number of links that are kept; Whole, Erased and Purged say
	// how many of their events are there whole, without their personal part, and
	// not any more, by retention. A link goes, in [Log.Purge], when its event and
	// all that were recorded before it have had their time.
	Links, Whole, Erased, Purged int64
	// Unlinked is the number of events without a link: recorded while there
	// was no ChainKey, or put in by another hand.
	Unlinked int64
	// Number and Digest are the chain's end. Whoever can write to the database
	// may cut a chain's end off; a copy of these kept elsewhere shows it. A chain
	// begins anew, from 1, when its last link has gone by retention.
	Number int64
	Digest []byte
}

// VerifyChain reads the account's whole log and tells whether it is what was
// recorded, in the order of recording. [ErrChain] if an event or a link was
// changed, or taken away before its time. Events that are recorded, or purged,
// meanwhile do no harm. It is an operator's tool: its cost grows with the log.
func (l *Log) VerifyChain(ctx context.Context, account string) (Verified, error) {
	if err := checkOwner(account, account); err != nil {
		return Verified{}, err
	}
	if l.chainKey == nil {
		return Verified{}, errors.New("activity: VerifyChain needs Config.ChainKey")
	}
	for {
		end, err := l.store.Chain(ctx, account)
		if err != nil {
			return Verified{}, fmt.Errorf("activity: verify: %w", err)
		}
		v, err := l.verifyChain(ctx, account, end)
		if !errors.Is(err, ErrChain) {
			return v, err
		}
		now, readErr := l.store.Chain(ctx, account)
		if readErr != nil {
			return v, fmt.Errorf("activity: verify: %w", readErr)
		}
		if now.Cut.Number <= end.Cut.Number && now.Number >= end.Number { // else it was pruned under our eyes
			return v, err
		}
	}
}

func (l *Log) verifyChain(ctx context.Context, account string, end Chain) (Verified, error) {
	v, err := l.fromCut(account, end.Cut)
	if err != nil {
		return v, err
	}
	for v.Number < end.Number {
		links, err := l.store.Links(ctx, account, v.Number, readPage)
		if err != nil {
			return v, fmt.Errorf("activity: verify: %w", err)
		}
		if len(links) == 0 {
			return v, fmt.Errorf("%w: it ends after link %d of %d", ErrChain, v.Number, end.Number)
		}
		for _, k := range links {
			if err := l.verifyLink(ctx, account, end.Salt, k, &v); err != nil {
				return v, err
			}
			if k.Number == end.Number && !bytes.Equal(k.Digest, end.Digest) {
				return v, fmt.Errorf("%w: its end is not link %d", ErrChain, k.Number)
			}
		}
	}
	return v, l.countUnlinked(ctx, account, &v)
}

func (l *Log) verifyLink(ctx context.Context, account string, salt []byte, k Link, v *Verified) error {
	e, err := l.store.Get(ctx, account, k.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		if at, keep := l.keptFor(k); l.now().Sub(at) <= keep {
			return fmt.Errorf("%w: event %s of link %d is gone", ErrChain, k.ID, k.Number)
		}
		v.Purged++
	case err != nil:
		return fmt.Errorf("activity: verify: %w", err)
	case e.Type != k.Type || e.Outcome != k.Outcome:
		return fmt.Errorf("%w: event %s of link %d was changed", ErrChain, k.ID, k.Number)
	case e.Erased:
		v.Erased++
	case !hmac.Equal(k.Personal, l.personalDigest(salt, e)):
		return fmt.Errorf("%w: event %s of link %d was changed", ErrChain, k.ID, k.Number)
	default:
		v.Whole++
	}
	if !hmac.Equal(k.Digest, l.linkDigest(v.Digest, account, k)) {
		return fmt.Errorf("%w: link %d does not follow from the one before", ErrChain, k.Number)
	}
	v.Links, v.Number, v.Digest = v.Links+1, k.Number, k.Digest
	return nil
}

// countUnlinked compares the number of events with that of those linked.
func (l *Log) countUnlinked(ctx context.Context, account string, v *Verified) error {
	counts, err := l.store.Count(ctx, account, earliest, latest, []Shift{{}})
	if err != nil {
		return fmt.Errorf("activity: verify: %w", err)
	}
	v.Unlinked = -v.Whole - v.Erased
	for _, c := range counts {
		v.Unlinked += int64(c.Events)
	}
	return nil
}

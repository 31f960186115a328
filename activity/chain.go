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
	// Links is the number of links; Whole, Erased and Purged say how many
	// events are there whole, without their personal part, and not any more,
	// by retention.
	Links, Whole, Erased, Purged int64
	// Unlinked is the number of events without a link: recorded while there
	// was no ChainKey, or put in by another hand.
	Unlinked int64
	// Number and Digest are the chain's end. Whoever can write to the database
	// may cut a chain's end off; a copy of these kept elsewhere shows it.
	Number int64
	Digest []byte
}

// VerifyChain reads the account's whole log and tells whether it is what was
// recorded, in the order of recording. [ErrChain] if an event or a link was
// changed, or taken away before its time. Events that are recorded meanwhile do
// no harm. It is an operator's tool: its cost grows with the log.
func (l *Log) VerifyChain(ctx context.Context, account string) (Verified, error) {
	var v Verified
	if err := checkOwner(account, account); err != nil {
		return v, err
	}
	if l.chainKey == nil {
		return v, errors.New("activity: VerifyChain needs Config.ChainKey")
	}
	end, err := l.store.Chain(ctx, account)
	if err != nil {
		return v, fmt.Errorf("activity: verify: %w", err)
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
		at, err := IDTime(k.ID)
		if err != nil || l.now().Sub(at) <= l.retention.of(l.cat, k.Type) {
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

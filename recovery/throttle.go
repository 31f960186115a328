package recovery

import (
	"context"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/throttle"
)

// Starting is slowed by network, over all accounts and by account, so that
// nobody's mailbox is flooded and a botnet does not flood everybody's; codes
// and answers by account, over all tickets, so that a new ticket buys no new
// tries. The attacker's own bucket is counted first, and is smaller: one
// network, however wide, uses up neither an account's tries nor everybody's. A
// known device counts in its own slot: strangers who use up the account's
// tries, or everybody's, do not keep the owner out.
func (m *Manager) startBuckets(account, slot string, c activity.Client, now time.Time) []throttle.Bucket {
	own := throttle.Bucket{Account: account, Name: "start|" + slot, Free: 5, Base: time.Minute, Max: time.Hour}
	if slot != "" {
		return []throttle.Bucket{own}
	}
	network := throttle.Bucket{Name: "start|" + canon.NetworkKey(c.IP), Free: 20, Base: time.Minute, Max: time.Hour, Shared: true}
	// A bucket an hour or a day: one that is never quiet for a day would never
	// be forgotten. At their worst they let one begin a minute, and one an hour
	// for the account, so they end nothing.
	hour := "starts|" + strconv.FormatInt(now.Unix()/3600, 10)
	wide := throttle.Bucket{Name: hour + "|" + canon.WideKey(c.IP), Free: max(1, m.cfg.StartsPerHour/5), Base: time.Second, Max: time.Minute, Shared: true}
	all := throttle.Bucket{Name: hour, Free: m.cfg.StartsPerHour, Base: time.Second, Max: time.Minute, Shared: true}
	theirs := own
	theirs.Name, theirs.Base, theirs.Max = own.Name+canon.WideKey(c.IP), 5*time.Minute, 4*time.Hour
	own.Name, own.Free = own.Name+today(now), 20
	return []throttle.Bucket{network, wide, theirs, all, own}
}

func today(now time.Time) string { return "day|" + strconv.FormatInt(now.Unix()/86400, 10) }

// Five codes a day from a known device, or from a network. From all networks 40,
// then one an hour: at most 68 a day. A code is one of 10^8, so whoever guesses
// from eight networks and more, day and night for a year, hits one with 0.025 %,
// below the 0.03 % that this library allows for an authenticator app's, and has
// the questions before him then.
func codeBuckets(t Ticket, c activity.Client, now time.Time) []throttle.Bucket {
	own := throttle.Bucket{Account: t.Account, Name: "code|" + t.Slot, Free: 5, Base: throttle.Memory, Max: throttle.Memory}
	if t.Slot != "" {
		return []throttle.Bucket{own}
	}
	theirs := own
	theirs.Name += canon.WideKey(c.IP)
	own.Name, own.Free, own.Base, own.Max = own.Name+today(now), 40, time.Minute, time.Hour
	return []throttle.Bucket{theirs, own}
}

func answerBucket(t Ticket) throttle.Bucket {
	return throttle.Bucket{Account: t.Account, Name: "answer|" + t.Slot, Free: 5, Base: time.Hour, Max: throttle.Memory}
}

func drillBucket(account string) throttle.Bucket {
	return throttle.Bucket{Account: account, Name: "drill", Free: 3, Base: throttle.Memory, Max: throttle.Memory}
}

// slot is where a client's tickets and tries are kept.
func slot(c activity.Client, known bool) string {
	if !known || c.DeviceID == "" {
		return ""
	}
	return clientKey(c)
}

func (m *Manager) take(ctx context.Context, buckets ...throttle.Bucket) error {
	wait, err := throttle.Take(ctx, m.store, m.cfg.Now(), buckets...)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &ThrottledError{RetryAfter: wait}
	}
	return nil
}

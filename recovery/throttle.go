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
// tries. The attacker's own bucket is counted first. A known device counts in
// its own slot: strangers who use up the account's tries, or everybody's, do
// not keep the owner out.
func (m *Manager) startBuckets(account, slot string, c activity.Client, now time.Time) []throttle.Bucket {
	own := throttle.Bucket{Account: account, Name: "start|" + slot, Free: 5, Base: time.Minute, Max: time.Hour}
	if slot != "" {
		return []throttle.Bucket{own}
	}
	network := throttle.Bucket{Name: "start|" + canon.NetworkKey(c.IP), Free: 20, Base: time.Minute, Max: time.Hour, Shared: true}
	// A bucket an hour: one that is never quiet for a day would never be
	// forgotten. At its worst it lets one begin a minute, so it ends nothing.
	hour := strconv.FormatInt(now.Unix()/3600, 10)
	all := throttle.Bucket{Name: "starts|" + hour, Free: m.cfg.StartsPerHour, Base: time.Second, Max: time.Minute, Shared: true}
	return []throttle.Bucket{network, all, own}
}

// Five codes a day.
func codeBucket(t Ticket) throttle.Bucket {
	return throttle.Bucket{Account: t.Account, Name: "code|" + t.Slot, Free: 5, Base: throttle.Memory, Max: throttle.Memory}
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

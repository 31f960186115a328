package recovery

import (
	"context"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/throttle"
)

// Starting is slowed by network and by account, so that nobody's mailbox is
// flooded; codes and answers by account, over all tickets, so that a new
// ticket buys no new tries. A known device counts in its own slot: strangers
// who use up the account's tries do not keep the owner out.
func startBuckets(account, slot string, c activity.Client) []throttle.Bucket {
	own := throttle.Bucket{Account: canon.Key(account), Name: "start|" + slot, Free: 5, Base: time.Minute, Max: time.Hour}
	if slot != "" {
		return []throttle.Bucket{own}
	}
	network := throttle.Bucket{Name: "start|" + canon.NetworkKey(c.IP), Free: 20, Base: time.Minute, Max: time.Hour, Shared: true}
	return []throttle.Bucket{network, own}
}

func codeBucket(t Ticket) throttle.Bucket {
	return throttle.Bucket{Account: canon.Key(t.Account), Name: "code|" + t.Slot, Free: 5, Base: 15 * time.Minute, Max: 12 * time.Hour}
}

func answerBucket(t Ticket) throttle.Bucket {
	return throttle.Bucket{Account: canon.Key(t.Account), Name: "answer|" + t.Slot, Free: 5, Base: time.Hour, Max: 24 * time.Hour}
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

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
// ticket buys no new tries.
func startBuckets(account string, c activity.Client) []throttle.Bucket {
	return []throttle.Bucket{
		{Name: "start|" + canon.NetworkKey(c.IP), Free: 20, Base: time.Minute, Max: time.Hour, Shared: true},
		{Account: canon.Key(account), Name: "start", Free: 5, Base: time.Minute, Max: time.Hour},
	}
}

func codeBucket(account string) throttle.Bucket {
	return throttle.Bucket{Account: canon.Key(account), Name: "code", Free: 5, Base: 15 * time.Minute, Max: 12 * time.Hour}
}

func answerBucket(account string) throttle.Bucket {
	return throttle.Bucket{Account: canon.Key(account), Name: "answer", Free: 5, Base: time.Hour, Max: 24 * time.Hour}
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

package passwordweb_test

import (
	"context"
	"time"

	"example.com/accountsec/password"
)

// brokenAttempts is a counter that cannot count.
type brokenAttempts struct{ password.Attempts }

func (brokenAttempts) CountAttempt(context.Context, string, string, int, time.Duration, time.Duration, time.Time) (int, time.Duration, error) {
	return 0, 0, errDown
}

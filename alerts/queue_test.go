package alerts_test

import (
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
)

func TestDispatcherIsAQueue(t *testing.T) {
	alertstest.TestQueue(t, func(t *testing.T, c *alerts.Courier, _ func() time.Time) alertstest.QueueUnderTest {
		store := alerts.NewMemoryStore()
		d, err := alerts.NewDispatcher(store, c, alerts.DispatcherConfig{})
		if err != nil {
			t.Fatal(err)
		}
		deliver := func(t *testing.T) {
			if _, err := d.DeliverDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return alertstest.QueueUnderTest{Queue: d, Deliver: deliver, Erase: store.DeleteAccount}
	})
}

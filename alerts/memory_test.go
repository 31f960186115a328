package alerts_test

import (
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
)

func TestMemoryStore(t *testing.T) {
	alertstest.TestStore(t, func(*testing.T) alerts.Store { return alerts.NewMemoryStore() })
}

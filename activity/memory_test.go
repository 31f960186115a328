package activity_test

import (
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
)

func TestMemoryStore(t *testing.T) {
	activitytest.TestStore(t, func(*testing.T) activity.Store { return activity.NewMemoryStore() })
}

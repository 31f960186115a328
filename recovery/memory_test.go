package recovery_test

import (
	"testing"

	"example.com/accountsec/recovery"
	"example.com/accountsec/recovery/recoverytest"
)

func TestMemoryStore(t *testing.T) {
	recoverytest.TestStore(t, func(*testing.T) recovery.Store { return recovery.NewMemoryStore() })
}

package mfa_test

import (
	"testing"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfatest"
)

func TestMemoryStore(t *testing.T) {
	mfatest.TestStore(t, func(*testing.T) mfa.Store { return mfa.NewMemoryStore() })
}

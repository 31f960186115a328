package sms_test

import (
	"testing"

	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/sms/smstest"
)

func TestMemoryStore(t *testing.T) {
	smstest.TestStore(t, func(*testing.T) sms.Store { return sms.NewMemoryStore() })
}

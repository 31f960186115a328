package password_test

import (
	"testing"

	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordtest"
)

func TestMemoryStore(t *testing.T) {
	passwordtest.TestStore(t, func(*testing.T) password.Store { return password.NewMemoryStore() })
}

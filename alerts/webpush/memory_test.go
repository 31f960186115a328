package webpush_test

import (
	"testing"

	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushtest"
)

func TestMemoryStore(t *testing.T) {
	webpushtest.TestStore(t, func(*testing.T) webpush.Store { return webpush.NewMemoryStore() })
}

package storetest_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushtest"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// Guard.Migrate makes all tables that there are, those of methods and notifiers
// too, and tells of whichever it cannot make.
func TestGuardMigratesWhatItWasGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		db := d.Open(t)
		stores, err := accountsec.NewSQLStores(db, d.Name)
		ok(t, err)
		quotas, err := sms.NewSQLStore(db, d.Name)
		ok(t, err)
		subscriptions, err := webpush.NewSQLStore(db, d.Name)
		ok(t, err)
		keys, err := webpush.NewKeys()
		ok(t, err)
		sender := alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"}
		pushes, err := webpush.New(subscriptions, webpush.Config{Sender: sender, Keys: keys, AEAD: secrettest.AEAD()})
		ok(t, err)
		guard, err := accountsec.New(accountsec.Config{
			Stores: stores, AEAD: secrettest.AEAD(), Secret: bytes.Repeat([]byte{7}, 32), Accounts: customers{}, Sender: sender,
			Methods: []mfa.Method{newSMS(t, quotas, &smsPhone{}, nil, sms.Limits{})}, Notifiers: []alerts.Notifier{&mails{}, pushes},
		})
		ok(t, err)
		for range 2 {
			ok(t, guard.Migrate(t.Context()))
		}
		if _, err := quotas.Purge(t.Context(), time.Now()); err != nil {
			t.Errorf("the text messages' table: %v", err)
		}
		if _, err := subscriptions.SealedBefore(t.Context(), webpushtest.T0, webpush.Row{}, 1); err != nil {
			t.Errorf("the subscriptions' table: %v", err)
		}
		if _, err := stores.Alerts.Deliveries(t.Context(), "kim", 1); err != nil {
			t.Errorf("the alerts' tables: %v", err)
		}
		ok(t, db.Close())
		if err := guard.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "migrate *webpush.Notifier") || errors.Unwrap(err) == nil {
			t.Errorf("with the database away: %v", err)
		}
	})
}

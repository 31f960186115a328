package storetest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/alertstest"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/internal/storetest"
)

var secretAEAD = secrettest.AEAD()

// named is a channel that takes everything.
type named string

func (n named) Channel() string { return string(n) }

func (named) Notify(context.Context, alerts.Message) error { return nil }

// refusing is a mail channel that refuses everything.
type refusing struct{}

func (refusing) Channel() string { return "email" }

func (refusing) Notify(context.Context, alerts.Message) error {
	return &alerts.PermanentError{Err: errors.New("550")}
}

func grave(account string) alerts.Alert {
	return alerts.Alert{Account: account, Kind: alerts.GuessedIn, Severity: activity.Critical, At: alertstest.T0}
}

// Rows of the schema before are delivered, listed, and wiped at their end as they
// were.
func TestOutboxUpgrade(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		db, ctx := d.Open(t), t.Context()
		s, err := alerts.NewSQLStore(db, d.Name)
		ok(t, err)
		stmts := []string{`CREATE TABLE accountsec_migrations (package TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (package, version))`}
		for _, version := range []string{"0001_alerts", "0002_contacts", "0003_signins"} {
			text, err := os.ReadFile("../../alerts/migrations/" + d.Name + "/" + version + ".sql")
			ok(t, err)
			stmts = append(append(stmts, strings.SplitAfter(string(text), ";\n")...), `INSERT INTO accountsec_migrations VALUES ('alerts', '`+version+`')`)
		}
		for _, stmt := range stmts {
			if strings.TrimSpace(stmt) != "" {
				_, err := db.ExecContext(ctx, stmt)
				ok(t, err)
			}
		}
		sealed, err := secret.Seal(secretAEAD, secret.At("alerts.code", "kim", "code"), []byte("83019274"))
		ok(t, err)
		link, err := secret.Seal(secretAEAD, secret.At("alerts.link", "kim", "alert"), []byte("https://shop.example/undo"))
		ok(t, err)
		payload := `{"id":"a1","account":"kim","kind":"password_changed","severity":3,"at":"2026-11-01T09:00:00Z","client":{},"sealed_link":"` + base64Of(link) + `"}`
		insert := `INSERT INTO alerts_outbox VALUES (?, 'kim', ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, '', '')`
		if d.Name == "postgres" {
			insert = `INSERT INTO alerts_outbox VALUES ($1, 'kim', $2, $3, $4, $5, $6, $7, 1, 1, $8, $9, '', '')`
		}
		expires := alertstest.T0.Add(time.Minute).UnixMicro()
		for _, row := range [][]any{
			{"code", "email", "recovery.code", "c", sealed, "pending", 0, expires, 0},
			{"alert", "email", "password_changed", "a", []byte(payload), "leased", 2, 0, 0},
			{"sms", "sms", "password_changed", "a", []byte(payload), "pending", 0, 0, 0},
			{"dead", "email", "password_changed", "d", []byte{}, "dead", 8, 0, 7},
		} {
			_, err := db.ExecContext(ctx, insert, row...)
			ok(t, err)
		}
		ok(t, s.Migrate(ctx))
		ok(t, s.Migrate(ctx))
		mails := &box{}
		dispatcher, err := newDispatcher(s, alerts.CourierConfig{
			Notifiers: []alerts.Notifier{mails}, Directory: owner{}, AEAD: secretAEAD, Now: func() time.Time { return alertstest.T0 }})
		ok(t, err)
		_, err = dispatcher.DeliverDue(ctx)
		ok(t, err)
		if len(mails.got) != 2 || mails.got[0].Code+mails.got[1].Code != "83019274" || mails.got[0].Alert.Link+mails.got[1].Alert.Link != "https://shop.example/undo" {
			t.Errorf("delivered %+v", mails.got)
		}
		if d := dispatcher.Revive(ctx, "dead"); !errors.Is(d, alerts.ErrNoDelivery) {
			t.Errorf("a row without a payload: %v", d)
		}
		if rows, err := dispatcher.Dead(ctx, alerts.Delivery{}, 9); err != nil || len(rows) != 1 || rows[0].ID != "dead" {
			t.Errorf("dead: %v, %v", rows, err)
		}
		rows, err := dispatcher.Deliveries(ctx, "kim")
		if err != nil || len(rows) != 4 {
			t.Errorf("listed %v, %v", rows, err)
		}
		for _, row := range rows {
			if row.Spare || row.Group != "" || row.Urgent || row.ID == "sms" && row.State != alerts.Pending {
				t.Errorf("became %+v", row)
			}
		}
	})
}

// Pitfall 13: neither while they wait nor when they have ended does the database
// hold a code, a link, a phrase or an earlier address, of an alert that died
// either.
func TestPitfall13NoSecretInTheOutbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, s := openAlerts(t, d)
		courier, err := alerts.NewCourier(alerts.CourierConfig{
			Notifiers: []alerts.Notifier{refusing{}, named("sms")}, CodeChannels: []string{"email", "sms"}, Directory: owner{}, AEAD: secretAEAD, Counts: s})
		ok(t, err)
		dispatcher, err := alerts.NewDispatcher(s, courier, alerts.DispatcherConfig{})
		ok(t, err)
		a := grave("kim")
		a.Link, a.Phrase, a.Lang = "https://shop.example/undo?t=very-secret", "purple walrus", "ko"
		a.Earlier = []alerts.EarlierAddress{{ID: "c1", Address: "before@customer.example"}}
		ok(t, dispatcher.Enqueue(t.Context(), a, []string{"email"}, "a"))
		m := recoveryCode("83019274", time.Now().Add(time.Hour))
		m.Phrase = "green walrus"
		ok(t, dispatcher.SendCode(t.Context(), m))
		check := func(when string) {
			text := outboxText(t, raw)
			for _, secret := range []string{"83019274", "very-secret", "walrus", "customer.example"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s, %q is in the database:%s", when, secret, text)
				}
			}
			if !strings.Contains(text, "sealed_phrase") {
				t.Errorf("%s, the alert is not in the database:%s", when, text)
			}
		}
		check("waiting")
		_, err = dispatcher.DeliverDue(t.Context())
		ok(t, err)
		check("ended")
		for _, query := range []string{
			`SELECT COUNT(*) FROM alerts_outbox WHERE LENGTH(payload) > 0 AND (kind = 'recovery.code' OR state <> 'dead')`,
			`SELECT COUNT(*) - 2 FROM alerts_outbox WHERE LENGTH(payload) > 0`,
		} {
			if n := cells(t, raw, query); n[0] != "0" {
				t.Errorf("%s: %s", query, n[0])
			}
		}
	})
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

package alerts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// Pitfall 13: payloads that were swapped between rows open in neither, are left as
// they are and counted; the rest of the outbox is sealed anew.
func TestPitfall13SwappedPayloads(t *testing.T) {
	ctx := t.Context()
	store := alerts.NewMemoryStore()
	courier := newCourier(t, alerts.CourierConfig{Notifiers: []alerts.Notifier{idle("email"), idle("sms")}})
	d, err := alerts.NewDispatcher(store, courier, alerts.DispatcherConfig{})
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fine(err)
	for _, name := range []string{"a", "b", "c"} {
		fine(d.Enqueue(ctx, alerts.Alert{ID: name, Account: "kim", Kind: alerts.NewDevice, Severity: activity.Warning, At: time.Now(), Link: "https://shop.example/undo"}, []string{"email"}, name))
		fine(d.SendCode(ctx, alerts.CodeMessage{Kind: alerts.RecoveryCode, Account: "kim", Channels: []string{"sms"}, Code: "83019274", Expires: time.Now().Add(time.Hour)}))
	}
	rows, err := store.Undelivered(ctx, "", 10)
	fine(err)
	by := map[string][]alerts.Delivery{}
	for _, r := range rows {
		by[r.Channel] = append(by[r.Channel], r)
	}
	for _, on := range by {
		for _, s := range [][2]alerts.Delivery{{on[0], on[1]}, {on[1], on[0]}} {
			if won, err := store.SwapPayload(ctx, s[0], s[1].Payload); !won || err != nil {
				t.Fatalf("not swapped: %v", err)
			}
		}
	}
	before, err := store.Undelivered(ctx, "", 10)
	fine(err)
	n, err := d.Reseal(ctx)
	if n != 2 || !errors.Is(err, alerts.ErrSealed) || !strings.Contains(err.Error(), ": 4 messages") {
		t.Errorf("sealed anew: %d, %v", n, err)
	}
	after, err := store.Undelivered(ctx, "", 10)
	fine(err)
	changed := 0
	for i := range before {
		if string(before[i].Payload) != string(after[i].Payload) {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d payloads changed", changed)
	}
}

// What a later version adds to a payload stays, and a payload without anything
// sealed is no change; one that is no payload is told of.
func TestResealPayload(t *testing.T) {
	c := newCourier(t, alerts.CourierConfig{Notifiers: []alerts.Notifier{idle("email")}})
	rows, err := c.Plan(alerts.Alert{Account: "kim", Kind: alerts.NewDevice, At: time.Now(), Link: "https://shop.example/undo"}, []string{"email"}, "d")
	if err != nil {
		t.Fatal(err)
	}
	d := rows[0]
	d.Payload = []byte(strings.Replace(string(d.Payload), `{`, `{"later":{"a":[1,2]},`, 1))
	fresh, err := c.Reseal(d)
	if err != nil || !strings.Contains(string(fresh), `"later":{"a":[1,2]}`) || string(fresh) == string(d.Payload) {
		t.Errorf("%s, %v", fresh, err)
	}
	d.Payload = []byte(`{ "account": "kim" }`)
	if same, err := c.Reseal(d); err != nil || string(same) != string(d.Payload) {
		t.Errorf("%s, %v", same, err)
	}
	for _, payload := range []string{"", "[]", `{"sealed_link":7}`, `{"sealed_link":"AAAA"}`, "null null"} {
		d.Payload = []byte(payload)
		if _, err := c.Reseal(d); !errors.Is(err, alerts.ErrSealed) {
			t.Errorf("%q: %v", payload, err)
		}
	}
	other, err := alerts.NewCourier(alerts.CourierConfig{Notifiers: []alerts.Notifier{idle("email")}, Directory: directory{}, AEAD: secrettest.AEAD()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Reseal(rows[0]); !errors.Is(err, alerts.ErrSealed) {
		t.Errorf("under another key: %v", err)
	}
}

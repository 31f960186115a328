package alertstest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
)

// undelivered: all that has a payload is listed by ID, in whatever state, and a
// payload is swapped only while it is what it was. Leases stay.
func undelivered(t *testing.T, s alerts.Store) {
	states := []alerts.State{alerts.Pending, alerts.Standby, alerts.Leased, alerts.Dead, alerts.Done, alerts.Skipped, alerts.Sent}
	token := ""
	for i, state := range states {
		row := Row("kim", i)
		row.Channel = string(state)
		if state == alerts.Standby {
			row.State = alerts.Standby
		}
		add(t, s, row)
		switch state {
		case alerts.Pending, alerts.Standby:
		case alerts.Leased:
			token = leaseOne(t, s, row.Channel, T0.Add(time.Hour)).Token
		default:
			settle(t, s, row.Channel, state, T0.Add(time.Hour))
		}
	}
	var got []alerts.Delivery
	for after := ""; ; {
		page, err := s.Undelivered(t.Context(), after, 3)
		ok(t, err)
		if len(page) == 0 {
			break
		}
		got, after = append(got, page...), page[len(page)-1].ID
	}
	if want := []string{"kim-000", "kim-001", "kim-002", "kim-003"}; !slices.Equal(ids(got), want) {
		t.Fatalf("listed %v, want %v", ids(got), want)
	}
	for i, d := range got {
		if want := Row("kim", i); d.State != states[i] || d.Account != "kim" || d.Kind != want.Kind || d.Channel != string(states[i]) || string(d.Payload) != string(want.Payload) {
			t.Errorf("listed %+v", d)
		}
		stale := d
		stale.Payload = []byte("another")
		if won, err := s.SwapPayload(t.Context(), stale, []byte{0, 'n', byte(i)}); won || err != nil {
			t.Errorf("%v: swapped what it was not: %v", d, err)
		}
		if won, err := s.SwapPayload(t.Context(), d, []byte{0, 'n', byte(i)}); !won || err != nil {
			t.Errorf("%v: not swapped: %v", d, err)
		}
		if after := find(t, s, d.ID); after.State != d.State {
			t.Errorf("%v became %v", d, after)
		}
	}
	held := Row("kim", 2)
	held.Token, held.State, held.DueAt = token, alerts.Pending, T0
	won, err := s.Settle(t.Context(), held)
	ok(t, err)
	if d := leaseOne(t, s, string(alerts.Leased), T0); !won || string(d.Payload) != "\x00n\x02" {
		t.Errorf("the lease was lost (%v), or the new payload: %q", won, d.Payload)
	}
	done := Row("kim", 4)
	for _, payload := range [][]byte{done.Payload, {'x'}} {
		if done.Payload = payload; len(find(t, s, done.ID).Payload) != 0 {
			t.Error("a payload is listed")
		}
		if won, err := s.SwapPayload(t.Context(), done, []byte("back")); won || err != nil {
			t.Errorf("an ended delivery has a payload again: %v", err)
		}
	}
}

// swapRace: of 64 that swap one payload, one does; and it does not come back once
// the delivery has ended.
func swapRace(t *testing.T, s alerts.Store) {
	row := Row("kim", 0)
	add(t, s, row)
	wins := racing.Wins(t, func(i int) (bool, error) { return s.SwapPayload(t.Context(), row, fmt.Append(nil, "p", i)) })
	if wins != 1 {
		t.Errorf("%d of 64 swapped it", wins)
	}
	page, err := s.Undelivered(t.Context(), "", 10)
	ok(t, err)
	d := leaseOne(t, s, row.Channel, T0)
	d.State, d.DoneAt = alerts.Done, T0
	racing.Go(func(i int) {
		if i == 32 {
			if won, err := s.Settle(t.Context(), d); err != nil || !won {
				t.Errorf("%v, %v", won, err)
			}
			return
		}
		if _, err := s.SwapPayload(t.Context(), page[0], page[0].Payload); err != nil {
			t.Error(err)
		}
	})
	if left, err := s.Undelivered(t.Context(), "", 10); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

package alertstest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// finish ends a leased delivery.
func finish(ctx context.Context, s alerts.Store, id, token string, state alerts.State, text string, at time.Time) (bool, error) {
	return s.Settle(ctx, alerts.Delivery{ID: id, Token: token, Kind: alerts.NewDevice, State: state, Attempts: 1, LastError: text, DoneAt: at})
}

// retry gives a leased delivery back.
func retry(ctx context.Context, s alerts.Store, id, token string, due time.Time, text string) (bool, error) {
	return s.Settle(ctx, alerts.Delivery{ID: id, Token: token, Kind: alerts.NewDevice, State: alerts.Pending, Attempts: 1, LastError: text, DueAt: due})
}

// group gives deliveries of one alert, one a channel: pending ones due at T0,
// and standbys due an hour later.
func group(name string, pending []string, standbys ...string) (rows []alerts.Delivery) {
	for i, channel := range append(slices.Clone(pending), standbys...) {
		row := Row("kim", 0)
		row.ID, row.Channel, row.Group, row.Dedupe = name+"-"+channel, channel, name, name
		if i >= len(pending) {
			row.State, row.DueAt = alerts.Standby, T0.Add(time.Hour)
		}
		rows = append(rows, row)
	}
	return rows
}

func leaseOne(t *testing.T, s alerts.Store, channel string, now time.Time) alerts.Delivery {
	t.Helper()
	rows, err := s.Lease(t.Context(), channel, "t-"+channel, now.Add(time.Minute), now, 1)
	ok(t, err)
	if len(rows) != 1 {
		t.Fatalf("leased %v on %s", rows, channel)
	}
	return rows[0]
}

// settle leases what is due on the channel and ends it so.
func settle(t *testing.T, s alerts.Store, channel string, state alerts.State, now time.Time) alerts.Delivery {
	t.Helper()
	d := leaseOne(t, s, channel, now)
	d.State, d.DoneAt = state, now
	won, err := s.Settle(t.Context(), d)
	ok(t, err)
	if !won {
		t.Fatal("the lease's holder could not settle")
	}
	return d
}

func find(t *testing.T, s alerts.Store, id string) alerts.Delivery {
	t.Helper()
	rows, err := s.Deliveries(t.Context(), "kim", 1000)
	ok(t, err)
	for _, d := range rows {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("no delivery %s", id)
	return alerts.Delivery{}
}

// leaseByChannel: a channel's lease gives its own, urgent ones first though they
// came later, at most so many in all.
func leaseByChannel(t *testing.T, s alerts.Store) {
	for n := range 6 {
		for _, channel := range []string{"email", "sms"} {
			row := Row("kim", n)
			row.ID, row.Channel, row.Urgent = fmt.Sprint(channel, n), channel, n >= 3 && n < 5
			add(t, s, row)
		}
	}
	now := T0.Add(4 * time.Minute)
	for _, want := range [][]string{{"sms3", "sms4", "sms0"}, {"sms1", "sms2"}, {}} {
		rows, err := s.Lease(t.Context(), "sms", "t", now.Add(time.Hour), now, 3)
		ok(t, err)
		if !slices.Equal(ids(rows), want) {
			t.Errorf("leased %v, want %v", ids(rows), want)
		}
	}
	for _, c := range []struct {
		channel string
		at      time.Time
		want    int
	}{{"sms", now.Add(time.Minute), 1}, {"pigeon", now.Add(time.Hour), 0}, {"email", T0.Add(-time.Microsecond), 0}, {"", now, 5}} {
		rows, err := s.Lease(t.Context(), c.channel, "u", c.at.Add(time.Hour), c.at, 100)
		ok(t, err)
		if len(rows) != c.want {
			t.Errorf("on %q: %v", c.channel, ids(rows))
		}
	}
}

// logs: the log is stored with the outcome, and bounded.
func logs(t *testing.T, s alerts.Store) {
	add(t, s, Row("kim", 0))
	d := leaseOne(t, s, "email", T0)
	d.State, d.DueAt, d.LastError = alerts.Pending, T0, "451"
	d.Log = []alerts.Tried{{At: T0, State: alerts.Pending, Reason: alerts.CauseUnreachable}, {At: T0.Add(time.Microsecond), State: alerts.Pending}}
	won, err := s.Settle(t.Context(), d)
	ok(t, err)
	if again := leaseOne(t, s, "email", T0); !won || !reflect.DeepEqual(again.Log, d.Log) || again.Attempts != 2 || len(again.Payload) == 0 {
		t.Errorf("%v: the log is %v", won, again.Log)
	}
	d.State, d.DoneAt = alerts.Done, T0
	for i := range 100 {
		d.Log = append(d.Log, alerts.Tried{At: T0.Add(time.Duration(i) * time.Second), State: alerts.Pending, Reason: alerts.CauseRate})
	}
	if won, err = s.Settle(t.Context(), d); err != nil || !won {
		t.Fatal(won, err)
	}
	if got := find(t, s, d.ID).Log; len(got) != 16 || !got[15].At.Equal(T0.Add(99*time.Second)) {
		t.Errorf("%d entries: %v", len(got), got)
	}
}

// standby: it is due when it is due, and stands down only where another of its
// group is done.
func standby(t *testing.T, s alerts.Store) {
	ctx, at := t.Context(), T0.Add(time.Hour)
	for _, c := range []struct {
		name  string
		state alerts.State
		want  bool
	}{{"done", alerts.Done, true}, {"sent", alerts.Sent, false}, {"skipped", alerts.Skipped, false}, {"dead", alerts.Dead, false}} {
		add(t, s, group(c.name, []string{c.name + "1"}, c.name+"2")...)
		if d := find(t, s, c.name+"-"+c.name+"2"); d.State != alerts.Standby || !d.Spare {
			t.Errorf("queued as %v", d)
		}
		settle(t, s, c.name+"1", c.state, T0)
		if rows, err := s.Lease(ctx, c.name+"2", "t", at, at.Add(-time.Microsecond), 1); err != nil || len(rows) != 0 {
			t.Errorf("due too early: %v, %v", rows, err)
		}
		d := leaseOne(t, s, c.name+"2", at)
		if !d.Spare || len(d.Payload) == 0 {
			t.Errorf("leased %+v", d)
		}
		for _, other := range []alerts.Delivery{{ID: d.ID, Group: d.Group, Token: "other"}, {ID: d.ID, Group: "other", Token: d.Token}, {ID: d.ID, Token: d.Token}} {
			if won, err := s.StandDown(ctx, other, at); err != nil || won {
				t.Errorf("%+v stood down: %v", other, err)
			}
		}
		d.Log = []alerts.Tried{{At: at, State: alerts.Skipped, Reason: alerts.CauseNotNeeded}}
		won, err := s.StandDown(ctx, d, at)
		ok(t, err)
		after := find(t, s, d.ID)
		if won != c.want || (after.State == alerts.Skipped) != c.want || c.want && (!after.DoneAt.Equal(at) || len(after.Log) != 1) {
			t.Errorf("%s: %v, it is %+v", c.name, won, after)
		}
	}
	// Rows without a group are no siblings.
	for i := range 2 {
		row := Row("kim", i)
		row.ID, row.Channel, row.Dedupe, row.State = fmt.Sprint("alone", i), fmt.Sprint("alone", i), "alone", alerts.Standby
		add(t, s, row)
	}
	settle(t, s, "alone0", alerts.Done, at)
	if won, err := s.StandDown(ctx, leaseOne(t, s, "alone1", at), at); err != nil || won {
		t.Errorf("stood down for another's sake: %v, %v", won, err)
	}
}

// stepIn: standbys are due at once when none of their group is alive any more.
func stepIn(t *testing.T, s alerts.Store) {
	ctx, now := t.Context(), T0.Add(time.Minute)
	for _, c := range []struct {
		name   string
		states []alerts.State
		want   int
	}{
		{"none", nil, 0}, {"dead", []alerts.State{alerts.Dead, alerts.Dead}, 2}, {"skipped", []alerts.State{alerts.Skipped, alerts.Dead}, 2},
		{"done", []alerts.State{alerts.Dead, alerts.Done}, 0}, {"sent", []alerts.State{alerts.Sent, alerts.Dead}, 0}, {"half", []alerts.State{alerts.Dead}, 0},
	} {
		a, b := c.name+"a", c.name+"b"
		add(t, s, group(c.name, []string{a, b}, c.name+"c", c.name+"d")...)
		for i, state := range c.states {
			settle(t, s, []string{a, b}[i], state, T0)
		}
		n, err := s.StepIn(ctx, c.name, now)
		ok(t, err)
		due := find(t, s, c.name+"-"+c.name+"c").DueAt
		if n != c.want || due.Equal(now) != (c.want > 0) {
			t.Errorf("%s: %d stepped in, due %v", c.name, n, due.Sub(T0))
		}
		if n, err = s.StepIn(ctx, c.name, now); err != nil || n != 0 {
			t.Errorf("%s: again %d, %v", c.name, n, err)
		}
	}
	settle(t, s, "halfb", alerts.Pending, T0) // it will be tried again
	if n, err := s.StepIn(ctx, "half", now); err != nil || n != 0 {
		t.Errorf("stepped in for what is pending: %d, %v", n, err)
	}
	if n, err := s.StepIn(ctx, "", now); err != nil || n != 0 {
		t.Errorf("the empty group: %d, %v", n, err)
	}
}

// receipt: only what is sent has one, and only one.
func receipt(t *testing.T, s alerts.Store) {
	ctx, now := t.Context(), T0.Add(time.Minute)
	for _, delivered := range []bool{true, false} {
		name := fmt.Sprint("r-", delivered)
		add(t, s, group(name, []string{name})...)
		if _, won, err := s.Receipt(ctx, name+"-"+name, delivered, now); err != nil || won {
			t.Errorf("a receipt of what is pending: %v, %v", won, err)
		}
		settle(t, s, name, alerts.Sent, T0)
		got, won, err := s.Receipt(ctx, name+"-"+name, delivered, now)
		ok(t, err)
		d := find(t, s, name+"-"+name)
		want := map[bool]alerts.State{true: alerts.Done, false: alerts.Dead}[delivered]
		if !won || got != name || d.State != want || !d.ReceiptAt.Equal(now) || len(d.Log) != 1 || d.Log[0].State != want || !d.DoneAt.Equal(T0) {
			t.Errorf("%v, group %q: %+v", won, got, d)
		}
		if _, won, err := s.Receipt(ctx, name+"-"+name, !delivered, now); err != nil || won {
			t.Errorf("a second receipt: %v, %v", won, err)
		}
	}
}

// dead: all accounts', the newest first, page after page.
func dead(t *testing.T, s alerts.Store) {
	for n := range 7 {
		row := Row([]string{"kim", "lee"}[n%2], n)
		row.DueAt, row.Channel = T0, fmt.Sprint("c", n)
		add(t, s, row)
		state := alerts.Dead
		if n == 3 {
			state = alerts.Done
		}
		settle(t, s, row.Channel, state, T0.Add(time.Duration(n/2)*time.Second)) // two at a time
	}
	var got []string
	var after alerts.Delivery
	for range 10 {
		page, err := s.Dead(t.Context(), after, 2)
		ok(t, err)
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			if len(d.Payload) != 0 || d.Token != "" || d.State != alerts.Dead {
				t.Errorf("listed %+v", d)
			}
		}
		got, after = append(got, ids(page)...), page[len(page)-1]
	}
	if want := []string{"kim-006", "lee-005", "kim-004", "kim-002", "lee-001", "kim-000"}; !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

// revive: a dead alert has its payload still and begins anew; nothing else does.
func revive(t *testing.T, s alerts.Store) {
	ctx, now := t.Context(), T0.Add(time.Hour)
	for name, c := range map[string]struct {
		state alerts.State
		kind  alerts.Kind
		want  bool
	}{
		"dead": {alerts.Dead, alerts.NewDevice, true}, "code": {alerts.Dead, alerts.RecoveryCode, false}, "sign-in": {alerts.Dead, alerts.SignInCode, false},
		"done": {alerts.Done, alerts.NewDevice, false}, "skipped": {alerts.Skipped, alerts.NewDevice, false}, "sent": {alerts.Sent, alerts.NewDevice, false},
		"pending": {alerts.Pending, alerts.NewDevice, false},
	} {
		row := Row("kim", 0)
		row.ID, row.Channel, row.Dedupe, row.Kind = name, name, name, c.kind
		add(t, s, row)
		settle(t, s, name, c.state, T0)
		won, err := s.Revive(ctx, name, now)
		ok(t, err)
		if won != c.want {
			t.Errorf("%s: revived %v", name, won)
		}
		if !won {
			continue
		}
		d := leaseOne(t, s, name, now)
		if d.Attempts != 1 || !d.DoneAt.IsZero() || string(d.Payload) != string(row.Payload) || len(d.Log) != 1 || d.Log[0].Reason != alerts.CauseRevived {
			t.Errorf("revived as %+v", d)
		}
	}
}

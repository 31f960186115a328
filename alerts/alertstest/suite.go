// Package alertstest is the definition of an [alerts.Store]: every store, this
// SDK's and a user's own, must pass [TestStore], and [TestTransactions] if it
// has transactions.
package alertstest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

// T0 is the time of the suite: not on a whole second.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

const window = time.Hour

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) alerts.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s alerts.Store)
	}{
		{"profile", profiles},
		{"profile race", profileRace},
		{"failures", failures},
		{"failures race", failuresRace},
		{"preferences", preferences},
		{"preferences swap race", preferencesRace},
		{"phrases", phrases},
		{"answers", answers},
		{"answers race", answersRace},
		{"settings erased", settingsErased},
		{"contacts", contacts},
		{"contacts of each channel", contactsOfEachChannel},
		{"standing", standing},
		{"rates", rates},
		{"rates race", ratesRace},
		{"topics", topics},
		{"topics race", topicsRace},
		{"hush", hush},
		{"codes", codes},
		{"code tries race", codeTriesRace},
		{"code finish race", codeFinishRace},
		{"population race", populationRace},
		{"rules", rules},
		{"purge of sign-ins", purgeSignIns},
		{"delete account's sign-ins", deleteSignIns},
		{"outbox round trip", outboxRoundTrip},
		{"outbox order and limit", outboxOrder},
		{"due and lease times", leaseTimes},
		{"lease token", leaseToken},
		{"lease race", leaseRace},
		{"expired lease race", expiredLeaseRace},
		{"finish race", finishRace},
		{"lease by channel", leaseByChannel},
		{"log", logs},
		{"standby", standby},
		{"stand down race", standDownRace},
		{"step in", stepIn},
		{"step in race", stepInRace},
		{"receipt", receipt},
		{"receipt race", receiptRace},
		{"receipt or standby race", receiptOrStandbyRace},
		{"dead", dead},
		{"revive", revive},
		{"revive race", reviveRace},
		{"undelivered", undelivered},
		{"swap payload race", swapRace},
		{"dedupe", dedupe},
		{"dedupe race", dedupeRace},
		{"no aliasing", noAliasing},
		{"accounts apart", accountsApart},
		{"absent", absent},
		{"purge", purge},
		{"delete account", deleteAccount},
		{"cancelled", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// Row gives the n-th delivery of an account, created and due n minutes after
// [T0]. Its payload is not text.
func Row(account string, n int) alerts.Delivery {
	at := T0.Add(time.Duration(n) * time.Minute)
	return alerts.Delivery{
		ID: fmt.Sprintf("%s-%03d", account, n), Account: account, Channel: "email", Kind: alerts.NewDevice,
		Dedupe: fmt.Sprintf("d-%d 😀", n), Payload: []byte{0, 0xff, '\'', byte(n)},
		CreatedAt: at, DueAt: at,
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, s alerts.Store, rows ...alerts.Delivery) {
	t.Helper()
	n, err := s.Enqueue(t.Context(), rows)
	ok(t, err)
	if n != len(rows) {
		t.Fatalf("%d of %d deliveries were new", n, len(rows))
	}
}

func lease(t *testing.T, s alerts.Store, token string, now time.Time, max int) []alerts.Delivery {
	t.Helper()
	rows, err := s.Lease(t.Context(), "", token, now.Add(time.Minute), now, max)
	ok(t, err)
	return rows
}

func ids(rows []alerts.Delivery) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

func profiles(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	data := []byte{0, 1, 0xff, '"'}
	for i, step := range []struct {
		version int64
		want    bool
	}{{1, false}, {0, true}, {0, false}, {2, false}, {1, true}, {1, false}, {2, true}} {
		won, err := s.PutProfile(ctx, "kim 한글", append(data, byte(i)), step.version, T0)
		ok(t, err)
		if won != step.want {
			t.Fatalf("step %d: PutProfile at version %d: %v", i, step.version, won)
		}
	}
	got, version, err := s.Profile(ctx, "kim 한글")
	ok(t, err)
	if !bytes.Equal(got, append(data, 6)) || version != 3 {
		t.Errorf("got %v at %d", got, version)
	}
}

func failures(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	count := func(at time.Time, want int) {
		t.Helper()
		n, err := s.CountFailure(ctx, "kim", window, at)
		ok(t, err)
		if n != want {
			t.Errorf("CountFailure at %v gives %d, want %d", at.Sub(T0), n, want)
		}
	}
	read := func(at time.Time, want int) {
		t.Helper()
		n, err := failuresAt(s, ctx, "kim", at)
		ok(t, err)
		if n != want {
			t.Errorf("Failures at %v gives %d, want %d", at.Sub(T0), n, want)
		}
	}
	read(T0, 0)
	count(T0, 1)
	count(T0.Add(time.Minute), 2)
	read(T0.Add(window-time.Microsecond), 2)
	read(T0.Add(window), 0)
	read(T0.Add(window+time.Microsecond), 0)
	count(T0.Add(window-time.Microsecond), 3)
	count(T0.Add(window), 1) // a new window
	count(T0.Add(window+time.Minute), 2)
	read(T0.Add(2*window-time.Microsecond), 2)
	read(T0.Add(2*window), 0)
}

func outboxRoundTrip(t *testing.T, s alerts.Store) {
	want := Row("kim 한글", 1)
	want.ExpiresAt = T0.Add(10*time.Minute + time.Microsecond)
	want.Group, want.Urgent, want.State, want.Spare = "alert 한글", true, alerts.Standby, true
	add(t, s, want)
	now := want.DueAt
	got := lease(t, s, "token-1", now, 10)
	if len(got) != 1 {
		t.Fatalf("leased %v", got)
	}
	want.State, want.Attempts, want.Token, want.DueAt = alerts.Leased, 1, "token-1", now.Add(time.Minute)
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %#v %+v\nwant %#v", got[0], struct{ A, B, C time.Time }{got[0].CreatedAt, got[0].DueAt, got[0].ExpiresAt}, want)
	}
	won, err := finish(t.Context(), s, want.ID, "token-1", alerts.Done, "", now.Add(time.Second))
	ok(t, err)
	if !won {
		t.Fatal("the lease's holder could not finish")
	}
	list, err := s.Deliveries(t.Context(), "kim 한글", 10)
	ok(t, err)
	if len(list) != 1 || list[0].State != alerts.Done || !list[0].DoneAt.Equal(now.Add(time.Second)) || list[0].Attempts != 1 || len(list[0].Payload) != 0 || list[0].Token != "" {
		t.Errorf("listed %+v", list)
	}
	if got := lease(t, s, "token-2", now.Add(time.Hour), 10); len(got) != 0 {
		t.Errorf("a finished delivery was leased: %v", got)
	}
}

func outboxOrder(t *testing.T, s alerts.Store) {
	for _, n := range []int{3, 1, 4, 2, 0} {
		add(t, s, Row("kim", n))
	}
	now := T0.Add(3 * time.Minute)
	if got := ids(lease(t, s, "a", now, 2)); !slices.Equal(got, []string{"kim-000", "kim-001"}) {
		t.Errorf("first two: %v", got)
	}
	if got := ids(lease(t, s, "b", now, 10)); !slices.Equal(got, []string{"kim-002", "kim-003"}) {
		t.Errorf("the rest that is due: %v", got)
	}
	list, err := s.Deliveries(t.Context(), "kim", 3)
	ok(t, err)
	if !slices.Equal(ids(list), []string{"kim-004", "kim-003", "kim-002"}) {
		t.Errorf("listed %v", ids(list))
	}
}

// leaseTimes: due and lease ends are inclusive, to the microsecond.
func leaseTimes(t *testing.T, s alerts.Store) {
	add(t, s, Row("kim", 0))
	const us = time.Microsecond
	until := func(token string, now, end time.Time, want int) {
		t.Helper()
		rows, err := s.Lease(t.Context(), "", token, end, now, 10)
		ok(t, err)
		if len(rows) != want {
			t.Fatalf("lease %s at %v: %v, want %d", token, now.Sub(T0), rows, want)
		}
	}
	until("a", T0.Add(-us), T0.Add(time.Minute), 0)
	until("b", T0, T0.Add(time.Minute), 1)
	until("c", T0.Add(time.Minute-us), T0.Add(2*time.Minute), 0)
	until("d", T0.Add(time.Minute), T0.Add(2*time.Minute), 1) // b's lease ran out
	won, err := s.Settle(t.Context(), alerts.Delivery{
		ID: "kim-000", Token: "d", State: alerts.Pending, Attempts: 2, DueAt: T0.Add(time.Hour), LastError: "451 try later"})
	ok(t, err)
	if !won {
		t.Fatal("the lease's holder could not give back")
	}
	until("e", T0.Add(time.Hour-us), T0.Add(2*time.Hour), 0)
	rows := lease(t, s, "f", T0.Add(time.Hour), 10)
	if len(rows) != 1 || rows[0].Attempts != 3 || rows[0].LastError != "451 try later" || len(rows[0].Payload) == 0 {
		t.Fatalf("after a retry: %+v", rows)
	}
}

// leaseToken: only the current lease's holder ends a delivery.
func leaseToken(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	add(t, s, Row("kim", 0))
	lease(t, s, "old", T0, 1)
	lease(t, s, "new", T0.Add(time.Minute), 1)
	for _, token := range []string{"old", "", "other"} {
		if won, err := finish(ctx, s, "kim-000", token, alerts.Done, "", T0); err != nil || won {
			t.Errorf("Finish under %q: %v, %v", token, won, err)
		}
		if won, err := retry(ctx, s, "kim-000", token, T0, ""); err != nil || won {
			t.Errorf("Retry under %q: %v, %v", token, won, err)
		}
	}
	if won, err := finish(ctx, s, "kim-000", "new", alerts.Dead, "550", T0); err != nil || !won {
		t.Errorf("Finish by the holder: %v, %v", won, err)
	}
	for _, token := range []string{"new", ""} {
		if won, err := retry(ctx, s, "kim-000", token, T0, ""); err != nil || won {
			t.Errorf("a dead delivery came back under %q: %v, %v", token, won, err)
		}
	}
}

func noAliasing(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	data := []byte("mine")
	_, err := s.PutProfile(ctx, "kim", data, 0, T0)
	ok(t, err)
	ok(t, s.PutPreferences(ctx, "kim", data, T0))
	row := Row("kim", 0)
	row.Payload = data
	add(t, s, row)
	copy(data, "yours")
	p, _, err := s.Profile(ctx, "kim")
	ok(t, err)
	copy(p, "theirs")
	q, _, err := s.Preferences(ctx, "kim")
	ok(t, err)
	copy(q, "theirs")
	if p, _, _ = s.Profile(ctx, "kim"); string(p) != "mine" {
		t.Errorf("the profile became %q", p)
	}
	if q, _, _ = s.Preferences(ctx, "kim"); string(q) != "mine" {
		t.Errorf("the preferences became %q", q)
	}
	a := lease(t, s, "a", T0, 1)[0]
	if string(a.Payload) != "mine" {
		t.Errorf("the payload became %q", a.Payload)
	}
	copy(a.Payload, "thei")
	if b := lease(t, s, "b", T0.Add(time.Hour), 1)[0]; string(b.Payload) != "mine" {
		t.Errorf("the payload became %q", b.Payload)
	}
}

func absent(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	data, version, err := s.Profile(ctx, "nobody")
	if data != nil || version != 0 || err != nil {
		t.Errorf("Profile: %v, %d, %v", data, version, err)
	}
	if won, err := finish(ctx, s, "none", "none", alerts.Done, "", T0); won || err != nil {
		t.Errorf("Finish: %v, %v", won, err)
	}
	if won, err := retry(ctx, s, "none", "", T0, ""); won || err != nil {
		t.Errorf("Retry: %v, %v", won, err)
	}
	if won, err := s.StandDown(ctx, Row("kim", 0), T0); won || err != nil {
		t.Errorf("StandDown: %v, %v", won, err)
	}
	if n, err := s.StepIn(ctx, "none", T0); n != 0 || err != nil {
		t.Errorf("StepIn: %d, %v", n, err)
	}
	if group, won, err := s.Receipt(ctx, "none", true, T0); group != "" || won || err != nil {
		t.Errorf("Receipt: %q, %v, %v", group, won, err)
	}
	if won, err := s.Revive(ctx, "none", T0); won || err != nil {
		t.Errorf("Revive: %v, %v", won, err)
	}
	if rows, err := s.Dead(ctx, alerts.Delivery{}, 10); len(rows) != 0 || err != nil {
		t.Errorf("Dead: %v, %v", rows, err)
	}
	if n, err := s.Enqueue(ctx, nil); n != 0 || err != nil {
		t.Errorf("Enqueue of nothing: %d, %v", n, err)
	}
	if rows, err := s.Deliveries(ctx, "nobody", 10); len(rows) != 0 || err != nil {
		t.Errorf("Deliveries: %v, %v", rows, err)
	}
	if n, err := s.Purge(ctx, before(T0), 10); n != 0 || err != nil {
		t.Errorf("Purge: %d, %v", n, err)
	}
	ok(t, s.DeleteAccount(ctx, "nobody"))
}

func cancelled(t *testing.T, s alerts.Store) {
	add(t, s, Row("kim", 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func() error{
		"Profile":         func() error { _, _, err := s.Profile(ctx, "kim"); return err },
		"PutProfile":      func() error { _, err := s.PutProfile(ctx, "kim", nil, 0, T0); return err },
		"CountFailure":    func() error { _, err := s.CountFailure(ctx, "kim", window, T0); return err },
		"Standing":        func() error { _, err := s.Standing(ctx, "kim", T0, nil); return err },
		"CountRate":       func() error { _, err := s.CountRate(ctx, alerts.Rate{Name: "n"}, window, T0); return err },
		"Tell":            func() error { _, err := s.Tell(ctx, alerts.Topic{Account: "kim", Name: "n"}, T0); return err },
		"Hush":            func() error { return s.Hush(ctx, alerts.Topic{Account: "kim", Name: "n"}, T0, T0) },
		"PutCode":         func() error { return s.PutCode(ctx, codeRow("c", "kim")) },
		"Code":            func() error { _, err := s.Code(ctx, "c", T0); return notAbsent(err) },
		"TakeCode":        func() error { _, err := s.TakeCode(ctx, "c", 5, T0); return notAbsent(err) },
		"FinishCode":      func() error { _, err := s.FinishCode(ctx, "c", T0); return err },
		"DropCodes":       func() error { return s.DropCodes(ctx, "kim") },
		"Population":      func() error { _, _, err := s.Population(ctx); return err },
		"PutPopulation":   func() error { _, err := s.PutPopulation(ctx, nil, 0, T0); return err },
		"Rules":           func() error { _, _, err := s.Rules(ctx, "kim"); return err },
		"PutRules":        func() error { return s.PutRules(ctx, "kim", nil, T0) },
		"PauseRules":      func() error { return s.PauseRules(ctx, "kim", T0) },
		"Preferences":     func() error { _, _, err := s.Preferences(ctx, "kim"); return err },
		"SwapPreferences": func() error { _, err := s.SwapPreferences(ctx, "kim", nil, nil, T0); return err },
		"PutPhrase":       func() error { return s.PutPhrase(ctx, "kim", []byte("p"), T0) },
		"NextPhrase":      func() error { _, _, _, err := s.NextPhrase(ctx, ""); return err },
		"SwapPhrase":      func() error { _, err := s.SwapPhrase(ctx, "kim", nil, []byte("p")); return err },
		"SpendAnswer":     func() error { _, err := s.SpendAnswer(ctx, "kim", "k", T0.Add(time.Hour), T0); return err },
		"PutPreferences":  func() error { return s.PutPreferences(ctx, "kim", nil, T0) },
		"Enqueue":         func() error { _, err := s.Enqueue(ctx, []alerts.Delivery{Row("kim", 1)}); return err },
		"Lease":           func() error { _, err := s.Lease(ctx, "", "a", T0.Add(time.Hour), T0, 1); return err },
		"Settle":          func() error { _, err := finish(ctx, s, "kim-000", "a", alerts.Done, "", T0); return err },
		"StandDown":       func() error { _, err := s.StandDown(ctx, Row("kim", 0), T0); return err },
		"StepIn":          func() error { _, err := s.StepIn(ctx, "g", T0); return err },
		"Receipt":         func() error { _, _, err := s.Receipt(ctx, "kim-000", true, T0); return err },
		"Revive":          func() error { _, err := s.Revive(ctx, "kim-000", T0); return err },
		"Dead":            func() error { _, err := s.Dead(ctx, alerts.Delivery{}, 1); return err },
		"Deliveries":      func() error { _, err := s.Deliveries(ctx, "kim", 1); return err },
		"Undelivered":     func() error { _, err := s.Undelivered(ctx, "", 1); return err },
		"SwapPayload":     func() error { _, err := s.SwapPayload(ctx, Row("kim", 0), []byte("p")); return err },
		"DeleteAccount":   func() error { return s.DeleteAccount(ctx, "kim") },
		"Purge":           func() error { _, err := s.Purge(ctx, before(T0), 1); return err },
		"InTx":            func() error { return s.InTx(ctx, func(context.Context) error { return nil }) },
	}
	for name, call := range calls {
		if call() == nil {
			t.Errorf("%s ignored the cancelled context", name)
		}
	}
	if rows := lease(t, s, "b", T0, 10); len(rows) != 1 || rows[0].Attempts != 1 {
		t.Errorf("cancelled calls left %v", rows)
	}
}

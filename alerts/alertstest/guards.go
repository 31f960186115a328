package alertstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
)

// profileRace: of 64 writers that read the same version, one wins; first when
// there is no profile, then when there is one.
func profileRace(t *testing.T, s alerts.Store) {
	for version := range int64(3) {
		var winner atomic.Int64
		wins := racing.Wins(t, func(i int) (bool, error) {
			won, err := s.PutProfile(t.Context(), "kim", []byte{byte(i)}, version, T0)
			if won {
				winner.Store(int64(i))
			}
			return won, err
		})
		data, now, err := s.Profile(t.Context(), "kim")
		ok(t, err)
		if wins != 1 || now != version+1 || len(data) != 1 || int64(data[0]) != winner.Load() {
			t.Fatalf("at version %d: %d won; stored %v at %d", version, wins, data, now)
		}
	}
}

// failuresRace: every count is given out once.
func failuresRace(t *testing.T, s alerts.Store) {
	var mu sync.Mutex
	var seen []int
	racing.Go(func(int) {
		n, err := s.CountFailure(t.Context(), "kim", window, T0)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		seen = append(seen, n)
		mu.Unlock()
	})
	slices.Sort(seen)
	for i, n := range seen {
		if n != i+1 {
			t.Fatalf("counts %v", seen)
		}
	}
}

// leaseRace: 64 dispatchers take what is due; each delivery is leased once.
func leaseRace(t *testing.T, s alerts.Store) {
	const rows = 200
	var all []alerts.Delivery
	for n := range rows {
		row := Row("kim", n)
		row.CreatedAt, row.DueAt = T0, T0
		all = append(all, row)
	}
	for batch := range slices.Chunk(all, 50) {
		add(t, s, batch...)
	}
	raceLeases(t, s, rows, T0, 1)
}

// expiredLeaseRace: the same for deliveries whose dispatcher died.
func expiredLeaseRace(t *testing.T, s alerts.Store) {
	const rows = 40
	for n := range rows {
		row := Row("kim", n)
		row.CreatedAt, row.DueAt = T0, T0
		add(t, s, row)
	}
	if got := lease(t, s, "died", T0, rows); len(got) != rows {
		t.Fatalf("leased %d of %d", len(got), rows)
	}
	raceLeases(t, s, rows, T0.Add(time.Minute), 2)
}

func raceLeases(t *testing.T, s alerts.Store, rows int, now time.Time, attempts int) {
	t.Helper()
	var mu sync.Mutex
	holders := map[string]string{}
	racing.Go(func(i int) {
		token := fmt.Sprintf("holder-%d", i)
		for {
			got, err := s.Lease(t.Context(), "", token, now.Add(time.Hour), now, 3)
			if err != nil {
				t.Error(err)
				return
			}
			if len(got) == 0 {
				return
			}
			if len(got) > 3 {
				t.Errorf("%d leased, at most 3 were asked for", len(got))
			}
			mu.Lock()
			for _, d := range got {
				if other, ok := holders[d.ID]; ok {
					t.Errorf("%s was leased to %s and %s", d.ID, other, token)
				}
				if d.Token != token || d.Attempts != attempts {
					t.Errorf("leased to %s as %s, attempt %d", token, d.Token, d.Attempts)
				}
				holders[d.ID] = token
			}
			mu.Unlock()
		}
	})
	// A racer may see nothing while others' locks are skipped; nothing may stay.
	for _, d := range lease(t, s, "sweep", now, rows) {
		holders[d.ID] = "sweep"
	}
	if len(holders) != rows {
		t.Errorf("%d of %d deliveries were leased", len(holders), rows)
	}
}

// finishRace: of 64 callers with one token, one ends the delivery.
func finishRace(t *testing.T, s alerts.Store) {
	add(t, s, Row("kim", 0))
	lease(t, s, "a", T0, 1)
	wins := racing.Wins(t, func(i int) (bool, error) {
		switch i % 3 {
		case 0:
			return finish(t.Context(), s, "kim-000", "a", alerts.Done, "", T0)
		case 1:
			return finish(t.Context(), s, "kim-000", "a", alerts.Dead, "550", T0)
		default:
			return retry(t.Context(), s, "kim-000", "a", T0.Add(time.Hour), "451")
		}
	})
	if wins != 1 {
		t.Errorf("%d of 64 ended one lease", wins)
	}
}

// dedupe: unique within account and channel, ended or not, also within one call.
func dedupe(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	make3 := func(prefix string) []alerts.Delivery {
		var rows []alerts.Delivery
		for i, channel := range []string{"email", "email", "sms"} {
			row := Row("kim", i)
			row.ID, row.Dedupe, row.Channel = fmt.Sprintf("%s-%d", prefix, i), "same", channel
			rows = append(rows, row)
		}
		return rows
	}
	for i, want := range []int{2, 0} {
		n, err := s.Enqueue(ctx, make3(fmt.Sprint(i)))
		ok(t, err)
		if n != want {
			t.Errorf("round %d: %d new, want %d", i, n, want)
		}
	}
	for _, d := range lease(t, s, "a", T0.Add(time.Hour), 10) {
		_, err := finish(ctx, s, d.ID, "a", alerts.Done, "", T0)
		ok(t, err)
	}
	if n, err := s.Enqueue(ctx, make3("again")); err != nil || n != 0 {
		t.Errorf("after the end: %d new, %v", n, err)
	}
	other := Row("lee", 0)
	other.Dedupe = "same"
	add(t, s, other)
}

// dedupeRace: of 64 equal messages, one is kept.
func dedupeRace(t *testing.T, s alerts.Store) {
	var added atomic.Int64
	racing.Go(func(i int) {
		row := Row("kim", 0)
		row.ID = fmt.Sprintf("row-%d", i)
		n, err := s.Enqueue(t.Context(), []alerts.Delivery{row})
		if err != nil {
			t.Error(err)
		}
		added.Add(int64(n))
	})
	if rows := lease(t, s, "a", T0, 100); added.Load() != 1 || len(rows) != 1 {
		t.Errorf("%d reported as new, %d kept", added.Load(), len(rows))
	}
}

// accountsApart: ids are compared byte by byte.
func accountsApart(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	names := []string{"kim", "Kim", "kim ", "ki", "kim%", "김"}
	for i, account := range names {
		_, err := s.PutProfile(ctx, account, []byte(account), 0, T0)
		ok(t, err)
		ok(t, s.PutPreferences(ctx, account, []byte(account), T0))
		for range i + 1 {
			_, err = s.CountFailure(ctx, account, window, T0)
			ok(t, err)
		}
		add(t, s, Row(account, 0))
	}
	for i, account := range names {
		p, version, err := s.Profile(ctx, account)
		ok(t, err)
		q, _, err := s.Preferences(ctx, account)
		ok(t, err)
		n, err := failuresAt(s, ctx, account, T0)
		ok(t, err)
		list, err := s.Deliveries(ctx, account, 10)
		ok(t, err)
		if string(p) != account || version != 1 || string(q) != account || n != i+1 || len(list) != 1 {
			t.Errorf("%q has %q at %d, %q, %d failures, %v", account, p, version, q, n, list)
		}
	}
}

func purge(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	for n := range 6 {
		add(t, s, Row("kim", n))
	}
	end := map[string]alerts.State{"kim-000": alerts.Done, "kim-001": alerts.Dead, "kim-002": alerts.Done, "kim-003": alerts.Done}
	for _, d := range lease(t, s, "a", T0.Add(4*time.Minute), 10) {
		if state, ok2 := end[d.ID]; ok2 {
			_, err := finish(ctx, s, d.ID, "a", state, "", d.CreatedAt)
			ok(t, err)
		}
	}
	_, err := s.CountFailure(ctx, "kim", window, T0)
	ok(t, err)
	_, err = s.CountFailure(ctx, "lee", window, T0.Add(time.Minute))
	ok(t, err)
	edge := T0.Add(3 * time.Minute)
	for i, step := range []struct {
		done, failures time.Time
		max            int
		want           int64
	}{
		{T0, T0, 10, 0}, {edge, T0, 2, 2}, {edge, T0, 2, 1}, {edge, T0, 2, 0},
		{T0, T0.Add(time.Microsecond), 10, 1}, {T0, T0.Add(time.Hour), 10, 1}, {T0.Add(time.Hour), T0, 10, 1},
	} {
		n, err := s.Purge(ctx, alerts.Horizon{Done: step.done, Failures: step.failures, Rates: T0, Topics: T0, Codes: T0, Answers: T0}, step.max)
		ok(t, err)
		if n != step.want {
			t.Errorf("step %d purged %d, want %d", i, n, step.want)
		}
	}
	list, err := s.Deliveries(ctx, "kim", 10)
	ok(t, err)
	if !slices.Equal(ids(list), []string{"kim-005", "kim-004"}) { // waiting ones stay
		t.Errorf("left %v", ids(list))
	}
}

func deleteAccount(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	for _, account := range []string{"kim", "lee"} {
		_, err := s.PutProfile(ctx, account, []byte("p"), 0, T0)
		ok(t, err)
		ok(t, s.PutPreferences(ctx, account, []byte("q"), T0))
		_, err = s.CountFailure(ctx, account, window, T0)
		ok(t, err)
		add(t, s, Row(account, 0), Row(account, 1))
	}
	ok(t, s.DeleteAccount(ctx, "kim"))
	p, version, err := s.Profile(ctx, "kim")
	ok(t, err)
	q, _, err := s.Preferences(ctx, "kim")
	ok(t, err)
	n, err := failuresAt(s, ctx, "kim", T0)
	ok(t, err)
	list, err := s.Deliveries(ctx, "kim", 10)
	ok(t, err)
	if p != nil || version != 0 || q != nil || n != 0 || len(list) != 0 {
		t.Errorf("left behind: %q at %d, %q, %d failures, %v", p, version, q, n, list)
	}
	if rows := lease(t, s, "a", T0.Add(time.Hour), 10); !slices.Equal(ids(rows), []string{"lee-000", "lee-001"}) {
		t.Errorf("another account's deliveries: %v", ids(rows))
	}
	add(t, s, Row("kim", 0)) // its dedupe key went too
}

var errUndo = errors.New("alertstest: undo")

// TestTransactions checks that a store with transactions leaves nothing behind
// when one is rolled back, and everything when it is not.
func TestTransactions(t *testing.T, open func(t *testing.T) alerts.Store) {
	for _, result := range []error{errUndo, nil} {
		t.Run(fmt.Sprint(result), func(t *testing.T) {
			s := open(t)
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				if _, err := s.PutProfile(ctx, "kim", []byte("p"), 0, T0); err != nil {
					return err
				}
				if _, err := s.CountFailure(ctx, "kim", window, T0); err != nil {
					return err
				}
				if err := s.PutPreferences(ctx, "kim", []byte("q"), T0); err != nil {
					return err
				}
				fillSignIns(t, ctx, s, "kim")
				if _, err := s.PutPopulation(ctx, []byte("all"), 0, T0); err != nil {
					return err
				}
				// A repeat must not spoil the transaction.
				for _, id := range []string{"a", "b"} {
					row := Row("kim", 0)
					row.ID = id
					if _, err := s.Enqueue(ctx, []alerts.Delivery{row}); err != nil {
						return err
					}
				}
				return result
			})
			if !errors.Is(err, result) {
				t.Fatal(err)
			}
			p, _, err := s.Profile(t.Context(), "kim")
			ok(t, err)
			q, _, err := s.Preferences(t.Context(), "kim")
			ok(t, err)
			n, err := failuresAt(s, t.Context(), "kim", T0)
			ok(t, err)
			rows := lease(t, s, "a", T0, 10)
			all, _, err := s.Population(t.Context())
			ok(t, err)
			if got := signIns(t, s, "kim"); got != ([4]bool{result == nil, result == nil, result == nil, result == nil}) || (all != nil) != (result == nil) {
				t.Errorf("left rate, topic, code, rules: %v, population %q", got, all)
			}
			if kept := p != nil && q != nil && n == 1 && len(rows) == 1; kept != (result == nil) {
				t.Errorf("left %q, %q, %d, %v", p, q, n, rows)
			}
			if result != nil && (p != nil || q != nil || n != 0 || len(rows) != 0) {
				t.Errorf("a rolled-back transaction left %q, %q, %d, %v", p, q, n, rows)
			}
		})
	}
}

// TestDetached checks that a try of a code counts whatever becomes of the
// transaction that the caller carries, or is refused inside one.
func TestDetached(t *testing.T, open func(t *testing.T) alerts.Store) {
	s := open(t)
	ok(t, s.PutCode(t.Context(), codeRow("h", "kim")))
	inside := 0
	for range 3 {
		err := s.InTx(t.Context(), func(ctx context.Context) error {
			if _, err := s.TakeCode(ctx, "h", 9, T0); err == nil {
				inside++
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
	}
	c, err := s.TakeCode(t.Context(), "h", 9, T0)
	ok(t, err)
	if c.Tries != inside+1 {
		t.Errorf("%d tries were taken in transactions that were rolled back, and %d are counted", inside, c.Tries-1)
	}
}

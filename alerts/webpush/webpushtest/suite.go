// Package webpushtest is the definition of a [webpush.Store]: every store, this
// SDK's and a user's own, must pass [TestStore].
package webpushtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/racing"
)

// T0 is the time of the suite: not on a whole second.
var T0 = time.Date(2026, 11, 1, 9, 0, 0, 123456000, time.UTC)

const (
	tick = time.Microsecond
	max  = 3 // rows an account
)

// TestStore checks a store; open gives a fresh, empty one.
func TestStore(t *testing.T, open func(t *testing.T) webpush.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s webpush.Store)
	}{
		{"round trip", roundTrip},
		{"one browser is one row", again},
		{"moves to another account", moves},
		{"the longest unused goes", bounded},
		{"used", used},
		{"remove", remove},
		{"delete account", deleteAccount},
		{"walk what is sealed", walk},
		{"swap what is sealed", swap},
		{"text", text},
		{"cancelled", cancelled},
		{"race: add", raceAdd},
		{"race: one browser, many accounts", raceMove},
		{"race: one browser, one account", raceAgain},
		{"race: remove", raceRemove},
		{"race: swap", raceSwap},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// row is one of kim's, used at T0 plus after.
func row(id string, after time.Duration) webpush.Row {
	at := T0.Add(after)
	return webpush.Row{ID: id, Account: "kim", Label: "Chrome on Windows", Sealed: []byte("sealed " + id), CreatedAt: at, UsedAt: at, SealedAt: at}
}

func of(account string, r webpush.Row) webpush.Row {
	r.Account = account
	return r
}

func put(t *testing.T, s webpush.Store, r webpush.Row, want bool) {
	t.Helper()
	added, err := s.Put(t.Context(), r, max)
	ok(t, err)
	if added != want {
		t.Fatalf("%v: added %v, want %v", r, added, want)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, s webpush.Store, account string) []webpush.Row {
	t.Helper()
	rows, err := s.List(t.Context(), account)
	ok(t, err)
	return rows
}

func ids(rows []webpush.Row) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func has(t *testing.T, s webpush.Store, account string, want ...string) {
	t.Helper()
	if got := ids(list(t, s, account)); !slices.Equal(got, append([]string{}, want...)) {
		t.Fatalf("%s has %v, want %v", account, got, want)
	}
}

func same(t *testing.T, got, want webpush.Row) {
	t.Helper()
	if got.ID != want.ID || got.Account != want.Account || got.Label != want.Label || !bytes.Equal(got.Sealed, want.Sealed) ||
		got.CreatedAt != want.CreatedAt || got.UsedAt != want.UsedAt || got.SealedAt != want.SealedAt {
		t.Fatalf("got %+v\nwant %+v", fields(got), fields(want))
	}
}

func fields(r webpush.Row) []any {
	return []any{r.ID, r.Account, r.Label, string(r.Sealed), r.CreatedAt, r.UsedAt, r.SealedAt}
}

func roundTrip(t *testing.T, s webpush.Store) {
	r := row("a", 0)
	r.UsedAt, r.SealedAt = T0.Add(time.Hour), T0.Add(2*time.Hour)
	put(t, s, r, true)
	has(t, s, "kim", "a")
	same(t, list(t, s, "kim")[0], r)
	has(t, s, "nobody")
	r.Sealed[0] = 'X' // what was handed in, and what was given away, are not the store's
	list(t, s, "kim")[0].Sealed[0] = 'Y'
	if got := list(t, s, "kim")[0].Sealed; string(got) != "sealed a" {
		t.Errorf("the store shares its memory: %q", got)
	}
}

// again: the same browser with other keys takes its row's place.
func again(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	r := row("a", time.Hour)
	r.Label, r.Sealed = "Edge on Windows", []byte("other")
	put(t, s, r, false)
	r.CreatedAt = T0
	has(t, s, "kim", "a")
	same(t, list(t, s, "kim")[0], r)
}

// moves: whoever had the browser before has it no more.
func moves(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	put(t, s, row("b", tick), true)
	r := of("lee", row("a", time.Hour))
	r.Sealed = []byte("lee's")
	put(t, s, r, true)
	has(t, s, "kim", "b")
	has(t, s, "lee", "a")
	same(t, list(t, s, "lee")[0], r)
	put(t, s, row("a", 2*time.Hour), true)
	has(t, s, "kim", "a", "b")
	has(t, s, "lee")
}

func bounded(t *testing.T, s webpush.Store) {
	put(t, s, of("lee", row("l", 0)), true)
	for i, id := range []string{"a", "b", "c"} {
		put(t, s, row(id, time.Duration(i)*time.Second), true)
	}
	ok(t, s.Used(t.Context(), "kim", []string{"a"}, T0.Add(time.Minute)))
	put(t, s, row("d", 2*time.Minute), true)
	has(t, s, "kim", "d", "a", "c")
	put(t, s, row("c", 3*time.Minute), false) // refreshed: nothing goes
	has(t, s, "kim", "c", "d", "a")
	put(t, s, row("e", -time.Hour), true) // the clock of another instance: never the new one itself
	has(t, s, "kim", "c", "d", "e")
	put(t, s, of("lee", row("m", 0)), true)
	put(t, s, of("lee", row("n", 0)), true)
	put(t, s, of("lee", row("o", 0)), true) // of equals the lower id
	has(t, s, "lee", "o", "n", "m")
	if _, err := s.Put(t.Context(), of("lee", row("p", 0)), 1); err != nil {
		t.Fatal(err)
	}
	has(t, s, "lee", "p")
}

func used(t *testing.T, s webpush.Store) {
	for i, id := range []string{"a", "b", "c"} {
		put(t, s, row(id, time.Duration(i)*time.Second), true)
	}
	put(t, s, of("lee", row("l", 0)), true)
	ctx := t.Context()
	ok(t, s.Used(ctx, "kim", []string{"a", "c", "l", "absent"}, T0.Add(time.Minute)))
	has(t, s, "kim", "c", "a", "b")
	for _, c := range []struct {
		account string
		i       int
		want    time.Duration
	}{{"kim", 0, time.Minute}, {"kim", 2, time.Second}, {"lee", 0, 0}} {
		if r := list(t, s, c.account)[c.i]; r.UsedAt != T0.Add(c.want) || r.CreatedAt.After(T0.Add(2*time.Second)) {
			t.Errorf("%v", fields(r))
		}
	}
	ok(t, s.Used(ctx, "kim", []string{"a"}, T0)) // the clock of another instance
	if r := list(t, s, "kim")[1]; r.UsedAt != T0.Add(time.Minute) {
		t.Errorf("set back: %v", fields(r))
	}
	ok(t, s.Used(ctx, "kim", nil, T0.Add(time.Hour)))
	has(t, s, "kim", "c", "a", "b")
}

func remove(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	put(t, s, row("b", tick), true)
	for _, c := range []struct {
		account, id string
		want        bool
	}{{"lee", "a", false}, {"", "a", false}, {"kim", "absent", false}, {"kim", "a", true}, {"kim", "a", false}} {
		got, err := s.Remove(t.Context(), c.account, c.id)
		ok(t, err)
		if got != c.want {
			t.Errorf("%q removes %q: %v", c.account, c.id, got)
		}
	}
	has(t, s, "kim", "b")
}

func deleteAccount(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	put(t, s, row("b", 0), true)
	put(t, s, of("lee", row("l", 0)), true)
	for _, account := range []string{"kim", "nobody", ""} {
		ok(t, s.DeleteAccount(t.Context(), account))
	}
	has(t, s, "kim")
	has(t, s, "lee", "l")
	put(t, s, row("a", 0), true)
}

func walk(t *testing.T, s webpush.Store) {
	ctx := t.Context()
	for i, id := range []string{"c", "b", "a"} {
		r := of("u-"+id, row(id, 0))
		if i == 0 {
			r.SealedAt = T0.Add(-time.Hour)
		}
		put(t, s, r, true)
	}
	var got []string
	for after := (webpush.Row{}); ; {
		rows, err := s.SealedBefore(ctx, T0.Add(tick), after, 2)
		ok(t, err)
		got = append(got, ids(rows)...)
		if len(rows) < 2 {
			break
		}
		after = rows[1]
	}
	if !slices.Equal(got, []string{"c", "a", "b"}) {
		t.Errorf("walked %v", got)
	}
	for at, want := range map[time.Time]int{T0: 1, T0.Add(tick): 3, T0.Add(-time.Hour): 0} {
		if rows, err := s.SealedBefore(ctx, at, webpush.Row{}, 10); err != nil || len(rows) != want {
			t.Errorf("before %v: %d rows, %v", at, len(rows), err)
		}
	}
}

func swap(t *testing.T, s webpush.Store) {
	r := row("a", 0)
	put(t, s, r, true)
	later := T0.Add(time.Hour)
	for name, bad := range map[string]webpush.Row{"another account": of("lee", r), "absent": {ID: "x", Account: "kim", Sealed: r.Sealed}, "changed": {ID: "a", Account: "kim", Sealed: []byte("other")}} {
		if won, err := s.Swap(t.Context(), bad, []byte("new"), later); err != nil || won {
			t.Errorf("%s: %v, %v", name, won, err)
		}
	}
	won, err := s.Swap(t.Context(), r, []byte("new"), later)
	ok(t, err)
	if r.Sealed, r.SealedAt = []byte("new"), later; !won {
		t.Error("not swapped")
	}
	same(t, list(t, s, "kim")[0], r)
}

// text: what is not plain is kept as it is or refused, never mixed up.
func text(t *testing.T, s webpush.Store) {
	r := of("김😀", row("a", 0))
	r.Label, r.Sealed = "크롬 😀", []byte{0, 255, 0, 1}
	put(t, s, r, true)
	same(t, list(t, s, r.Account)[0], r)
	if _, err := s.Put(t.Context(), of("kim\x00", row("b", 0)), max); err == nil {
		has(t, s, "kim")
	}
}

func cancelled(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func() error{
		"Put":           func() error { _, err := s.Put(ctx, row("b", 0), max); return err },
		"List":          func() error { _, err := s.List(ctx, "kim"); return err },
		"Used":          func() error { return s.Used(ctx, "kim", []string{"a"}, T0) },
		"Remove":        func() error { _, err := s.Remove(ctx, "kim", "a"); return err },
		"SealedBefore":  func() error { _, err := s.SealedBefore(ctx, T0, webpush.Row{}, 1); return err },
		"Swap":          func() error { _, err := s.Swap(ctx, row("a", 0), nil, T0); return err },
		"DeleteAccount": func() error { return s.DeleteAccount(ctx, "nobody") },
	} {
		if call() == nil {
			t.Error(name, "took no notice")
		}
	}
}

// raceAdd: the bound holds, whoever adds at once.
func raceAdd(t *testing.T, s webpush.Store) {
	racing.Wins(t, func(i int) (bool, error) {
		return s.Put(t.Context(), row(fmt.Sprintf("r%02d", i), time.Duration(i)*tick), max)
	})
	if n := len(list(t, s, "kim")); n != max {
		t.Errorf("%d rows, want %d", n, max)
	}
}

// raceMove: a browser is one account's, whoever signs in on it at once.
func raceMove(t *testing.T, s webpush.Store) {
	account := func(i int) string { return fmt.Sprint("u", i) }
	racing.Wins(t, func(i int) (bool, error) { return s.Put(t.Context(), of(account(i), row("a", 0)), max) })
	holders := 0
	for i := range racing.Racers {
		holders += len(list(t, s, account(i)))
	}
	if holders != 1 {
		t.Errorf("%d accounts hold one browser", holders)
	}
}

func raceAgain(t *testing.T, s webpush.Store) {
	added := racing.Wins(t, func(int) (bool, error) { return s.Put(t.Context(), row("a", 0), max) })
	if added != 1 {
		t.Errorf("added %d times", added)
	}
	has(t, s, "kim", "a")
}

func raceRemove(t *testing.T, s webpush.Store) {
	put(t, s, row("a", 0), true)
	if wins := racing.Wins(t, func(int) (bool, error) { return s.Remove(t.Context(), "kim", "a") }); wins != 1 {
		t.Errorf("removed %d times", wins)
	}
}

func raceSwap(t *testing.T, s webpush.Store) {
	r := row("a", 0)
	put(t, s, r, true)
	if wins := racing.Wins(t, func(i int) (bool, error) {
		return s.Swap(t.Context(), r, fmt.Appendf(nil, "new %d", i), T0)
	}); wins != 1 {
		t.Errorf("swapped %d times", wins)
	}
}

package alertstest

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
)

func failuresAt(s alerts.Store, ctx context.Context, account string, at time.Time) (int, error) { //nolint:revive // reads as a method
	got, err := s.Standing(ctx, account, at.Add(-window), nil)
	return got.Failures, err
}

func before(t time.Time) alerts.Horizon {
	return alerts.Horizon{Done: t, Failures: t, Rates: t, Topics: t, Codes: t, Answers: t}
}

// notAbsent takes absence for no error.
func notAbsent(err error) error {
	if errors.Is(err, alerts.ErrNoCode) {
		return nil
	}
	return err
}

// standing: everything at once, absent parts zero, others' left out.
func standing(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	want := []alerts.Rate{
		{Name: "net|192.0.2.0/24", Since: T0.Add(-window)}, {Account: "kim", Name: "devices", Since: T0.Add(-24 * time.Hour)},
		{Account: "lee", Name: "devices", Since: T0.Add(-24 * time.Hour)},
	}
	got, err := s.Standing(ctx, "kim", T0.Add(-window), want)
	ok(t, err)
	if !reflect.DeepEqual(got, alerts.Standing{Rates: want}) {
		t.Errorf("of nobody: %+v", got)
	}
	_, err = s.PutProfile(ctx, "kim", []byte{0, 0xff}, 0, T0)
	ok(t, err)
	ok(t, s.PutRules(ctx, "kim", []byte("rules"), T0))
	ok(t, s.PauseRules(ctx, "kim", T0.Add(time.Hour)))
	_, err = s.CountFailure(ctx, "kim", window, T0)
	ok(t, err)
	net := alerts.Rate{Name: want[0].Name, N: 2, Unknown: 1, Leaked: 1, Failed: alerts.Sketch{1 << 63, 3}, Passed: alerts.Sketch{5, 1 << 63}}
	for _, r := range []alerts.Rate{net, {Account: "kim", Name: "devices", N: 4}, {Account: "kim", Name: want[0].Name, N: 9}} {
		_, err = s.CountRate(ctx, r, window, T0)
		ok(t, err)
	}
	net.Since = T0
	wantNow := alerts.Standing{
		Profile: []byte{0, 0xff}, Version: 1, Rules: []byte("rules"), Paused: T0.Add(time.Hour), Failures: 1,
		Rates: []alerts.Rate{net, {Account: "kim", Name: "devices", N: 4, Since: T0}, want[2]},
	}
	if got, err = s.Standing(ctx, "kim", T0.Add(-window), want); err != nil || !reflect.DeepEqual(got, wantNow) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, wantNow)
	}
	// What began at Since, or before, is over.
	for i := range want {
		want[i].Since = T0
	}
	if got, err = s.Standing(ctx, "kim", T0, want); err != nil || got.Failures != 0 || !reflect.DeepEqual(got.Rates, want) {
		t.Errorf("after the windows: %+v, %v", got, err)
	}
	if got, err = s.Standing(ctx, "lee", T0.Add(-window), nil); err != nil || !reflect.DeepEqual(got, alerts.Standing{}) {
		t.Errorf("another's: %+v, %v", got, err)
	}
}

// rates: sums within a window, apart by account and name, anew after it.
func rates(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	count := func(account, name string, at time.Time, bit int, wantN int, wantBits uint64) {
		t.Helper()
		r, err := s.CountRate(ctx, alerts.Rate{
			Account: account, Name: name, N: 1, Unknown: 1, Leaked: 2, Failed: alerts.Sketch{1 << bit, 1}, Passed: alerts.Sketch{2, 1 << bit},
		}, window, at)
		ok(t, err)
		want := alerts.Rate{Account: account, Name: name, N: wantN, Unknown: wantN, Leaked: 2 * wantN,
			Failed: alerts.Sketch{wantBits, 1}, Passed: alerts.Sketch{2, wantBits}, Since: r.Since}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("%s %s at %v: %+v, want %+v", account, name, at.Sub(T0), r, want)
		}
	}
	count("", "net", T0, 0, 1, 1)
	count("", "net", T0.Add(time.Minute), 63, 2, 1<<63|1)
	count("", "net", T0.Add(time.Minute), 63, 3, 1<<63|1) // nobody new
	count("kim", "net", T0, 4, 1, 1<<4)
	count("", "NET", T0, 5, 1, 1<<5)
	count("", "net", T0.Add(window-time.Microsecond), 1, 4, 1<<63|3)
	count("", "net", T0.Add(window), 2, 1, 1<<2) // a new window
	count("", "net", T0, 3, 2, 1<<2|1<<3)        // a clock that jumped back
	r, err := s.CountRate(ctx, alerts.Rate{Name: "net", N: -1}, window, T0)
	if err != nil || r.N != 1 || r.Unknown != 2 {
		t.Errorf("one given back: %+v, %v", r, err)
	}
}

// ratesRace: nothing is lost.
func ratesRace(t *testing.T, s alerts.Store) {
	var highest atomic.Int64
	racing.Go(func(i int) {
		r, err := s.CountRate(t.Context(), alerts.Rate{Name: "net", N: 1, Failed: alerts.Sketch{1 << i, 0}}, window, T0)
		if err != nil {
			t.Error(err)
		}
		for {
			old := highest.Load()
			if int64(r.N) <= old || highest.CompareAndSwap(old, int64(r.N)) {
				return
			}
		}
	})
	r, err := s.CountRate(t.Context(), alerts.Rate{Name: "net"}, window, T0)
	ok(t, err)
	if highest.Load() != racing.Racers || r.N != racing.Racers || r.Failed[0] != 1<<racing.Racers-1 {
		t.Errorf("counted %d, highest %d, sketch %x", r.N, highest.Load(), r.Failed)
	}
}

func topic(account string, classes int64) alerts.Topic {
	return alerts.Topic{Account: account, Name: "sign-in 😀", Classes: classes, Cooldown: time.Hour}
}

// topics: told, kept back, told again with the number of repeats; after a
// cool-down that doubles up to eightfold, or for a new class of evidence.
func topics(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	tell := func(at time.Duration, classes int64, want alerts.Told) {
		t.Helper()
		got, err := s.Tell(ctx, topic("kim", classes), T0.Add(at))
		ok(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("at %v: %+v, want %+v", at, got, want)
		}
	}
	tell(0, 1, alerts.Told{Send: true, Times: 1})
	tell(time.Minute, 1, alerts.Told{Times: 1})
	tell(time.Hour-time.Microsecond, 1, alerts.Told{Times: 1})
	tell(time.Hour, 1, alerts.Told{Send: true, Times: 2, Repeats: 2, Since: T0})
	tell(3*time.Hour-time.Microsecond, 1, alerts.Told{Times: 2})
	tell(3*time.Hour, 1, alerts.Told{Send: true, Times: 3, Repeats: 1, Since: T0.Add(time.Hour)})
	tell(7*time.Hour-time.Microsecond, 1, alerts.Told{Times: 3})
	tell(7*time.Hour, 1, alerts.Told{Send: true, Times: 4, Repeats: 1, Since: T0.Add(3 * time.Hour)})
	tell(15*time.Hour-time.Microsecond, 1, alerts.Told{Times: 4})
	tell(15*time.Hour, 3, alerts.Told{Send: true, Times: 5, Repeats: 1, Since: T0.Add(7 * time.Hour)})
	tell(16*time.Hour, 2, alerts.Told{Times: 5})
	tell(16*time.Hour, 4|2, alerts.Told{Send: true, Times: 6, Repeats: 1, Since: T0.Add(15 * time.Hour)}) // a new class
	tell(16*time.Hour, 7, alerts.Told{Times: 6})                                                          // not new any more
	tell(17*time.Hour, 1, alerts.Told{Send: true, Times: 7, Repeats: 1, Since: T0.Add(16 * time.Hour)})
	tell(17*time.Hour, 4, alerts.Told{Send: true, Times: 8, Since: T0.Add(17 * time.Hour)}) // forgotten with the silence
	if got, err := s.Tell(ctx, topic("lee", 1), T0); err != nil || !got.Send {
		t.Errorf("another account's: %+v, %v", got, err)
	}
}

// topicsRace: one of 64 tells, first of a new topic, then of one that is due,
// then of a new class.
func topicsRace(t *testing.T, s alerts.Store) {
	for round, at := range []time.Time{T0, T0.Add(time.Hour), T0.Add(time.Hour)} {
		sent := racing.Wins(t, func(int) (bool, error) {
			got, err := s.Tell(t.Context(), topic("kim", 1<<(round/2)), at)
			return got.Send, err
		})
		if sent != 1 {
			t.Errorf("round %d: %d told", round, sent)
		}
	}
}

// hush: what the owner knows is not told until then, a new class is.
func hush(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	tell := func(at time.Duration, classes int64, want bool) {
		t.Helper()
		if got, err := s.Tell(ctx, topic("kim", classes), T0.Add(at)); err != nil || got.Send != want {
			t.Errorf("at %v, classes %d: %+v, %v", at, classes, got, err)
		}
	}
	until := T0.Add(100 * time.Hour)
	ok(t, s.Hush(ctx, topic("kim", 1|2), until, T0)) // never told before
	tell(time.Minute, 1, false)
	tell(99*time.Hour, 2, false)
	ok(t, s.Hush(ctx, topic("kim", 0), T0.Add(time.Hour), T0)) // a shorter silence
	tell(99*time.Hour, 3, false)
	tell(99*time.Hour, 4, true)
	ok(t, s.Hush(ctx, topic("kim", 4), until, T0))
	tell(100*time.Hour-time.Microsecond, 7, false)
	tell(100*time.Hour, 7, true)
	tell(100*time.Hour, 7, false)
	ok(t, s.Hush(ctx, topic("lee", 1), until, T0))
	tell(200*time.Hour, 1, true)
}

func codeRow(hash, account string) alerts.Code {
	return alerts.Code{Hash: hash, Account: account, Binding: "v1 😀", Sealed: []byte{0, 0xff}, ExpiresAt: T0.Add(time.Minute)}
}

// codes: round trip, expiry to the microsecond, tries.
func codes(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	want := codeRow("h", "kim")
	ok(t, s.PutCode(ctx, want))
	for at, there := range map[time.Duration]bool{0: true, time.Minute - time.Microsecond: true, time.Minute: false, time.Minute + time.Microsecond: false} {
		got, err := s.Code(ctx, "h", T0.Add(at))
		if there && (err != nil || !reflect.DeepEqual(got, want)) || !there && !errors.Is(err, alerts.ErrNoCode) {
			t.Errorf("at %v: %+v, %v", at, got, err)
		}
	}
	for try := 1; try <= 4; try++ {
		got, err := s.TakeCode(ctx, "h", 3, T0)
		if try <= 3 && (err != nil || got.Tries != try || !bytes.Equal(got.Sealed, want.Sealed)) || try > 3 && !errors.Is(err, alerts.ErrNoCode) {
			t.Errorf("try %d: %+v, %v", try, got, err)
		}
	}
	if _, err := s.TakeCode(ctx, "h", 9, T0.Add(time.Minute)); !errors.Is(err, alerts.ErrNoCode) {
		t.Errorf("a try of an expired code: %v", err)
	}
	for i, want := range []bool{false, true, false} { // expired, there, ended
		at := T0
		if i == 0 {
			at = T0.Add(time.Minute)
		}
		if won, err := s.FinishCode(ctx, "h", at); won != want || err != nil {
			t.Errorf("end %d: %v, %v", i, won, err)
		}
	}
	for _, hash := range []string{"a", "b"} {
		ok(t, s.PutCode(ctx, codeRow(hash, "kim")))
	}
	ok(t, s.PutCode(ctx, codeRow("c", "lee")))
	ok(t, s.DropCodes(ctx, "kim"))
	for hash, there := range map[string]bool{"a": false, "b": false, "c": true, "": false} {
		if _, err := s.Code(ctx, hash, T0); (err == nil) != there {
			t.Errorf("after DropCodes, %q: %v", hash, err)
		}
	}
}

// codeTriesRace: of 64 tries, as many as are allowed are handed out.
func codeTriesRace(t *testing.T, s alerts.Store) {
	ok(t, s.PutCode(t.Context(), codeRow("h", "kim")))
	took := racing.Wins(t, func(int) (bool, error) {
		_, err := s.TakeCode(t.Context(), "h", 5, T0)
		return err == nil, notAbsent(err)
	})
	if took != 5 {
		t.Errorf("%d of 5 tries were handed out", took)
	}
}

// codeFinishRace: one of 64 ends a code.
func codeFinishRace(t *testing.T, s alerts.Store) {
	ok(t, s.PutCode(t.Context(), codeRow("h", "kim")))
	wins := racing.Wins(t, func(int) (bool, error) { return s.FinishCode(t.Context(), "h", T0) })
	if wins != 1 {
		t.Errorf("%d ended one code", wins)
	}
}

// populationRace: as with profiles, one writer of a version wins.
func populationRace(t *testing.T, s alerts.Store) {
	if data, version, err := s.Population(t.Context()); data != nil || version != 0 || err != nil {
		t.Errorf("before any: %v, %d, %v", data, version, err)
	}
	for version := range int64(3) {
		var winner atomic.Int64
		wins := racing.Wins(t, func(i int) (bool, error) {
			won, err := s.PutPopulation(t.Context(), []byte{byte(i), 0}, version, T0)
			if won {
				winner.Store(int64(i))
			}
			return won, err
		})
		data, now, err := s.Population(t.Context())
		ok(t, err)
		if wins != 1 || now != version+1 || len(data) != 2 || int64(data[0]) != winner.Load() {
			t.Fatalf("at version %d: %d won; stored %v at %d", version, wins, data, now)
		}
	}
}

// rules: put, paused, and in force again once they are put anew.
func rules(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	read := func(want string, paused time.Time) {
		t.Helper()
		got, until, err := s.Rules(ctx, "kim")
		if string(got) != want || !until.Equal(paused) || err != nil {
			t.Errorf("got %q until %v, %v; want %q until %v", got, until, err, want, paused)
		}
	}
	read("", time.Time{})
	ok(t, s.PauseRules(ctx, "kim", T0))
	read("", time.Time{}) // nothing to pause
	ok(t, s.PutRules(ctx, "kim", []byte("first"), T0))
	read("first", time.Time{})
	ok(t, s.PauseRules(ctx, "kim", T0.Add(time.Microsecond)))
	ok(t, s.PauseRules(ctx, "lee", T0.Add(time.Hour)))
	read("first", T0.Add(time.Microsecond))
	ok(t, s.PutRules(ctx, "kim", []byte("second"), T0))
	read("second", time.Time{})
}

func fillSignIns(t *testing.T, ctx context.Context, s alerts.Store, account string) { //nolint:revive // the context is a transaction's
	t.Helper()
	_, err := s.CountRate(ctx, alerts.Rate{Account: account, Name: "devices", N: 1}, window, T0)
	ok(t, err)
	_, err = s.Tell(ctx, topic(account, 1), T0)
	ok(t, err)
	ok(t, s.PutCode(ctx, codeRow("code of "+account, account)))
	ok(t, s.PutRules(ctx, account, []byte("rules"), T0))
}

// signIns tells what of fillSignIns is there: rate, topic, code, rules.
func signIns(t *testing.T, s alerts.Store, account string) (out [4]bool) {
	t.Helper()
	ctx := t.Context()
	got, err := s.Standing(ctx, account, T0, []alerts.Rate{{Account: account, Name: "devices", Since: T0.Add(-window)}})
	ok(t, err)
	told, err := s.Tell(ctx, topic(account, 1), T0.Add(time.Minute))
	ok(t, err)
	_, err = s.Code(ctx, "code of "+account, T0)
	ok(t, notAbsent(err))
	return [4]bool{got.Rates[0].N > 0, !told.Send, err == nil, got.Rules != nil}
}

// purgeSignIns: each kind of row by its own time, and no more than max.
func purgeSignIns(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	for _, account := range []string{"kim", "lee"} {
		fillSignIns(t, t.Context(), s, account)
	}
	edge := alerts.Horizon{Rates: T0, Topics: T0.Add(time.Hour), Codes: T0.Add(time.Minute)}
	past := alerts.Horizon{Rates: edge.Rates.Add(1e3), Topics: edge.Topics.Add(1e3), Codes: edge.Codes.Add(1e3)}
	for i, step := range []struct {
		before alerts.Horizon
		max    int
		want   int64
	}{{edge, 10, 0}, {alerts.Horizon{Rates: past.Rates}, 1, 1}, {past, 1, 3}, {past, 10, 2}, {past, 10, 0}} {
		n, err := s.Purge(ctx, step.before, step.max)
		ok(t, err)
		if n != step.want {
			t.Errorf("step %d purged %d, want %d", i, n, step.want)
		}
	}
	if got := signIns(t, s, "kim"); got != [4]bool{false, false, false, true} {
		t.Errorf("left %v", got)
	}
}

func deleteSignIns(t *testing.T, s alerts.Store) {
	for _, account := range []string{"kim", "lee"} {
		fillSignIns(t, t.Context(), s, account)
	}
	_, err := s.CountRate(t.Context(), alerts.Rate{Name: "net", N: 1}, window, T0)
	ok(t, err)
	ok(t, s.DeleteAccount(t.Context(), "kim"))
	for account, want := range map[string][4]bool{"kim": {}, "lee": {true, true, true, true}} {
		if got := signIns(t, s, account); got != want {
			t.Errorf("%s has %v, want %v", account, got, want)
		}
	}
	if got, err := s.Standing(t.Context(), "kim", T0, []alerts.Rate{{Name: "net", Since: T0.Add(-window)}}); err != nil || got.Rates[0].N != 1 {
		t.Errorf("the network's count: %+v, %v", got, err)
	}
}

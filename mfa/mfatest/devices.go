package mfatest

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

// Device gives a trusted device with every field filled.
func Device(account, id string) mfa.DeviceRow {
	return mfa.DeviceRow{
		Account: account, ID: id, Name: "노트북 💻", Hash: "h1", Previous: "h0", CreatedAt: T0, UsedAt: T0.Add(time.Second),
		ExpiresAt: T0.Add(time.Hour), RotatedAt: T0.Add(2 * time.Second),
	}
}

func devices(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	d := Device("kim 😀", "d1")
	ok(t, s.AddDevice(ctx, d, 3))
	if got, err := s.Device(ctx, d.Account, "d1"); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("got %+v, %v, want %+v", got, err, d)
	}
	for _, absent := range [][2]string{{"kim", "d1"}, {d.Account, "D1"}, {d.Account, ""}} {
		_, err := s.Device(ctx, absent[0], absent[1])
		want(t, fmt.Sprint(absent), err, mfa.ErrNoDevice)
		won(t, "rotate", false)(s.RotateDevice(ctx, absent[0], absent[1], "h1", "h2", T0))
		won(t, "drop", false)(s.DropDevice(ctx, absent[0], absent[1]))
	}
	rotate := func(hash, next string, now time.Time) (bool, error) {
		return s.RotateDevice(ctx, d.Account, "d1", hash, next, now)
	}
	won(t, "the one before", false)(rotate("h0", "h2", T0))
	won(t, "none", false)(rotate("", "h2", T0))
	won(t, "at its end", false)(rotate("h1", "h2", d.ExpiresAt))
	if got, err := s.Device(ctx, d.Account, "d1"); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("a refused rotation changed it to %+v, %v", got, err)
	}
	last := d.ExpiresAt.Add(-tick)
	won(t, "before its end", true)(rotate("h1", "h2", last))
	won(t, "again", false)(rotate("h1", "h3", T0))
	d.Hash, d.Previous, d.UsedAt, d.RotatedAt = "h2", "h1", last, last
	if got, err := s.Device(ctx, d.Account, "d1"); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("got %+v, %v, want %+v", got, err, d)
	}
	won(t, "drop", true)(s.DropDevice(ctx, d.Account, "d1"))
	won(t, "again", false)(s.DropDevice(ctx, d.Account, "d1"))
}

// deviceLists: newest use first, no expired ones, at most max.
func deviceLists(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	list := func(account string, now time.Time) (ids string) {
		t.Helper()
		rows, err := s.Devices(ctx, account, now)
		ok(t, err)
		for _, d := range rows {
			ids += d.ID + " "
		}
		return ids
	}
	for i, id := range []string{"d1", "d2", "d3"} {
		d := Device("kim", id)
		d.UsedAt, d.ExpiresAt = T0.Add(time.Duration(i)*time.Minute), T0.Add(time.Duration(i+1)*time.Hour)
		ok(t, s.AddDevice(ctx, d, 3))
	}
	ok(t, s.AddDevice(ctx, Device("lee", "d9"), 3))
	if got := list("kim", T0); got != "d3 d2 d1 " {
		t.Errorf("listed %s", got)
	}
	if got := list("kim", T0.Add(time.Hour)); got != "d3 d2 " {
		t.Errorf("listed %s", got)
	}
	won(t, "rotate", true)(s.RotateDevice(ctx, "kim", "d1", "h1", "h2", T0.Add(30*time.Minute)))
	d := Device("kim", "d4")
	d.UsedAt = T0.Add(40 * time.Minute)
	ok(t, s.AddDevice(ctx, d, 3)) // d2 was used longest ago
	if got := list("kim", T0); got != "d4 d1 d3 " {
		t.Errorf("listed %s", got)
	}
	if n, err := s.Purge(ctx, T0.Add(time.Hour)); err != nil || n != 3 { // d1, d4 and lee's
		t.Errorf("purged %d, %v", n, err)
	}
	ok(t, s.AddDevice(ctx, Device("lee", "d8"), 3))
	ok(t, s.DropDevices(ctx, "kim"))
	if got := list("kim", T0) + list("lee", T0); got != "d8 " {
		t.Errorf("left %s", got)
	}
	active(t, s, "lee", "f1", "phone")
	_, err := s.RemoveFactor(ctx, "lee", "f1")
	ok(t, err)
	if got := list("lee", T0); got != "" {
		t.Errorf("trusted without a factor: %s", got)
	}
	ok(t, s.AddDevice(ctx, Device("lee", "d8"), 3))
	ok(t, s.DeleteAccount(ctx, "lee"))
	_, err = s.Device(ctx, "lee", "d8")
	want(t, "after the account's end", err, mfa.ErrNoDevice)
}

// raceDevices: of many uses of one token, one rotates; never more devices than
// allowed.
func raceDevices(t *testing.T, s mfa.Store) {
	ctx := t.Context()
	ok(t, s.AddDevice(ctx, Device("kim", "d1"), 3))
	if n := racing.Wins(t, func(i int) (bool, error) {
		return s.RotateDevice(ctx, "kim", "d1", "h1", fmt.Sprint("next", i), T0)
	}); n != 1 {
		t.Errorf("%d of %d callers rotated, want 1", n, racing.Racers)
	}
	if n := racing.Wins(t, func(int) (bool, error) { return s.DropDevice(ctx, "kim", "d1") }); n != 1 {
		t.Errorf("%d of %d callers dropped it, want 1", n, racing.Racers)
	}
	racing.Wins(t, func(i int) (bool, error) { return true, s.AddDevice(ctx, Device("lee", fmt.Sprint("d", i)), 3) })
	list, err := s.Devices(ctx, "lee", T0)
	if err != nil || len(list) != 3 {
		t.Errorf("%d devices, %v, want 3", len(list), errors.Join(err))
	}
}

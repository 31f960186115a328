package alertstest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
)

// standDownRace: of 64 that hold one lease, one stands down.
func standDownRace(t *testing.T, s alerts.Store) {
	at := T0.Add(time.Hour)
	add(t, s, group("g", []string{"email"}, "sms")...)
	settle(t, s, "email", alerts.Done, T0)
	d := leaseOne(t, s, "sms", at)
	wins := racing.Wins(t, func(int) (bool, error) { return s.StandDown(t.Context(), d, at) })
	if wins != 1 {
		t.Errorf("%d of 64 stood down", wins)
	}
}

// stepInRace: 64 deliveries of one alert die at once, and each looks whether it
// was the last. The standby steps in, once.
func stepInRace(t *testing.T, s alerts.Store) {
	var channels []string
	for i := range racing.Racers {
		channels = append(channels, fmt.Sprint("c", i))
	}
	add(t, s, group("g", channels, "sms")...)
	leased := make([]alerts.Delivery, racing.Racers)
	for i := range racing.Racers {
		leased[i] = leaseOne(t, s, channels[i], T0)
		leased[i].State, leased[i].DoneAt = alerts.Dead, T0
	}
	var stepped atomic.Int64
	racing.Go(func(i int) {
		if won, err := s.Settle(t.Context(), leased[i]); err != nil || !won {
			t.Errorf("%v, %v", won, err)
		}
		n, err := s.StepIn(t.Context(), "g", T0)
		if err != nil {
			t.Error(err)
		}
		stepped.Add(int64(n))
	})
	if d := find(t, s, "g-sms"); stepped.Load() != 1 || !d.DueAt.Equal(T0) {
		t.Errorf("%d stepped in, due %v", stepped.Load(), d.DueAt.Sub(T0))
	}
}

// receiptRace: of 64 receipts for and against, one counts.
func receiptRace(t *testing.T, s alerts.Store) {
	add(t, s, group("g", []string{"sms"})...)
	settle(t, s, "sms", alerts.Sent, T0)
	var good atomic.Bool
	wins := racing.Wins(t, func(i int) (bool, error) {
		_, won, err := s.Receipt(t.Context(), "g-sms", i%2 == 0, T0)
		if won {
			good.Store(i%2 == 0)
		}
		return won, err
	})
	d := find(t, s, "g-sms")
	if wins != 1 || (d.State == alerts.Done) != good.Load() || len(d.Log) != 1 {
		t.Errorf("%d receipts counted, a good one %v: %+v", wins, good.Load(), d)
	}
}

// receiptOrStandbyRace: the receipt comes while the standby is due. Whoever is
// first, the standby stands down only because of a receipt.
func receiptOrStandbyRace(t *testing.T, s alerts.Store) {
	at := T0.Add(time.Hour)
	for round := range 4 {
		name := fmt.Sprint("g", round)
		add(t, s, group(name, []string{name + "a"}, name+"b")...)
		settle(t, s, name+"a", alerts.Sent, T0)
		d := leaseOne(t, s, name+"b", at)
		var receipts atomic.Int64
		down := racing.Wins(t, func(i int) (bool, error) {
			if i%4 != 3 {
				return s.StandDown(t.Context(), d, at)
			}
			_, won, err := s.Receipt(t.Context(), name+"-"+name+"a", i%8 == 3, at)
			if won && i%8 == 3 {
				receipts.Add(1)
			}
			return false, err
		})
		if int64(down) > receipts.Load() {
			t.Errorf("round %d: stood down %d times after %d receipts", round, down, receipts.Load())
		}
		if state := find(t, s, d.ID).State; (state == alerts.Skipped) != (down == 1) {
			t.Errorf("round %d: it is %s, %d stood down", round, state, down)
		}
	}
}

// reviveRace: of 64 operators, one revives.
func reviveRace(t *testing.T, s alerts.Store) {
	add(t, s, Row("kim", 0))
	settle(t, s, "email", alerts.Dead, T0)
	wins := racing.Wins(t, func(int) (bool, error) { return s.Revive(t.Context(), "kim-000", T0) })
	if d := find(t, s, "kim-000"); wins != 1 || d.State != alerts.Pending || len(d.Log) != 1 {
		t.Errorf("%d of 64 revived it: %+v", wins, d)
	}
}

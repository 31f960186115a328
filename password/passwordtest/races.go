package passwordtest

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password"
)

// race lets the callers go at once; it gives the one that won.
func race(t *testing.T, try func(i int) (bool, error)) int {
	t.Helper()
	var winner atomic.Int64
	if n := racing.Wins(t, func(i int) (bool, error) {
		won, err := try(i)
		if won {
			winner.Store(int64(i))
		}
		return won, err
	}); n != 1 {
		t.Fatalf("%d of %d racers won, want one", n, racing.Racers)
	}
	return int(winner.Load())
}

func testRaceFirst(t *testing.T, s password.Store) {
	i := race(t, func(i int) (bool, error) {
		return s.SetHash(t.Context(), "kim", fmt.Sprint("h", i), 0, 3, T0)
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 1, SetAt: T0})
}

func testRaceSet(t *testing.T, s password.Store) {
	set(t, s, "kim", "first", 0)
	set(t, s, "kim", "second", 1)
	i := race(t, func(i int) (bool, error) {
		return s.SetHash(t.Context(), "kim", fmt.Sprint("h", i), 2, 3, T0)
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 3, SetAt: T0})
	if h := history(t, s, "kim", 10); !slices.Equal(h, []string{"second", "first"}) {
		t.Errorf("history %v", h)
	}
}

func testRaceUpgrade(t *testing.T, s password.Store) {
	set(t, s, "kim", "old", 0)
	i := race(t, func(i int) (bool, error) {
		return s.UpgradeHash(t.Context(), "kim", "old", fmt.Sprint("h", i))
	})
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h", i), Version: 1, SetAt: T0})
}

func testRaceRevoke(t *testing.T, s password.Store) {
	set(t, s, "kim", "h1", 0)
	i := race(t, func(i int) (bool, error) { return s.Revoke(t.Context(), "kim", T0.Add(time.Duration(i+1)*time.Second)) })
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0, RevokedAt: T0.Add(time.Duration(i+1) * time.Second)})
}

// testRevoke: until the next password, and of nobody else.
func testRevoke(t *testing.T, s password.Store) {
	if won, err := s.Revoke(t.Context(), "kim", T0); won || err != nil {
		t.Fatalf("without a password: %v, %v", won, err)
	}
	set(t, s, "kim", "h1", 0)
	set(t, s, "lee", "h1", 0)
	at := T0.Add(time.Hour)
	if won, err := s.Revoke(t.Context(), "kim", at); !won || err != nil {
		t.Fatalf("%v, %v", won, err)
	}
	want(t, s, "lee", password.Record{Hash: "h1", Version: 1, SetAt: T0})
	want(t, s, "kim", password.Record{Hash: "h1", Version: 1, SetAt: T0, RevokedAt: at})
	if won, err := s.UpgradeHash(t.Context(), "kim", "h1", "h1+"); !won || err != nil {
		t.Fatalf("%v, %v", won, err)
	}
	want(t, s, "kim", password.Record{Hash: "h1+", Version: 1, SetAt: T0, RevokedAt: at}) // an upgrade is the same password
	set(t, s, "kim", "h2", 1)
	want(t, s, "kim", password.Record{Hash: "h2", Version: 2, SetAt: T0})
	if won, err := s.Revoke(t.Context(), "kim", at); !won || err != nil {
		t.Fatalf("the next one: %v, %v", won, err)
	}
}

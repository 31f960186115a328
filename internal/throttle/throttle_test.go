package throttle_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/accountsec/internal/throttle"
	"example.com/accountsec/internal/throttle/throttletest"
)

func TestMemoryStore(t *testing.T) {
	throttletest.TestStore(t, func(*testing.T) throttletest.Store { return throttle.NewMemoryStore() })
}

// A store with a bound is a store, too.
func TestBoundedMemoryStore(t *testing.T) {
	throttletest.TestStore(t, func(*testing.T) throttletest.Store { return throttle.NewBoundedMemoryStore(10_000) })
}

// A flood of names neither grows a bounded store nor opens what is closed.
func TestFloodOfNames(t *testing.T) {
	const most = 1000
	s := throttle.NewBoundedMemoryStore(most)
	count := func(name string) time.Duration {
		_, wait, err := s.CountAttempt(t.Context(), "", name, 2, time.Minute, time.Hour, now)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for count("closed") == 0 {
	}
	for i := range 50 * most {
		count(fmt.Sprint("net|", i))
		if n := s.Len(); n > most {
			t.Fatalf("%d buckets after %d names", n, i)
		}
	}
	if count("closed") == 0 {
		t.Error("the flood opened a closed bucket")
	}
	for i := range 3 * most { // all closed: then some of them go
		for range 2 {
			count(fmt.Sprint("guess|", i))
		}
		if n := s.Len(); n > most {
			t.Fatalf("%d buckets after %d closed ones", n, i)
		}
	}
}

var now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

func buckets() (network, account throttle.Bucket) {
	network = throttle.Bucket{Name: "net|192.0.2.1/32", Free: 2, Base: time.Minute, Max: time.Hour, Shared: true}
	account = throttle.Bucket{Account: "kim", Name: "password", Free: 3, Base: time.Minute, Max: time.Hour}
	return
}

// Pitfall 8: whoever is refused at the network's bucket cannot use up the account's.
func TestPitfall08RefusedNetworkSparesTheAccount(t *testing.T) {
	s := throttle.NewMemoryStore()
	network, account := buckets()
	for range 50 {
		if _, err := throttle.Take(t.Context(), s, now, network, account); err != nil {
			t.Fatal(err)
		}
	}
	n, _, _ := s.CountAttempt(t.Context(), account.Account, account.Name, account.Free, account.Base, account.Max, now)
	if n != 3 { // two from the open network bucket, and this one
		t.Errorf("the account has %d attempts counted, want 3", n)
	}
}

// Pitfall 8: a bucket refused further down gives the earlier ones back.
func TestTakeRefundsOnRefusal(t *testing.T) {
	s := throttle.NewMemoryStore()
	network, account := buckets()
	network.Free = 100
	for range 20 {
		if _, err := throttle.Take(t.Context(), s, now, network, account); err != nil {
			t.Fatal(err)
		}
	}
	n, _, _ := s.CountAttempt(t.Context(), "", network.Name, network.Free, network.Base, network.Max, now)
	if n != 4 {
		t.Errorf("the network has %d attempts counted, want 4", n)
	}
}

// Pitfall 8: an attacker's own success resets nothing shared.
func TestPitfall08OwnSuccessKeepsSharedCounts(t *testing.T) {
	s := throttle.NewMemoryStore()
	network, account := buckets()
	network.Free = 100
	for range 2 {
		throttle.Take(t.Context(), s, now, network, account) //nolint:errcheck
	}
	if err := throttle.Succeed(t.Context(), s, network, account); err != nil {
		t.Fatal(err)
	}
	n, _, _ := s.CountAttempt(t.Context(), "", network.Name, network.Free, network.Base, network.Max, now)
	if n != 2 { // one left of the two, and this one
		t.Errorf("the network has %d attempts counted, want 2", n)
	}
	n, _, _ = s.CountAttempt(t.Context(), account.Account, account.Name, account.Free, account.Base, account.Max, now)
	if n != 1 {
		t.Errorf("the owner's bucket has %d attempts counted, want 1", n)
	}
}

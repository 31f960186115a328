package passwordtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"example.com/accountsec/password"
)

// places writes hashes with their places as text.
func places(t *testing.T, s password.Store, account string, version int64, limit int) (out []string) {
	t.Helper()
	hashes, err := s.HashesAfter(t.Context(), account, version, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hashes {
		out = append(out, fmt.Sprint(h.Account, h.Version, "=", h.Hash))
	}
	return out
}

// testHashes: every hash, current or former, comes once and in order.
func testHashes(t *testing.T, s password.Store) {
	if got := places(t, s, "", 0, 10); len(got) != 0 {
		t.Fatalf("an empty store has %v", got)
	}
	for _, account := range []string{"b", "a", "c"} {
		for v := range int64(3) {
			set(t, s, account, fmt.Sprint(account, v+1), v)
		}
	}
	all := []string{"a1=a1", "a2=a2", "a3=a3", "b1=b1", "b2=b2", "b3=b3", "c1=c1", "c2=c2", "c3=c3"}
	if got := places(t, s, "", 0, 100); !slices.Equal(got, all) {
		t.Errorf("walked %v", got)
	}
	if got := places(t, s, "", 0, 0); len(got) != 0 {
		t.Errorf("at most none: %v", got)
	}
	for i, account := range []string{"a", "a", "a", "b", "b", "b", "c", "c", "c"} {
		if got, want := places(t, s, account, int64(i%3+1), 2), all[i+1:min(i+3, len(all))]; !slices.Equal(got, want) {
			t.Errorf("after %s: %v, want %v", all[i], got, want)
		}
	}
	if got := places(t, s, "a", 1<<63-1, 1); !slices.Equal(got, all[3:4]) {
		t.Errorf("behind an account: %v", got)
	}
	if got := places(t, s, "aa", 1, 1); !slices.Equal(got, all[3:4]) {
		t.Errorf("behind an absent account: %v", got)
	}
}

// testReplace: the hash of that place, and nothing else of it.
func testReplace(t *testing.T, s password.Store) {
	for v := range int64(3) {
		set(t, s, "kim", fmt.Sprint("h", v+1), v)
		set(t, s, "lee", fmt.Sprint("h", v+1), v)
	}
	replace := func(want bool, account string, version int64, old, hash string) {
		t.Helper()
		if won, err := s.ReplaceHash(t.Context(), account, version, old, hash); won != want || err != nil {
			t.Errorf("%s %d: %v, %v", account, version, won, err)
		}
	}
	replace(true, "kim", 3, "h3", "h3+")
	replace(true, "kim", 1, "h1", "h1+")
	replace(false, "kim", 1, "h1", "evil")
	replace(false, "kim", 2, "h3+", "evil")
	replace(false, "kim", 3, "h2", "evil")
	replace(false, "kim", 4, "h3+", "evil")
	replace(false, "absent", 1, "h1", "evil")
	want(t, s, "kim", password.Record{Hash: "h3+", Version: 3, SetAt: T0})
	want(t, s, "lee", password.Record{Hash: "h3", Version: 3, SetAt: T0})
	for account, expect := range map[string][]string{"kim": {"h2", "h1+"}, "lee": {"h2", "h1"}} {
		if h := history(t, s, account, 10); !slices.Equal(h, expect) {
			t.Errorf("%s: history %v", account, h)
		}
	}
}

func testRaceReplace(t *testing.T, s password.Store) {
	set(t, s, "kim", "h1", 0)
	set(t, s, "kim", "h2", 1)
	i := race(t, func(i int) (bool, error) { return s.ReplaceHash(t.Context(), "kim", 2, "h2", fmt.Sprint("h2+", i)) })
	want(t, s, "kim", password.Record{Hash: fmt.Sprint("h2+", i), Version: 2, SetAt: T0})
	i = race(t, func(i int) (bool, error) { return s.ReplaceHash(t.Context(), "kim", 1, "h1", fmt.Sprint("h1+", i)) })
	if h := history(t, s, "kim", 10); !slices.Equal(h, []string{fmt.Sprint("h1+", i)}) {
		t.Errorf("history %v", h)
	}
}

// testRaceReplaceAndSet: a hash that becomes a former one in the same moment is
// replaced all the same, here or there; its old form is left nowhere.
func testRaceReplaceAndSet(t *testing.T, s password.Store) {
	for n := range 64 {
		account := fmt.Sprint("kim", n)
		set(t, s, account, "h1", 0)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for _, try := range []func() (bool, error){
			func() (bool, error) { return s.SetHash(t.Context(), account, "h2", 1, 3, T0) },
			func() (bool, error) { return s.ReplaceHash(t.Context(), account, 1, "h1", "h1+") },
		} {
			wg.Go(func() {
				<-start
				if won, err := try(); !won || err != nil {
					t.Error(won, err)
				}
			})
		}
		close(start)
		wg.Wait()
		want(t, s, account, password.Record{Hash: "h2", Version: 2, SetAt: T0})
		if h := history(t, s, account, 10); !slices.Equal(h, []string{"h1+"}) {
			t.Fatalf("history %v", h)
		}
	}
}

package alertstest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
)

func contacts(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	put := func(account, id string, at time.Time) {
		t.Helper()
		c := alerts.Contact{Account: account, ID: id, Channel: "email", Sealed: []byte{0, 255, 'x'}, ReplacedAt: at}
		if err := s.PutContact(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	put("kim", "a", T0)
	put("kim", "b", T0.Add(time.Hour))
	put("kim", "c", T0.Add(2*time.Hour))
	put("김", "a", T0)
	ids := func(since time.Time, max int) (out string) {
		t.Helper()
		list, err := s.Contacts(ctx, "kim", since, max)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.Account != "kim" || c.Channel != "email" || !bytes.Equal(c.Sealed, []byte{0, 255, 'x'}) || c.ReplacedAt.Before(since) || c.ReplacedAt.Location() != time.UTC {
				t.Errorf("got %+v, replaced %v", c, c.ReplacedAt)
			}
			out += c.ID
		}
		return out
	}
	for _, c := range []struct {
		since time.Time
		max   int
		want  string
	}{{T0, 9, "cba"}, {T0.Add(time.Microsecond), 9, "cb"}, {T0, 2, "cba"}, {T0, 1, "ca"}, {T0.Add(time.Hour), 1, "cb"}, {T0.Add(3 * time.Hour), 9, ""}} {
		if got := ids(c.since, c.max); got != c.want {
			t.Errorf("since %v, at most %d: %q, want %q", c.since, c.max, got, c.want)
		}
	}
	walkContacts(t, s, 4)
	if n, err := s.PurgeContacts(ctx, T0.Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("purged %d, %v; want the two of T0", n, err)
	}
	if err := s.DeleteAccount(ctx, "kim"); err != nil {
		t.Fatal(err)
	}
	if got := ids(T0, 9); got != "" {
		t.Errorf("left %q", got)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.PutContact(cancelled, alerts.Contact{Account: "kim", ID: "z"}); err == nil {
		t.Error("PutContact ignored a cancelled context")
	}
}

// contactsOfEachChannel: the first and the last of each are listed, whatever
// there is of the others. Those of before have no channel.
func contactsOfEachChannel(t *testing.T, s alerts.Store) {
	ctx := t.Context()
	at := T0
	put := func(channel string, n int) {
		t.Helper()
		for i := range n {
			at = at.Add(time.Second)
			ok(t, s.PutContact(ctx, alerts.Contact{Account: "kim", ID: fmt.Sprintf("%s%02d", channel, i), Channel: channel, Sealed: []byte{1}, ReplacedAt: at}))
		}
	}
	put("", 4)
	put("email", 1)
	put("sms", 40)
	for max, want := range map[int]string{
		1: "sms39 sms00 email00 03 00", 2: "sms39 sms38 sms01 sms00 email00 03 02 01 00", 3: "sms39 sms38 sms37 sms02 sms01 sms00 email00 03 02 01 00",
	} {
		list, err := s.Contacts(ctx, "kim", T0, max)
		ok(t, err)
		var got []string
		for _, c := range list {
			got = append(got, c.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("at most %d: %v, want %s", max, got, want)
		}
	}
	// Of the same moment each is listed once.
	for i := range 3 {
		ok(t, s.PutContact(ctx, alerts.Contact{Account: "lee", ID: fmt.Sprint(i), Channel: "sms", Sealed: []byte{1}, ReplacedAt: T0}))
	}
	for max, want := range map[int]int{1: 2, 2: 3} {
		if list, err := s.Contacts(ctx, "lee", T0, max); err != nil || len(list) != want {
			t.Errorf("of one moment, at most %d: %v, %v", max, list, err)
		}
	}
}

// walkContacts visits every contact once and swaps what is sealed of it.
func walkContacts(t *testing.T, s alerts.Store, want int) {
	t.Helper()
	ctx, at, n := t.Context(), alerts.Contact{}, 0
	for ; n <= want; n++ {
		next, found, err := s.NextContact(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			break
		}
		for _, c := range []struct {
			old  alerts.Contact
			want bool
		}{{next, true}, {next, false}} { // the second time it is no longer what was read
			if won, err := s.SwapContact(ctx, c.old, []byte("again")); err != nil || won != c.want {
				t.Errorf("swapped %v: %v, %v", next, won, err)
			}
		}
		again := next
		again.Sealed = []byte("again")
		if won, err := s.SwapContact(ctx, again, next.Sealed); err != nil || !won {
			t.Errorf("swapped back: %v, %v", won, err)
		}
		at = next
	}
	if n != want {
		t.Errorf("walked %d contacts, want %d", n, want)
	}
	if won, err := s.SwapContact(ctx, alerts.Contact{Account: "kim", ID: "absent"}, nil); err != nil || won {
		t.Errorf("swapped an absent one: %v, %v", won, err)
	}
}

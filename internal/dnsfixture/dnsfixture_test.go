package dnsfixture_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/internal/dnsfixture"
)

func TestServer(t *testing.T) {
	s := dnsfixture.Start(t, "shop.example. IN TXT \"one\" \"two\"\nlong.example. IN TXT "+strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 20)+`
alias.example. IN CNAME shop.example.
a.example. IN CNAME b.example.
b.example. IN CNAME a.example.
broken.example. IN TXT "x"
mute.example. IN TXT "x"
`)
	s.Fail("broken.example")
	s.Silence("mute.example.")
	r := s.Resolver()
	for name, want := range map[string]string{"shop.example.": "onetwo", "SHOP.example.": "onetwo", "alias.example.": "onetwo", "long.example.": strings.Repeat("x", 5000)} {
		got, err := r.LookupTXT(t.Context(), name) // the long one over TCP
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %.60q, %v", name, got, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for name, is := range map[string]func(*net.DNSError) bool{
		"none.example.":   func(e *net.DNSError) bool { return e.IsNotFound },
		"a.example.":      func(e *net.DNSError) bool { return e.IsNotFound },
		"broken.example.": func(e *net.DNSError) bool { return !e.IsNotFound && !e.IsTimeout },
		"mute.example.":   func(e *net.DNSError) bool { return e.IsTimeout },
	} {
		limit := t.Context()
		if name == "mute.example." {
			limit = ctx
		}
		var e *net.DNSError
		if got, err := r.LookupTXT(limit, name); !errors.As(err, &e) || !is(e) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if s.Asked() < 8 {
		t.Errorf("%d questions", s.Asked())
	}
}

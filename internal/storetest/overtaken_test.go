package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/storetest"
	"example.com/accountsec/password"
)

// interrupted lets something happen once while a password is hashed.
type interrupted struct {
	password.Hasher
	do func()
}

func (h *interrupted) Verify(ctx context.Context, phc, pw string) (bool, bool, error) {
	if do := h.do; do != nil {
		h.do = nil
		do()
	}
	return h.Hasher.Verify(ctx, phc, pw)
}

// disownSignUp is the owner's "this wasn't me", said from nowhere.
func (s *shop) disownSignUp(t *testing.T) {
	l, err := s.Log().List(t.Context(), kim.ID, kim.ID, activity.Filter{Types: []activity.Type{activity.AccountCreated}}, activity.Page{})
	ok(t, err)
	_, err = s.Disown(t.Context(), kim.ID, kim.ID, l.Events[0].ID, activity.Client{})
	ok(t, err)
}

// Pitfall 3: a sign-in whose password is revoked, changed or deleted while it is
// hashed is not granted, and leaves nothing to come in by.
func TestPitfall03SignInOvertaken(t *testing.T) {
	cheap, err := password.NewArgon2id(password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1})
	ok(t, err)
	thief := activity.Client{IP: netip.MustParseAddr("198.51.100.66"), DeviceID: "s-thief"}
	for name, end := range map[string]func(t *testing.T, s *shop){
		"disown": func(t *testing.T, s *shop) { s.disownSignUp(t) },
		"change": func(t *testing.T, s *shop) {
			_, err := s.ChangePassword(t.Context(), kim.ID, goodPassword, otherPassword, home)
			ok(t, err)
		},
		"delete": func(t *testing.T, s *shop) { ok(t, s.DeleteAccount(t.Context(), kim.ID)) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
				h := &interrupted{Hasher: cheap}
				s := openShopWith(t, d.Open(t), d.Name, h)
				ok(t, s.signUp(t.Context(), kim, goodPassword))
				h.do = func() { end(t, s) }
				if res, err := s.SignIn(t.Context(), kim.Email, goodPassword, thief); !errors.Is(err, accountsec.ErrSignIn) || res != (accountsec.SignInResult{}) {
					t.Errorf("%+v, %v", res, err)
				}
				text := dump(t, s.db, d.Name)
				if strings.Contains(text, "signin.succeeded") {
					t.Error("the sign-in was recorded")
				}
				if name == "delete" && slices.Contains(strings.Fields(text), kim.ID) {
					t.Errorf("left behind: %s", text)
				}
				if known, err := s.Alerts().KnownDevice(t.Context(), kim.ID, thief.DeviceID); known || err != nil {
					t.Errorf("the thief's device: known %v, %v", known, err)
				}
			})
		})
	}
}

// Pitfall 3: while 63 sign in and one disowns, nobody deadlocks, and afterwards
// no device of theirs is known, whoever came first.
func TestPitfall03SignInsAgainstDisown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		s := openShop(t, d.Open(t), d.Name)
		ok(t, s.signUp(t.Context(), kim, goodPassword))
		client := func(i int) activity.Client {
			return activity.Client{IP: netip.AddrFrom4([4]byte{100, 64, 0, byte(i)}), DeviceID: fmt.Sprint("s-", i)}
		}
		var in atomic.Int64
		racing.Go(func(i int) {
			if i == racing.Racers-1 {
				s.disownSignUp(t)
				return
			}
			_, err := s.SignIn(t.Context(), kim.Email, goodPassword, client(i))
			var throttled *accountsec.ThrottledError
			switch {
			case err == nil:
				in.Add(1)
			case !errors.Is(err, accountsec.ErrSignIn) && !errors.Is(err, accountsec.ErrPasswordRevoked) && !errors.As(err, &throttled):
				t.Error(err)
			}
		})
		for i := range racing.Racers {
			if known, err := s.Alerts().KnownDevice(t.Context(), kim.ID, client(i).DeviceID); known || err != nil {
				t.Errorf("racer %d of whom %d came in: known %v, %v", i, in.Load(), known, err)
			}
		}
	})
}

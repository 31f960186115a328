package recovery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/recovery"
)

// These guards stand behind others: each test takes the one in front away.

// A ticket takes five codes, even where the account's count was reset.
func TestPitfall02CodesPerTicket(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	judged := 0
	for range 9 {
		w.ok(w.store.ForgetAttempts(ctx, "kim", "code|192.0.2.0/24"))
		if _, err := w.ProveChannel(ctx, token, "00000000", phone); errors.Is(err, recovery.ErrWrongCode) {
			judged++
		}
	}
	if judged != 5 {
		t.Errorf("%d codes were judged, want 5", judged)
	}
	_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.want(err, recovery.ErrBadTicket)
}

// Pitfall 14: a ticket and a grant belong to one version of the answers, even
// if these were set by a way that ends no tickets.
func TestPitfall14BoundToTheVersion(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	behind := func() {
		t.Helper()
		a, err := w.store.Store.GetAnswers(ctx, "kim")
		w.ok(err)
		a.Version++
		won, err := w.store.Store.SetAnswers(ctx, "kim", a)
		if w.ok(err); !won {
			t.Fatal("lost")
		}
	}
	w.set("kim")
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	behind()
	_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.want(err, recovery.ErrBadTicket)

	w.set("kim")
	token, asked := w.proved("kim")
	behind()
	w.want(w.failed(token, answersFor(asked)), recovery.ErrBadTicket)

	w.set("kim")
	grant := w.granted("kim")
	behind()
	_, err = w.Redeem(ctx, grant, phone)
	w.want(err, recovery.ErrBadTicket)
}

// Pitfall 6: nothing is no answer, whatever is stored.
func TestPitfall06NothingIsNoAnswer(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	a, err := w.store.Store.GetAnswers(ctx, "kim")
	w.ok(err)
	a.Version++
	for i := range a.List {
		hash, err := w.hasher.Hash(ctx, "")
		w.ok(err)
		a.List[i].SealedHash, err = secret.Seal(w.config.AEAD, secret.At("recovery.answer", "kim", a.List[i].Question, "2"), []byte(hash))
		w.ok(err)
	}
	_, err = w.store.Store.SetAnswers(ctx, "kim", a)
	w.ok(err)
	token, _ := w.proved("kim")
	w.want(w.failed(token, []string{"", "!!!"}), recovery.ErrWrongAnswers)
}

// busyHasher is out of memory while busy.
type busyHasher struct {
	recovery.Hasher
	busy bool
}

var errBusy = errors.New("busy")

func (h *busyHasher) Verify(ctx context.Context, hash, answer string) (bool, bool, error) {
	if h.busy {
		return false, false, errBusy
	}
	return h.Hasher.Verify(ctx, hash, answer)
}

// A machine that is too busy to judge costs the owner no try.
func TestBusyCostsNoTry(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	h := &busyHasher{Hasher: w.hasher}
	w.config.Hasher = h
	m, err := recovery.New(w.store, w.config)
	w.ok(err)
	w.Manager = m
	w.set("kim")
	for range 2 * recovery.MaxFailures {
		w.now = w.now.Add(4 * time.Hour)
		token, asked := w.proved("kim")
		h.busy = true
		w.want(w.failed(token, answersFor(asked)), errBusy)
		h.busy = false
	}
	w.now = w.now.Add(4 * time.Hour)
	w.granted("kim")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Begin(cancelled, "kim", "", phone, false); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

package webpush_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/internal/secret/secrettest"
)

func (w *world) has(account string, want ...browser) {
	w.Helper()
	list, err := w.devices.List(w.Context(), account)
	fine(w, err)
	if len(list) != len(want) {
		w.Fatalf("%s has %d browsers, want %d", account, len(list), len(want))
	}
	for i, b := range want {
		if list[i].ID != webpush.ID(b.endpoint) {
			w.Errorf("%s: browser %d is %+v", account, i, list[i])
		}
	}
}

func TestSubscribe(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := newBrowser(t, "/wp/a")
	d, err := w.devices.Subscribe(ctx, "kim", b.json(), chrome)
	fine(t, err)
	if want := (webpush.Device{ID: webpush.ID(b.endpoint), Label: "Chrome on Windows", AddedAt: t0, UsedAt: t0}); d != want {
		t.Errorf("%+v, want %+v", d, want)
	}
	list, err := w.devices.List(ctx, "kim")
	fine(t, err)
	if len(list) != 1 || list[0] != d {
		t.Errorf("%+v", list)
	}
	if len(w.events.got) != 1 || w.events.got[0].Type != activity.AlertSettingsChanged || w.events.got[0].Account != "kim" || w.events.got[0].Client != chrome || w.events.got[0].Outcome != activity.OutcomeSuccess || w.events.got[0].At != t0 {
		t.Errorf("recorded %+v", w.events.got)
	}
	_, err = w.devices.Subscribe(ctx, "kim", b.json(), chrome) // a page that is loaded again
	fine(t, err)
	if w.has("kim", b); len(w.events.got) != 1 {
		t.Error("the same browser is recorded again")
	}
	for _, account := range []string{"", "a\nb", strings.Repeat("x", 300)} {
		if _, err := w.devices.Subscribe(ctx, account, b.json(), chrome); err == nil {
			t.Errorf("account %q: no error", account)
		}
	}
	if _, err := w.devices.Subscribe(ctx, "kim", []byte("{}"), chrome); !errors.Is(err, webpush.ErrSubscription) {
		t.Errorf("got %v", err)
	}
}

// A shared computer: the browser is the last customer's, and what is sent to
// the one before no longer appears there.
func TestSharedBrowser(t *testing.T) {
	w := newWorld(t)
	s := w.serve()
	b := w.subscribe("kim", "/wp/a")
	_, err := w.devices.Subscribe(t.Context(), "lee", b.json(), chrome)
	fine(t, err)
	w.has("kim")
	w.has("lee", b)
	if err := w.n.Notify(t.Context(), message(activity.Critical, "en")); !errors.Is(err, alerts.ErrNoRecipient) || len(s.take()) != 0 {
		t.Errorf("the earlier customer's message: %v", err)
	}
	// What was removed meanwhile is not another's to lose.
	if err := w.devices.Remove(t.Context(), "kim", webpush.ID(b.endpoint), chrome); !errors.Is(err, webpush.ErrNoDevice) {
		t.Errorf("got %v", err)
	}
	w.has("lee", b)
}

// A message that finds its browser gone does not remove it from the customer
// who has it since.
func TestGoneIsTheAccountsOwn(t *testing.T) {
	w := newWorld(t)
	s := w.serve()
	b := w.subscribe("kim", "/410/a")
	s.answers(func(rw http.ResponseWriter, _ *http.Request) {
		if _, err := w.devices.Subscribe(t.Context(), "lee", b.json(), chrome); err != nil {
			t.Error(err)
		}
		rw.WriteHeader(410)
	})
	if err := w.n.Notify(t.Context(), message(activity.Critical, "en")); !errors.Is(err, alerts.ErrNoRecipient) {
		t.Errorf("got %v", err)
	}
	w.has("lee", b)
}

func TestBounded(t *testing.T) {
	w := newWorld(t)
	var all []browser
	for i := range 4 {
		w.now = t0.Add(time.Duration(i) * time.Minute)
		all = append(all, w.subscribe("kim", fmt.Sprint("/wp/", i)))
	}
	w.has("kim", all[3], all[2], all[1])
}

func TestReplace(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, next, foreign := w.subscribe("kim", "/wp/old"), newBrowser(t, "/wp/new"), w.subscribe("lee", "/wp/lee")
	w.events.got = nil
	_, err := w.devices.Replace(ctx, "kim", old.endpoint, next.json(), chrome)
	fine(t, err)
	if w.has("kim", next); len(w.events.got) != 0 {
		t.Errorf("recorded %+v", w.events.got)
	}
	_, err = w.devices.Replace(ctx, "kim", next.endpoint, next.json(), chrome) // the same
	fine(t, err)
	if w.has("kim", next); len(w.events.got) != 0 {
		t.Errorf("recorded %+v", w.events.got)
	}
	// Another's, or one that is not there, is no excuse for not recording.
	for i, endpoint := range []string{foreign.endpoint, old.endpoint, ""} {
		_, err = w.devices.Replace(ctx, "kim", endpoint, newBrowser(t, fmt.Sprint("/wp/", i)).json(), chrome)
		fine(t, err)
		if w.has("lee", foreign); len(w.events.got) != i+1 {
			t.Errorf("%q: recorded %d", endpoint, len(w.events.got))
		}
	}
}

func TestRemove(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.subscribe("kim", "/wp/a")
	for _, account := range []string{"lee", ""} {
		if err := w.devices.Remove(ctx, account, webpush.ID(b.endpoint), chrome); !errors.Is(err, webpush.ErrNoDevice) {
			t.Errorf("%q: %v", account, err)
		}
	}
	w.has("kim", b)
	w.events.got = nil
	fine(t, w.devices.Remove(ctx, "kim", webpush.ID(b.endpoint), chrome))
	if w.has("kim"); len(w.events.got) != 1 || w.events.got[0].Type != activity.AlertSettingsChanged {
		t.Errorf("recorded %+v", w.events.got)
	}
	if err := w.devices.Remove(ctx, "kim", webpush.ID(b.endpoint), chrome); !errors.Is(err, webpush.ErrNoDevice) {
		t.Errorf("again: %v", err)
	}
	fail := errors.New("the log is full")
	w.events.fail = fail
	if _, err := w.devices.Subscribe(ctx, "kim", b.json(), chrome); !errors.Is(err, fail) {
		t.Errorf("not recorded: %v", err)
	}
}

func TestDeleteAccount(t *testing.T) {
	w := newWorld(t)
	w.subscribe("kim", "/wp/a")
	b := w.subscribe("lee", "/wp/b")
	fine(t, w.n.DeleteAccount(t.Context(), "kim"))
	w.has("kim")
	w.has("lee", b)
}

// Pitfall 13: what is stored holds neither an endpoint nor a key, in whatever
// spelling, and what is moved to another row or account does not open.
func TestPitfall13Sealed(t *testing.T) {
	w := newWorld(t)
	s := w.serve()
	a, b := w.subscribe("kim", "/wp/secret-path"), w.subscribe("kim", "/wp/b")
	rows, err := w.store.List(t.Context(), "kim")
	fine(t, err)
	for _, r := range rows {
		dump := fmt.Sprintf("%s|%s|%s|%s", r.ID, r.Account, r.Label, r.Sealed)
		for _, secret := range []string{"secret-path", "googleapis", enc(a.auth), string(a.auth), enc(a.key.PublicKey().Bytes()), string(a.key.PublicKey().Bytes())} {
			if strings.Contains(dump, secret) {
				t.Errorf("stored: %q", secret)
			}
		}
		if text := fmt.Sprintf("%v %+v %#v", r, r, r); strings.Contains(text, "sealed") || strings.Contains(text, "kim") {
			t.Errorf("prints %s", text)
		}
	}
	// kim's first row gets the second's ciphertext, and lee a copy of it.
	sealed := map[string][]byte{rows[0].ID: rows[0].Sealed, rows[1].ID: rows[1].Sealed}
	row := rows[0]
	row.ID, row.Sealed = webpush.ID(a.endpoint), sealed[webpush.ID(b.endpoint)]
	_, err = w.store.Put(t.Context(), row, 9)
	fine(t, err)
	fine(t, w.n.Notify(t.Context(), message(activity.Warning, "en")))
	if got := s.take(); len(got) != 1 || got[0].path != "/wp/b" {
		t.Errorf("%d requests", len(got))
	}
	row = webpush.Row{ID: webpush.ID(a.endpoint), Account: "lee", Sealed: sealed[webpush.ID(a.endpoint)], CreatedAt: t0, UsedAt: t0, SealedAt: t0}
	_, err = w.store.Put(t.Context(), row, 9)
	fine(t, err)
	m := message(activity.Warning, "en")
	m.Alert.Account = "lee"
	err = w.n.Notify(t.Context(), m)
	var permanent *alerts.PermanentError
	if !errors.Is(err, secret.ErrSealed) || errors.As(err, &permanent) || len(s.take()) != 0 {
		t.Errorf("a copy opens for another account: %v", err) // and a process with the key may come by
	}
	if list, _ := w.devices.List(t.Context(), "lee"); len(list) != 1 {
		t.Error("what does not open is removed")
	}
}

// rotating seals by the last key and opens by all.
type rotating struct{ keys []secret.AEAD }

func (r *rotating) Encrypt(plain, ad []byte) ([]byte, error) {
	return r.keys[len(r.keys)-1].Encrypt(plain, ad)
}

func (r *rotating) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, k := range r.keys {
		if plain, err = k.Decrypt(sealed, ad); err == nil {
			return plain, nil
		}
	}
	return nil, err
}

func TestPitfall13Reseal(t *testing.T) {
	keys := &rotating{[]secret.AEAD{secrettest.AEAD()}}
	w := newWorld(t, func(c *webpush.Config) { c.AEAD = keys })
	s := w.serve()
	for i := range 205 { // more than two batches
		_, err := w.devices.Subscribe(t.Context(), fmt.Sprint("u", i), newBrowser(t, fmt.Sprint("/wp/", i)).json(), chrome)
		fine(t, err)
	}
	bad := webpush.Row{ID: "bad", Account: "u0", Sealed: []byte("rubbish"), CreatedAt: t0, UsedAt: t0, SealedAt: t0}
	_, err := w.store.Put(t.Context(), bad, 9)
	fine(t, err)
	keys.keys = append(keys.keys, secrettest.AEAD())
	w.now = t0.Add(time.Hour)
	n, err := w.n.Reseal(t.Context())
	if n != 205 || !errors.Is(err, secret.ErrSealed) || !strings.Contains(err.Error(), "1 subscriptions") {
		t.Errorf("%d, %v", n, err)
	}
	keys.keys = keys.keys[1:] // the old key is taken away
	m := message(activity.Warning, "en")
	m.Alert.Account = "u204"
	fine(t, w.n.Notify(t.Context(), m))
	if got := s.take(); len(got) != 1 || got[0].path != "/wp/204" {
		t.Errorf("%d requests", len(got))
	}
	_, err = w.store.Remove(t.Context(), "u0", "bad")
	fine(t, err)
	if n, err := w.n.Reseal(t.Context()); n != 0 || err != nil { // sealed at this very instant
		t.Errorf("%d, %v", n, err)
	}
}

// Nothing logs what is sealed.
func TestLogsNothing(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))
	k, err := webpush.NewKeys()
	fine(t, err)
	log.Info("x", "keys", k, "row", webpush.Row{ID: "id", Account: "kim", Sealed: []byte("sealed")})
	if text := b.String(); strings.Contains(text, k.Private) || strings.Contains(text, "kim") || strings.Contains(text, "sealed") {
		t.Error(text)
	}
}

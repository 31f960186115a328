package accountsec_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
)

// keyring opens under any of its keys and seals under the first, as a Tink
// keyset does.
type keyring []accountsec.AEAD

func (k keyring) Encrypt(plain, ad []byte) ([]byte, error) { return k[0].Encrypt(plain, ad) }

func (k keyring) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, a := range k {
		if plain, err = a.Decrypt(sealed, ad); err == nil {
			return plain, nil
		}
	}
	return nil, err
}

// After a rotation and a Reseal everything works under the new key alone.
func TestReseal(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	code, codes := w.authenticator("kim")
	w.questions("kim")
	w.ok(w.guard.Alerts().SetPhrase(ctx, "kim", "purple fox", home))
	under := func(a accountsec.AEAD) {
		cfg := w.config
		cfg.AEAD = a
		var err error
		w.guard, err = accountsec.New(cfg)
		w.ok(err)
	}
	fresh := secrettest.AEAD()
	under(keyring{fresh, w.config.AEAD})
	w.ok(w.guard.Reseal(ctx))
	under(fresh)
	if phrase, err := w.guard.Alerts().Phrase(ctx, "kim"); err != nil || phrase != "purple fox" {
		t.Errorf("the phrase is %q, %v", string(phrase), err)
	}
	p := w.signIn("kim", home).Pending
	_, err := w.guard.FinishSignIn(ctx, p.Token, p.Factors[0].ID, code(), home)
	w.ok(err)
	ticket, step := w.recoverTo("kim", home)
	_, err = w.guard.ProveRecoveryFactor(ctx, ticket, step.Pending.Token, "recovery", codes[0], home)
	w.ok(err)
}

// Pitfall 13: with the pepper, no hash of a password is stored in the clear,
// those of before it included, and after a rotation the old key is not needed.
func TestPitfall13PepperedPasswords(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	under := func(a accountsec.AEAD) {
		w.config.AEAD, w.config.PepperPasswords = a, true
		var err error
		w.guard, err = accountsec.New(w.config)
		w.ok(err)
	}
	stored := func(account string) string {
		rec, err := w.config.Stores.Password.Get(ctx, account)
		w.ok(err)
		return rec.Hash
	}
	old, fresh := w.config.AEAD, secrettest.AEAD()
	under(old)
	w.signIn("kim", home)
	if sealed, plain := stored("kim"), stored("lee"); !strings.HasPrefix(sealed, "$sealed$") || !strings.HasPrefix(plain, "$argon2id$") {
		t.Fatalf("after a sign-in: %s; without: %s", sealed, plain)
	}
	under(keyring{fresh, old})
	w.ok(w.guard.Reseal(ctx))
	under(fresh)
	for _, account := range []string{"kim", "lee"} {
		if h := stored(account); !strings.HasPrefix(h, "$sealed$") {
			t.Errorf("%s: %s", account, h)
		}
		w.signIn(account, home)
	}
}

// Purge takes what has had its time and leaves the rest.
func TestPurge(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.signIn("kim", home)
	w.clock.Add(181 * 24 * time.Hour)
	w.signIn("kim", home)
	w.deliver()
	w.ok(w.guard.Purge(ctx))
	if got := w.types("kim"); len(got) != 1 || got[0] != activity.SignInSucceeded {
		t.Errorf("left %v", got)
	}
	if res := w.signIn("kim", home); res.Grant == nil {
		t.Error("the password was purged")
	}
}

func TestDeleteAccount(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.authenticator("kim")
	w.questions("kim")
	w.ok(w.guard.DeleteAccount(ctx, "kim"))
	w.ok(w.guard.DeleteAccount(ctx, "kim")) // nothing left to delete is no error
	if got := w.types("kim"); len(got) != 0 {
		t.Errorf("the log still holds %v", got)
	}
	_, err := w.guard.SignIn(ctx, "kim@customer.example", goodPassword, home)
	w.want(err, accountsec.ErrSignIn)
	if s, err := w.guard.RecoveryStatus(ctx, "kim"); err != nil || s.Set != 0 {
		t.Errorf("left %+v, %v", s, err)
	}
	if on, err := w.guard.MFA().Enabled(ctx, "kim"); err != nil || on {
		t.Errorf("left a factor: %v, %v", on, err)
	}
	if res := w.signIn("lee", home); res.Grant == nil {
		t.Error("another account was touched")
	}
}

// erasable is a queue that keeps messages outside of the stores.
type erasable struct {
	alerts.Queue
	migrated bool
	erased   []string
}

func (e *erasable) Migrate(context.Context) error { e.migrated = true; return nil }

func (e *erasable) DeleteAccount(_ context.Context, account string) error {
	e.erased = append(e.erased, account)
	if account == "refused" {
		return errors.New("the queue is away")
	}
	return nil
}

// A queue with tables of its own is migrated and erased with the rest.
func TestQueueWithTablesOfItsOwn(t *testing.T) {
	w := newWorld(t)
	q := &erasable{}
	w.config.Queue = func(c *alerts.Courier) (alerts.Queue, error) {
		d, err := alerts.NewDispatcher(w.config.Stores.Alerts, c, alerts.DispatcherConfig{})
		q.Queue = d
		return q, err
	}
	g, err := accountsec.New(w.config)
	w.ok(err)
	w.ok(g.Migrate(t.Context()))
	w.ok(g.DeleteAccount(t.Context(), "kim"))
	if !q.migrated || len(q.erased) != 1 || q.erased[0] != "kim" {
		t.Errorf("migrated %v, erased %v", q.migrated, q.erased)
	}
	if err := g.DeleteAccount(t.Context(), "refused"); err == nil {
		t.Error("an erasure that the queue refused passed")
	}
}

// keeping is a notifier that keeps something, and takes no codes.
type keeping struct {
	erased   []string
	resealed int
}

func (*keeping) Channel() string                              { return "webpush" }
func (*keeping) Notify(context.Context, alerts.Message) error { return alerts.ErrNoRecipient }
func (*keeping) Codeless()                                    {}

func (k *keeping) DeleteAccount(_ context.Context, account string) error {
	k.erased = append(k.erased, account)
	return nil
}

func (k *keeping) Reseal(context.Context) (int64, error) { k.resealed++; return 1, nil }

// What a notifier keeps is erased and sealed anew with the rest, and codes go by
// the first channel that takes them.
func TestNotifierThatKeeps(t *testing.T) {
	w := newWorld(t)
	k := &keeping{}
	w.config.Notifiers = append([]alerts.Notifier{k}, w.config.Notifiers...)
	g, err := accountsec.New(w.config)
	w.ok(err)
	w.ok(g.DeleteAccount(t.Context(), "kim"))
	w.ok(g.Reseal(t.Context()))
	if len(k.erased) != 1 || k.erased[0] != "kim" || k.resealed != 1 {
		t.Errorf("erased %v, sealed anew %d times", k.erased, k.resealed)
	}
	if got := g.Queue().CodeChannels(); len(got) != 1 || got[0] != w.mail.Channel() {
		t.Errorf("codes go by %v", got)
	}
	w.config.Recovery.Channels = []string{"webpush"}
	if _, err := accountsec.New(w.config); err == nil {
		t.Error("recoveries by a channel that takes no codes: accepted")
	}
}

// What waits in the queue when the key is rotated arrives under the new key alone,
// dead letters too.
func TestResealTakesTheQueueAlong(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, fresh := w.config.AEAD, secrettest.AEAD()
	under := func(a accountsec.AEAD) {
		w.config.AEAD = a
		var err error
		w.guard, err = accountsec.New(w.config)
		w.ok(err)
	}
	w.ok(w.guard.Alerts().SetPhrase(ctx, "kim", "purple fox", home))
	w.deliver()
	_, err := w.guard.StartRecovery(ctx, "kim@customer.example", home)
	w.ok(err)
	under(keyring{fresh, old})
	w.ok(w.guard.Reseal(ctx))
	under(fresh)
	before := len(w.mail.got)
	w.deliver()
	if got := w.mail.got[before:]; len(got) == 0 || !slices.ContainsFunc(got, func(m alerts.Message) bool { return m.Code != "" && m.Phrase == "purple fox" }) {
		t.Errorf("arrived: %v", got)
	}
}

// One of each kind that does not open keeps no other from being sealed anew, and
// all are told of.
func TestResealGoesOnPastWhatDoesNotOpen(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.config.PepperPasswords = true
	k := &keeping{}
	w.config.Notifiers = append(w.config.Notifiers, k)
	under := func(a accountsec.AEAD) {
		w.config.AEAD = a
		var err error
		w.guard, err = accountsec.New(w.config)
		w.ok(err)
	}
	old, lost, fresh := w.config.AEAD, secrettest.AEAD(), secrettest.AEAD()
	under(lost) // before all others in the order of accounts
	w.people.byID["a"] = accountsec.Account{ID: "a", Email: "a@customer.example"}
	w.people.byID["b"] = accountsec.Account{ID: "b", Email: "b@customer.example"}
	keep := func(account string) {
		w.ok(w.signUp(w.people.byID[account], goodPassword, home))
		w.authenticator(account)
		w.questions(account)
		w.ok(w.guard.Alerts().SetPhrase(ctx, account, "purple fox "+account, home))
		w.ok(w.guard.Alerts().ContactChanged(ctx, account, "before@customer.example"))
	}
	keep("a")
	w.deliver()
	under(old)
	keep("b")
	w.deliver()
	under(keyring{fresh, old})
	err := w.guard.Reseal(ctx)
	for _, want := range []string{"1 factors", "3 answers", "1 hashes", "1 phrases", "1 earlier addresses"} {
		if err == nil || !strings.Contains(err.Error(), ": "+want+" were left") {
			t.Errorf("%s are not told of: %v", want, err)
		}
	}
	if !errors.Is(err, mfa.ErrSealed) || !errors.Is(err, password.ErrSealed) || !errors.Is(err, alerts.ErrSealed) || k.resealed != 1 {
		t.Errorf("%v; the notifier: %d times", err, k.resealed)
	}
	under(fresh)
	if phrase, err := w.guard.Alerts().Phrase(ctx, "b"); err != nil || phrase == "" {
		t.Errorf("the phrase is %q, %v", string(phrase), err)
	}
	if p := w.signIn("b", home).Pending; p == nil || len(p.Factors) == 0 {
		t.Error("no second factor")
	}
	w.recoverTo("b", home)
	if again := w.guard.Reseal(ctx); again == nil || again.Error() != err.Error() {
		t.Errorf("under the new key alone: %v", again)
	}
}

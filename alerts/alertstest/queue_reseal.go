package alertstest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// resealer is what a queue has that keeps what the courier sealed, as both of this
// SDK do.
type resealer interface {
	Reseal(ctx context.Context) (int64, error)
}

func (q *queueTest) resealer() resealer {
	q.Helper()
	r, has := q.Queue.(resealer)
	if !has {
		q.Skip("the queue seals nothing anew")
	}
	return r
}

// keyring seals under its first key and opens under any, as a Tink keyset does.
type keyring struct {
	mu     sync.Mutex
	list   []alerts.AEAD
	onSeal func() // nil: nothing
}

func (k *keyring) keys() []alerts.AEAD {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.list)
}

func (k *keyring) set(list ...alerts.AEAD) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = list
}

func (k *keyring) Encrypt(plain, ad []byte) ([]byte, error) {
	if k.onSeal != nil {
		k.onSeal()
	}
	return k.keys()[0].Encrypt(plain, ad)
}

func (k *keyring) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, key := range k.keys() {
		if plain, err = key.Decrypt(sealed, ad); err == nil {
			break
		}
	}
	return plain, err
}

// rotate puts a new key before the old one; the function takes the old one away.
func (k *keyring) rotate() (retire func()) {
	old, fresh := k.keys()[0], secrettest.AEAD()
	k.set(fresh, old)
	return func() { k.set(fresh) }
}

// sealedAlert has all that is sealed in an alert.
func sealedAlert(name string) alerts.Alert {
	return alerts.Alert{
		ID: "alert " + name, Account: "kim", Kind: alerts.PasswordChanged, At: T0, Link: "https://shop.example/undo?" + alerts.Private(name), Phrase: "purple walrus",
		Earlier: []alerts.EarlierAddress{{ID: "before", Address: "before@customer.example"}},
	}
}

// arrived tells whether a message has all that was sealed in it.
func arrived(m alerts.Message) bool {
	whole := strings.HasPrefix(string(m.Alert.Link), "https://shop.example/undo?") && (m.Phrase == "purple walrus" || m.Recipient.Email == "before@customer.example")
	return m.Code == "83019274" || whole
}

// Whatever waits, and dead letters too, is delivered after the old key is gone.
func rotation(q *queueTest) {
	ctx, r, l := q.Context(), q.resealer(), q.letters()
	q.mail.failWith(refused)
	ok(q.T, q.Enqueue(ctx, sealedAlert("dead"), []string{"email"}, "dead")) // and one to the address before, a standby on sms and kakao
	q.deliver()
	q.mail.failWith(busy)
	q.sms.failWith(busy)
	ok(q.T, q.Enqueue(ctx, sealedAlert("retried"), []string{"email"}, "retried"))
	quiet := sealedAlert("quiet")
	quiet.NotBefore = T0.Add(4 * time.Hour)
	ok(q.T, q.Enqueue(ctx, quiet, []string{"sms"}, "quiet"))
	q.deliver()
	q.sendCode(ctx)
	waiting := map[string]bool{} // by ID
	states := map[alerts.State]bool{}
	for _, d := range q.list(ctx, "kim") {
		switch d.State {
		case alerts.Pending, alerts.Standby, alerts.Dead:
			waiting[d.ID], states[d.State] = true, true
		}
	}
	if len(states) != 3 {
		q.Fatalf("only %v wait", states)
	}
	retire := q.keys.rotate()
	if n, err := r.Reseal(ctx); err != nil || int(n) != len(waiting) {
		q.Errorf("sealed anew: %d of %d, %v", n, len(waiting), err)
	}
	retire()
	q.mail.failWith(nil)
	q.sms.failWith(nil)
	for _, d := range q.list(ctx, "kim") {
		if d.State == alerts.Dead {
			ok(q.T, l.Revive(ctx, d.ID))
		}
	}
	q.deliver() // the code, whose time runs out first
	q.pass(5 * time.Hour)
	q.deliver()
	for _, m := range append(q.sms.messages(), q.mail.messages()...) {
		if delete(waiting, m.ID); !arrived(m) {
			q.Errorf("%v lacks what was sealed: link %t, phrase %t", m.ID, m.Alert.Link != "", m.Phrase != "")
		}
	}
	for _, d := range q.list(ctx, "kim") {
		if d.State == alerts.Pending || d.State == alerts.Dead || d.State == alerts.Standby {
			q.Errorf("%s on %s: %s, %q", d.Dedupe, d.Channel, d.State, d.LastError)
		}
		if d.State == alerts.Skipped || d.Channel == "kakao" { // another reached the owner
			delete(waiting, d.ID)
		}
	}
	if len(waiting) > 0 {
		q.Errorf("%d were not delivered", len(waiting))
	}
}

// A message that is under way while everything is sealed anew is delivered once,
// and if the attempt fails, again under the new key.
func rotationMeanwhile(q *queueTest) {
	ctx, r := q.Context(), q.resealer()
	for name, fail := range map[string]error{"a": nil, "b": errors.New("451 try again")} {
		var retire func()
		q.mail.failWith(func(alerts.Message) error {
			retire = q.keys.rotate()
			if d := q.on("email"); d.State != alerts.Leased {
				q.Errorf("%s: it is %s while it is delivered", name, d.State)
			}
			if n, err := r.Reseal(ctx); err != nil || n != 1 {
				q.Errorf("%s: sealed anew: %d, %v", name, n, err)
			}
			return fail
		})
		a := sealedAlert(name)
		a.Earlier, a.Kind = nil, alerts.NewDevice
		ok(q.T, q.Enqueue(ctx, a, []string{"email"}, name))
		q.deliver()
		retire()
		q.mail.failWith(nil)
		q.pass(time.Hour)
		q.deliver()
		got := q.mail.messages()
		if last := got[len(got)-1]; string(last.Alert.Link) != "https://shop.example/undo?"+name || !arrived(last) {
			q.Errorf("%s: %v", name, last)
		}
		if n, err := r.Reseal(ctx); err != nil || n != 0 {
			q.Errorf("%s: ended, and sealed anew: %d, %v", name, n, err)
		}
		ok(q.T, q.Erase(ctx, "kim"))
	}
	if n := len(q.mail.messages()); n != 2 {
		q.Errorf("%d messages", n)
	}
}

// A message that ends between being read and being sealed anew stays ended: its
// payload does not come back.
func rotationTooLate(q *queueTest) {
	r := q.resealer()
	q.enqueue(q.Context(), "kim", "a", false, "email")
	q.keys.onSeal = sync.OnceFunc(q.deliver)
	n, err := r.Reseal(q.Context())
	q.keys.onSeal = nil
	if d := q.on("email"); n != 0 || err != nil || d.State != alerts.Done || len(q.mail.messages()) != 1 {
		q.Errorf("sealed anew: %d, %v; it is %s", n, err, d.State)
	}
}

// What was sealed under a key that is lost stays as it is, is told of at the end,
// and holds up nothing.
func rotationWithLoss(q *queueTest) {
	ctx, r := q.Context(), q.resealer()
	key, lost := q.keys.keys()[0], secrettest.AEAD()
	for name, under := range map[string]alerts.AEAD{"first": key, "lost": lost, "last": key} {
		q.keys.set(under)
		q.enqueue(ctx, "kim", name, false, "email")
	}
	q.keys.set(key)
	retire := q.keys.rotate()
	n, err := r.Reseal(ctx)
	if n != 2 || !errors.Is(err, alerts.ErrSealed) || !strings.Contains(err.Error(), ": 1 messages") {
		q.Errorf("sealed anew: %d, %v", n, err)
	}
	retire()
	q.deliver()
	if got := q.mail.messages(); len(got) != 2 {
		q.Errorf("delivered %v", got)
	}
	q.keys.set(lost) // its key is found again
	q.pass(time.Hour)
	q.deliver()
	if got := q.mail.messages(); len(got) != 3 {
		q.Errorf("delivered %v", got)
	}
}

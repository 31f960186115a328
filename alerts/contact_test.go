package alerts_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/secret/secrettest"
)

// keyring opens under any of its keys and seals under the first.
type keyring []alerts.AEAD

func (k keyring) Encrypt(plain, ad []byte) ([]byte, error) { return k[0].Encrypt(plain, ad) }

func (k keyring) Decrypt(sealed, ad []byte) (plain []byte, err error) {
	for _, a := range k {
		if plain, err = a.Decrypt(sealed, ad); err == nil {
			return plain, nil
		}
	}
	return nil, err
}

// newContactWorld is a world that keeps earlier addresses under a key.
func newContactWorld(t *testing.T, key alerts.AEAD) *world {
	t.Helper()
	w := newWorld(t)
	w.monitorUnder(key)
	return w
}

func (w *world) monitorUnder(key alerts.AEAD) {
	w.Helper()
	var err error
	w.dispatcher, err = newDispatcher(w.store, alerts.CourierConfig{
		Notifiers: []alerts.Notifier{w.mail, w.sms}, Directory: directory{}, AEAD: key, Now: w.clock,
	})
	w.ok(err)
	w.monitor, err = alerts.New(w.store, alerts.Config{Queue: w.dispatcher, AEAD: key, Now: w.clock})
	w.ok(err)
}

func to(c *channel) (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.got {
		out = append(out, string(m.Kind)+" "+m.Recipient.Email+m.Recipient.Phone)
	}
	c.got = nil
	slices.Sort(out)
	return out
}

var completed = activity.Event{Type: activity.RecoveryCompleted}

// What concerns a recovery is told at earlier addresses for 30 days, each on
// the channel that it belongs to, and once.
func TestEarlierAddresses(t *testing.T) {
	w := newContactWorld(t, secrettest.AEAD())
	ctx := t.Context()
	for _, old := range []string{"old@customer.example", "+82 10-9999-8888", "old@customer.example", "", "\r\n"} {
		w.ok(w.monitor.ContactChanged(ctx, "kim", old))
		w.now = w.now.Add(time.Minute)
	}
	w.ok(w.monitor.ContactChanged(ctx, "lee", "lee.old@customer.example"))
	w.observe(completed)
	w.deliver()
	const present = "kim@customer.example+82 10-1234-5678"
	equal(t, "mail", to(w.mail), []string{"recovery_completed " + present, "recovery_completed old@customer.example"})
	equal(t, "texts", to(w.sms), []string{"recovery_completed +82 10-9999-8888", "recovery_completed " + present})
	// Nothing goes there that the owner may switch off.
	w.observe(activity.Event{Type: activity.DeviceTrusted})
	w.deliver()
	equal(t, "mail", to(w.mail), []string{"device_trusted " + present})
	to(w.sms)
	w.now = w.now.Add(30 * 24 * time.Hour)
	w.observe(completed)
	w.deliver()
	equal(t, "mail after 30 days", to(w.mail), []string{"recovery_completed " + present})
	_, err := w.monitor.Purge(ctx)
	w.ok(err)
	if list, err := w.store.MemoryStore.Contacts(ctx, "kim", t0, 9); err != nil || len(list) != 0 {
		t.Errorf("left %v, %v", list, err)
	}
	if err := w.monitor.ContactChanged(ctx, "", "a@b.example"); err == nil {
		t.Error("an empty account was accepted")
	}
}

// Everything mandatory is told at an earlier address for 7 days, the change
// itself first, and recoveries for 30; to the moment.
func TestEarlierAddressForAWeek(t *testing.T) {
	const day = 24 * time.Hour
	emailChanged := activity.Event{Type: activity.ProfileChanged, Detail: map[string]string{activity.DetailFields: "email"}}
	for _, c := range []struct {
		after time.Duration
		event activity.Event
		told  bool
	}{
		{0, emailChanged, true}, {0, completed, true}, {0, activity.Event{Type: activity.DataExported}, false},
		{7*day - time.Microsecond, activity.Event{Type: activity.FactorRemoved}, true}, {7 * day, activity.Event{Type: activity.FactorRemoved}, true},
		{7*day + time.Microsecond, activity.Event{Type: activity.FactorRemoved}, false}, {7*day + time.Microsecond, completed, true},
		{30 * day, completed, true}, {30*day + time.Microsecond, completed, false},
	} {
		w := newContactWorld(t, secrettest.AEAD())
		w.ok(w.monitor.ContactChanged(t.Context(), "kim", "old@customer.example"))
		w.now = w.now.Add(c.after)
		w.observe(c.event)
		w.deliver()
		got := to(w.mail)
		if told := slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, " old@customer.example") }); told != c.told {
			t.Errorf("%s after %v: told %v", c.event.Type, c.after, got)
		}
	}
}

// Whoever changes an address may do it twenty times more: the owner's own came
// first, and is told all the same, on each channel.
func TestEarlierAddressAfterManyChanges(t *testing.T) {
	w := newContactWorld(t, secrettest.AEAD())
	ctx := t.Context()
	change := func(old string) {
		w.ok(w.monitor.ContactChanged(ctx, "kim", old))
		w.now = w.now.Add(time.Minute)
	}
	change("older@customer.example") // the owner's doing
	change("old@customer.example")
	for i := range 20 {
		change(fmt.Sprintf("+82 10-0000-%04d", i))
	}
	for i := range 20 {
		change(fmt.Sprintf("thief%d@evil.example", i))
	}
	w.observe(completed)
	w.deliver()
	mails, texts := to(w.mail), to(w.sms)
	for _, want := range []string{"recovery_completed older@customer.example", "recovery_completed old@customer.example", "recovery_completed thief19@evil.example"} {
		if !slices.Contains(mails, want) {
			t.Errorf("no %s in %v", want, mails)
		}
	}
	if !slices.Contains(texts, "recovery_completed +82 10-0000-0000") || len(mails) != 11 || len(texts) != 11 {
		t.Errorf("%d mails, texts %v", len(mails), texts)
	}
}

// Whoever changes the address may change the channels first: the old address is
// told all the same, now and not in quiet hours.
func TestEarlierAddressWhateverThePreferences(t *testing.T) {
	w := newContactWorld(t, secrettest.AEAD())
	ctx := t.Context()
	all := map[alerts.Kind][]string{}
	for _, info := range alerts.Kinds() {
		all[info.Kind] = []string{"sms"}
	}
	w.ok(w.monitor.SetPreferences(ctx, "kim", alerts.Preferences{
		Channels: all, Quiet: alerts.Quiet{From: 0, To: 1439, Zone: "Asia/Seoul"}, Lang: "ko",
	}, activity.Client{}))
	w.ok(w.monitor.ContactChanged(ctx, "kim", "old@customer.example"))
	w.observe(activity.Event{Type: activity.ProfileChanged, Detail: map[string]string{activity.DetailFields: "email"}})
	w.deliver()
	const present = "kim@customer.example+82 10-1234-5678"
	equal(t, "mail", to(w.mail), []string{"email_changed " + present, "email_changed old@customer.example"})
	equal(t, "texts", to(w.sms), []string{"email_changed " + present})
	w.observe(activity.Event{Type: activity.DataExported}) // may be switched off, and is quiet
	w.deliver()
	equal(t, "mail", to(w.mail), nil)
}

// A recovery is told on every channel, whatever the owner, or an intruder,
// chose.
func TestRecoveriesAreToldEverywhere(t *testing.T) {
	w := newContactWorld(t, secrettest.AEAD())
	prefs := map[alerts.Kind][]string{}
	for _, k := range []alerts.Kind{alerts.RecoveryStarted, alerts.RecoveryCompleted, alerts.RecoveryCancelled, alerts.RecoveryDelayed, alerts.PasswordChanged} {
		prefs[k] = []string{"email"}
	}
	w.ok(w.monitor.SetPreferences(t.Context(), "kim", channels(prefs), activity.Client{}))
	w.observe(activity.Event{Type: activity.RecoveryStarted, Outcome: activity.OutcomePending})
	w.observe(completed)
	w.observe(activity.Event{Type: activity.RecoveryCancelled})
	w.observe(activity.Event{Type: activity.PasswordChanged})
	w.ok(w.monitor.AnnounceWait(t.Context(), activity.Event{Account: "kim", Type: activity.RecoveryDelayed, At: w.now}, "https://shop.example/c?t=x"))
	w.deliver()
	got := w.sms.take()
	slices.Sort(got)
	equal(t, "texts", got, []alerts.Kind{alerts.RecoveryCancelled, alerts.RecoveryCompleted, alerts.RecoveryDelayed, alerts.RecoveryStarted})
}

// Pitfall 13: an earlier address and a link wait sealed under their row, and
// are wiped when they are delivered.
func TestPitfall13LinksAndAddressesAreSealed(t *testing.T) {
	const link = "https://shop.example/cancel?t=the-token"
	w := newContactWorld(t, secrettest.AEAD())
	ctx := t.Context()
	w.ok(w.monitor.ContactChanged(ctx, "kim", "old@customer.example"))
	w.ok(w.monitor.AnnounceWait(ctx, activity.Event{Account: "kim", Type: activity.RecoveryDelayed, At: w.now}, link))
	rows, err := w.store.MemoryStore.Lease(ctx, "", "t", w.now.Add(time.Minute), w.now, 10)
	w.ok(err)
	if len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		if strings.Contains(string(row.Payload), "the-token") || strings.Contains(string(row.Payload), "old@") {
			t.Errorf("in clear: %s", row.Payload)
		}
	}
	// A payload moved to another row opens nowhere.
	moved := rows[0]
	moved.ID, moved.Dedupe = "another", "another"
	if _, err := w.store.MemoryStore.Enqueue(ctx, []alerts.Delivery{moved}); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if got := to(w.mail); len(got) != 0 {
		t.Errorf("a moved payload was delivered: %v", got)
	}
	w.now = w.now.Add(2 * time.Minute) // the lease above runs out
	w.mail.fail = func(m alerts.Message) error {
		if m.Kind == alerts.RecoveryDelayed && string(m.Alert.Link) != link {
			t.Errorf("the link is %q", string(m.Alert.Link))
		}
		if text := fmt.Sprintf("%v %+v %#v", m, m.Alert, m.Alert); strings.Contains(text, "the-token") {
			t.Error("an alert prints its link")
		}
		data, err := json.Marshal(m.Alert)
		if err != nil || strings.Contains(string(data), "the-token") {
			t.Errorf("the JSON holds the link: %v", err)
		}
		return fmt.Errorf("no route for %s at %s", string(m.Alert.Link), m.Recipient.Email)
	}
	w.deliver()
	list, err := w.dispatcher.Deliveries(ctx, "kim")
	w.ok(err)
	for _, d := range list {
		if strings.Contains(d.LastError, "the-token") || strings.Contains(d.LastError, "old@") {
			t.Errorf("the error holds a secret: %s", d.LastError)
		}
	}
}

// After a rotation and a reseal the old key is not needed; an address that does
// not open keeps nobody from being told.
func TestResealContacts(t *testing.T) {
	old, fresh := secrettest.AEAD(), secrettest.AEAD()
	w := newContactWorld(t, old)
	ctx := t.Context()
	w.ok(w.monitor.ContactChanged(ctx, "kim", "old@customer.example"))
	w.ok(w.monitor.ContactChanged(ctx, "lee", "lee.old@customer.example"))
	w.monitorUnder(keyring{fresh, old})
	w.ok(w.monitor.ResealContacts(ctx))
	w.monitorUnder(fresh)
	w.observe(completed)
	w.deliver()
	if got := to(w.mail); len(got) != 2 {
		t.Errorf("told %v", got)
	}
	w.monitorUnder(secrettest.AEAD())
	if err := w.monitor.ResealContacts(ctx); err == nil {
		t.Error("resealed under a foreign key")
	}
	w.now = w.now.Add(time.Minute)
	w.observe(completed)
	w.deliver()
	if got := to(w.mail); len(got) != 1 {
		t.Errorf("told %v", got)
	}
}

// A code can go by one channel, if there is one of the name, and only of its kind.
func TestSendCodeByChannel(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.ok(w.dispatcher.SendCode(ctx, code("kim", "12345678", w.now.Add(time.Minute), "sms")))
	w.deliver()
	equal(t, "mail", w.mail.take(), nil)
	equal(t, "texts", w.sms.take(), []alerts.Kind{alerts.RecoveryCode})
	for _, channel := range []string{"", "pigeon"} {
		w.want(w.dispatcher.SendCode(ctx, code("kim", "12345678", w.now.Add(time.Minute), channel)), alerts.ErrNoChannel)
	}
	m := code("kim", "12345678", w.now.Add(time.Minute))
	m.Kind = alerts.PasswordChanged
	w.want(w.dispatcher.SendCode(ctx, m), alerts.ErrAttempt)
}

// Pitfall 12: the button of the mail leads to the link, and never to one elsewhere.
func TestPitfall12CancelLink(t *testing.T) {
	s := alerts.Sender{Brand: "Shop", Domain: "shop.example", From: "security@shop.example", SecurityURL: "https://shop.example/security"}
	m := alerts.Message{Kind: alerts.RecoveryDelayed, Recipient: alerts.Recipient{Lang: "ko", TimeZone: "Asia/Seoul"}, Alert: alerts.Alert{
		Kind: alerts.RecoveryDelayed, Link: "https://shop.example/cancel?t=x", Detail: map[string]string{activity.DetailUntil: "1795200000000000"},
	}}
	c := alerts.Compose(s, m)
	if c.Button == nil || c.Button.URL != "https://shop.example/cancel?t=x" || c.Button.Label != "복구 취소하기" {
		t.Errorf("the button is %+v", c.Button)
	}
	if facts := fmt.Sprint(c.Facts); !strings.Contains(facts, "복구 가능 시각") || !strings.Contains(facts, "2026년 11월 21일") {
		t.Errorf("the facts are %s", facts)
	}
	for _, evil := range []alerts.Private{"https://evil.example/cancel?t=x", "javascript:alert(1)", "http://shop.example/c", "https://shop.example@evil.example/"} {
		m.Alert.Link = evil
		if b := alerts.Compose(s, m).Button; b == nil || b.URL != s.SecurityURL {
			t.Errorf("%s: the button is %+v", string(evil), b)
		}
	}
}

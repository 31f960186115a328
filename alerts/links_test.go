package alerts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/internal/secret/secrettest"
)

var linkSender = alerts.Sender{Brand: "Shop", Domain: "shop.example", From: "security@shop.example"}

const answerURL = "https://shop.example/security/answer"

func newLinks(t *testing.T, key alerts.AEAD, now func() time.Time) *alerts.AnswerLinks {
	t.Helper()
	l, err := alerts.NewAnswerLinks(alerts.AnswersConfig{AEAD: key, Sender: linkSender, URL: answerURL, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func alertOf(kind alerts.Kind) alerts.Alert {
	return alerts.Alert{ID: "alert-1", Account: "kim", Kind: kind, Event: "event-1", At: t0}
}

func onMail(a alerts.Alert) alerts.Delivery {
	return alerts.Delivery{ID: "d1", Account: a.Account, Channel: "email", Kind: a.Kind}
}

func token(t *testing.T, link alerts.Private) string {
	t.Helper()
	tok, ok := strings.CutPrefix(string(link), answerURL+"?t=")
	if !ok {
		t.Fatalf("the link is %q", string(link))
	}
	return tok
}

func at(when time.Time) func() time.Time { return func() time.Time { return when } }

// What a link stands for is read back by whoever has the key, and by nobody else.
func TestAnswerLinks(t *testing.T) {
	l := newLinks(t, secrettest.AEAD(), at(t0))
	a := alertOf(alerts.NewCountry)
	a.Reasons = []alerts.Reason{{Key: risk.ReasonNewCountry}, {Key: risk.ReasonNewDevice}, {Key: risk.ReasonNewDevice}}
	links, err := l.Links(onMail(a), a)
	if err != nil {
		t.Fatal(err)
	}
	expires := t0.Add(7 * 24 * time.Hour).Unix()
	for purpose, c := range map[alerts.AnswerPurpose]struct {
		link alerts.Private
		want alerts.Answer
	}{
		alerts.AnswerMine:    {links.Mine, alerts.Answer{Event: "event-1", Kinds: []alerts.Kind{alerts.NewCountry}}},
		alerts.AnswerNotMine: {links.NotMine, alerts.Answer{Event: "event-1", Kinds: []alerts.Kind{alerts.NewCountry}}},
		alerts.AnswerMute:    {links.Mute, alerts.Answer{Kinds: []alerts.Kind{alerts.NewCountry, alerts.NewDevice}}},
	} {
		c.want.Purpose, c.want.Account, c.want.Alert, c.want.Channel, c.want.Expires = purpose, "kim", "alert-1", "email", expires
		got, err := l.Read(token(t, c.link))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, %v", purpose, got, err)
		}
		if err := linkSender.CheckLink(string(c.link)); err != nil {
			t.Errorf("%s: the sender refuses %q: %v", purpose, string(c.link), err)
		}
		raw, _ := base64.RawURLEncoding.DecodeString(token(t, c.link))
		for _, secret := range []string{"kim", "alert-1", "event-1", "new_country", "mine", "mute"} {
			if strings.Contains(string(c.link), secret) || bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s: %q can be read from it", purpose, secret)
			}
		}
		if text := fmt.Sprintf("%v %+v", got, got); strings.Contains(text, "kim") {
			t.Errorf("printed: %s", text)
		}
	}
}

// Which alerts have which answers.
func TestAnswerable(t *testing.T) {
	l := newLinks(t, secrettest.AEAD(), at(t0))
	both := map[alerts.Kind]bool{
		alerts.NewDevice: true, alerts.NewCountry: true, alerts.NewRegion: true, alerts.ImpossibleTravel: true, alerts.Anonymised: true,
		alerts.GuessedIn: true, alerts.StuffingHit: true, alerts.OverseasAttempt: true, alerts.SignInRefused: true,
	}
	none := map[alerts.Kind]bool{
		alerts.FailedBurst: true, alerts.RecoveryStarted: true, alerts.RecoveryAttempted: true, alerts.RecoveryDelayed: true,
		alerts.RecoveryCancelled: true, alerts.Disowned: true,
	}
	for _, info := range alerts.Kinds() {
		a := alertOf(info.Kind)
		links, err := l.Links(onMail(a), a)
		if err != nil || (links.Mine != "") != both[info.Kind] || (links.NotMine != "") == none[info.Kind] || (links.Mute != "") == info.Mandatory {
			t.Errorf("%s: mine %v, not mine %v, mute %v, %v", info.Kind, links.Mine != "", links.NotMine != "", links.Mute != "", err)
		}
		a.Event = ""
		if links, err := l.Links(onMail(a), a); err != nil || links.Mine != "" || links.NotMine != "" {
			t.Errorf("%s without an event: %+v, %v", info.Kind, links, err)
		}
	}
	for name, a := range map[string]alerts.Alert{
		"too old": {ID: "a", Account: "kim", Kind: alerts.NewDevice, Event: "e", At: t0.Add(-7 * 24 * time.Hour)},
		"no kind": {ID: "a", Account: "kim", Kind: "pigeon", Event: "e", At: t0},
		"a code":  {ID: "a", Account: "kim", Kind: alerts.SignInCode, Event: "e", At: t0},
		"long id": {ID: "a", Account: strings.Repeat("k", 255), Kind: alerts.NewDevice, Event: "e", At: t0},
	} {
		if links, err := l.Links(onMail(a), a); err != nil || links != (alerts.Links{}) {
			t.Errorf("%s: %+v, %v", name, links, err)
		}
	}
}

// Pitfall 14: whatever is wrong with a token, the answer is one and the same.
func TestPitfall14AnswerTokens(t *testing.T) {
	key := secrettest.AEAD()
	now := t0
	clock := func() time.Time { return now }
	l := newLinks(t, key, clock)
	a := alertOf(alerts.NewDevice)
	links, err := l.Links(onMail(a), a)
	if err != nil {
		t.Fatal(err)
	}
	good := token(t, links.Mine)
	seal := func(ad string, v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := key.Encrypt(data, []byte(ad))
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(sealed)
	}
	const row = "accountsec/v1|alerts.answer"
	answer := alerts.Answer{
		Purpose: alerts.AnswerMine, Account: "kim", Alert: "a", Event: "e", Kinds: []alerts.Kind{alerts.NewDevice}, Channel: "email", Expires: t0.Unix() + 60,
	}
	if _, err := l.Read(seal(row, answer)); err != nil {
		t.Fatalf("the test seals otherwise than the package: %v", err)
	}
	with := func(change func(a *alerts.Answer)) string {
		a := answer
		change(&a)
		return seal(row, a)
	}
	flip := []byte(good)
	flip[len(flip)/2] ^= 1
	bad := map[string]string{
		"empty": "", "not base64": "!!!", "a word": "mine", "flipped": string(flip), "cut off": good[:len(good)-4], "padded": good + "=", "longer": good + "A",
		"a line break": good[:9] + "\n" + good[9:], "standard base64": strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+/", "1 MiB": strings.Repeat("A", 1<<20),
		"another key":      token(t, must(newLinks(t, secrettest.AEAD(), clock).Links(onMail(a), a)).Mine),
		"another row":      seal("accountsec/v1|alerts.code|kim|d1", answer),
		"another shop":     seal("accountsec/v1|alerts.answer|other.example", answer),
		"no answer":        seal(row, []int{1}),
		"another purpose":  with(func(a *alerts.Answer) { a.Purpose = "sign_in" }),
		"no purpose":       with(func(a *alerts.Answer) { a.Purpose = "" }),
		"mine of a change": with(func(a *alerts.Answer) { a.Kinds = []alerts.Kind{alerts.PasswordChanged} }),
		"mute what is mandatory": with(func(a *alerts.Answer) {
			a.Purpose, a.Kinds = alerts.AnswerMute, []alerts.Kind{alerts.NewDevice, alerts.PasswordChanged}
		}),
		"no kind":    with(func(a *alerts.Answer) { a.Kinds = nil }),
		"no account": with(func(a *alerts.Answer) { a.Account = "" }),
		"no event":   with(func(a *alerts.Answer) { a.Event = "" }),
		"no alert":   with(func(a *alerts.Answer) { a.Alert = "" }),
		"no channel": with(func(a *alerts.Answer) { a.Channel = "e mail" }),
		"expired":    with(func(a *alerts.Answer) { a.Expires = t0.Unix() }),
	}
	for name, tok := range bad {
		if got, err := l.Read(tok); err != alerts.ErrAnswer || !reflect.DeepEqual(got, alerts.Answer{}) { //nolint:errorlint // one and the same
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for step, want := range map[time.Duration]bool{7*24*time.Hour - time.Second: true, 7 * 24 * time.Hour: false, 7*24*time.Hour + time.Second: false} {
		now = t0.Add(step)
		if _, err := l.Read(good); (err == nil) != want {
			t.Errorf("after %v: %v", step, err)
		}
	}
}

// A token of any length costs bounded work: nothing long is decoded or decrypted.
func TestAnswerTokensCostBoundedWork(t *testing.T) {
	key := &countingAEAD{AEAD: secrettest.AEAD()}
	l := newLinks(t, key, at(t0))
	key.n = 0
	for _, n := range []int{0, 513, 1 << 20} {
		l.Read(strings.Repeat("A", n)) //nolint:errcheck // meant to fail
	}
	if key.n != 0 {
		t.Errorf("%d were decrypted", key.n)
	}
	if n := testing.AllocsPerRun(20, func() { l.Read(strings.Repeat("A", 1)[:0] + long) }); n > 2 { //nolint:errcheck // likewise
		t.Errorf("%v allocations for a long token", n)
	}
}

var long = strings.Repeat("A", 1<<20)

type countingAEAD struct {
	alerts.AEAD
	n int
}

func (c *countingAEAD) Decrypt(sealed, ad []byte) ([]byte, error) {
	c.n++
	return c.AEAD.Decrypt(sealed, ad)
}

// An answer counts once for an alert, whatever channels it went by. "Not me" may
// follow "me", and ends it.
func TestSpend(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	answer := func(alert string, p alerts.AnswerPurpose, channel string) alerts.Answer {
		return alerts.Answer{Purpose: p, Account: "kim", Alert: alert, Channel: channel, Expires: t0.Add(time.Hour).Unix()}
	}
	for _, step := range []struct {
		a    alerts.Answer
		want error
	}{
		{answer("a", alerts.AnswerMine, "email"), nil}, {answer("a", alerts.AnswerMine, "sms"), alerts.ErrAnswer},
		{answer("a", alerts.AnswerNotMine, "email"), nil}, {answer("a", alerts.AnswerNotMine, "sms"), alerts.ErrAnswer},
		{answer("b", alerts.AnswerNotMine, "email"), nil}, {answer("b", alerts.AnswerMine, "email"), alerts.ErrAnswer},
		{answer("c", alerts.AnswerMute, "email"), nil}, {answer("c", alerts.AnswerMute, "email"), nil},
	} {
		if err := w.monitor.Spend(ctx, step.a); !errors.Is(err, step.want) || (err == nil) != (step.want == nil) {
			t.Errorf("%s of %s by %s: %v", step.a.Purpose, step.a.Alert, step.a.Channel, err)
		}
	}
	w.now = t0.Add(time.Hour)
	w.want(w.monitor.Spend(ctx, answer("d", alerts.AnswerMine, "email")), alerts.ErrAnswer)
	if n, err := w.monitor.Purge(ctx); err != nil || n != 0 {
		t.Errorf("purged %d at the end, %v", n, err)
	}
	w.now = t0.Add(time.Hour + time.Second)
	if n, err := w.monitor.Purge(ctx); err != nil || n != 4 {
		t.Errorf("purged %d afterwards, %v", n, err)
	}
}

// Of 64 who answer at once by two channels, one is heard.
func TestSpendRace(t *testing.T) {
	w := newWorld(t)
	wins := racing.Wins(t, func(i int) (bool, error) {
		err := w.monitor.Spend(t.Context(), alerts.Answer{
			Purpose: alerts.AnswerNotMine, Account: "kim", Alert: "a", Channel: []string{"email", "sms"}[i%2], Expires: t0.Add(time.Hour).Unix(),
		})
		if errors.Is(err, alerts.ErrAnswer) {
			return false, nil
		}
		return err == nil, err
	})
	if wins != 1 {
		t.Errorf("%d were heard", wins)
	}
}

// Pitfall 12: links come from the configuration, on the sender's domain, and
// from nowhere else.
func TestPitfall12AnswersConfig(t *testing.T) {
	ok := alerts.AnswersConfig{AEAD: secrettest.AEAD(), Sender: linkSender, URL: answerURL}
	for name, change := range map[string]func(*alerts.AnswersConfig){
		"no key": func(c *alerts.AnswersConfig) { c.AEAD = nil }, "no sender": func(c *alerts.AnswersConfig) { c.Sender = alerts.Sender{} },
		"no page": func(c *alerts.AnswersConfig) { c.URL = "" }, "http": func(c *alerts.AnswersConfig) { c.URL = "http://shop.example/a" },
		"another host": func(c *alerts.AnswersConfig) { c.URL = "https://evil.example/a" }, "a query": func(c *alerts.AnswersConfig) { c.URL += "?a=b" },
		"a fragment": func(c *alerts.AnswersConfig) { c.URL += "#a" }, "for ever": func(c *alerts.AnswersConfig) { c.TTL = 31 * 24 * time.Hour },
		"in the past": func(c *alerts.AnswersConfig) { c.TTL = -time.Hour },
	} {
		cfg := ok
		change(&cfg)
		if _, err := alerts.NewAnswerLinks(cfg); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := alerts.NewAnswerLinks(ok); err != nil {
		t.Error(err)
	}
	w := newWorld(t)
	_, err := w.monitor.ReadAnswer(t.Context(), "x") // no links, no answers
	w.want(err, alerts.ErrAnswer)
}

// While a change of the sender is ahead, messages come from the old one and take
// no link to the new domain: a page there is refused, not left out of each
// message. The page moves while both are shown.
func TestAnswersPageWhileTheSenderChanges(t *testing.T) {
	const oldPage, newPage = answerURL, "https://new.example/security/answer"
	day := t0.AddDate(0, 1, 0)
	next := alerts.Sender{
		Brand: "Shop", Domain: "new.example", From: "security@new.example",
		Change: &alerts.Change{Old: linkSender, At: day, Until: day.AddDate(0, 1, 0)},
	}
	for _, c := range []struct {
		page      string
		on        time.Time
		fits      bool
		laterOn   time.Time // of a message
		laterFits bool
	}{
		{newPage, t0, false, t0, false}, {newPage, day.Add(-time.Second), false, day, false},
		{oldPage, t0, true, t0, true}, {oldPage, t0, true, day, true}, {oldPage, day, true, next.Change.Until, false},
		{newPage, day, true, next.Change.Until, true}, {newPage, day, true, day.Add(-time.Second), false}, {oldPage, next.Change.Until, false, day, false},
	} {
		now := c.on
		l, err := alerts.NewAnswerLinks(alerts.AnswersConfig{AEAD: secrettest.AEAD(), Sender: next, URL: c.page, Now: func() time.Time { return now }})
		if (err == nil) != c.fits || err != nil && !errors.Is(err, alerts.ErrSender) {
			t.Errorf("%s on %v: %v", c.page, c.on, err)
		}
		if err != nil {
			continue
		}
		now = c.laterOn
		a := alertOf(alerts.NewDevice)
		a.At = now
		d := onMail(a)
		d.CreatedAt = now
		links, err := l.Links(d, a)
		if (err == nil) != c.laterFits {
			t.Errorf("%s in a message of %v: %v", c.page, c.laterOn, err)
		}
		m := alerts.Message{Kind: a.Kind, Alert: a, Links: links, CreatedAt: now}
		if got := alerts.Compose(next, m); (got.NotMine != nil && got.Mine != nil && got.Mute != nil) != c.laterFits {
			t.Errorf("%s in a message of %v: %+v", c.page, c.laterOn, got.NotMine)
		}
	}
}

// clearAEAD seals nothing, so that the fuzzer reaches what is inside; it minds
// its associated data.
type clearAEAD struct{}

func (clearAEAD) Encrypt(plain, ad []byte) ([]byte, error) {
	sum := sha256.Sum256(ad)
	return append(bytes.Clone(plain), sum[:4]...), nil
}

func (clearAEAD) Decrypt(sealed, ad []byte) ([]byte, error) {
	sum := sha256.Sum256(ad)
	plain, ok := bytes.CutSuffix(sealed, sum[:4])
	if !ok {
		return nil, errors.New("of another row")
	}
	return plain, nil
}

// Whatever is in a link, what is read from it can be made into the same again,
// and nothing else is read.
func FuzzAnswer(f *testing.F) {
	sum := sha256.Sum256([]byte("accountsec/v1|alerts.answer"))
	for _, s := range []string{
		"", "x", `{"p":"mine","a":"kim","i":"a","e":"e","k":["new_device"],"c":"email","x":1895389200}`,
		`{"p":"mute","a":"김","i":"a","k":["new_device","new_country"],"c":"sms","x":1895389200}`, `{"p":"mine","p":"mute"}`,
		`{"p":"mute","a":"k","i":"a","k":["password_changed"],"c":"sms","x":9e99}`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, inside bool) {
		l := newLinks(t, clearAEAD{}, at(t0))
		tok := string(data)
		if inside {
			tok = base64.RawURLEncoding.EncodeToString(append(bytes.Clone(data), sum[:4]...))
		}
		a, err := l.Read(tok)
		if err != nil {
			if err != alerts.ErrAnswer || !reflect.DeepEqual(a, alerts.Answer{}) { //nolint:errorlint // one and the same
				t.Fatalf("%v, %v", a, err)
			}
			return
		}
		mandatory := false
		for _, k := range a.Kinds {
			info, ok := k.Info()
			mandatory = mandatory || info.Mandatory || !ok
		}
		if a.Account == "" || a.Alert == "" || a.Expires <= t0.Unix() || a.Purpose == alerts.AnswerMute && mandatory ||
			a.Purpose != alerts.AnswerMute && a.Event == "" || len(tok) > 512 {
			t.Fatalf("read %#v", a)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

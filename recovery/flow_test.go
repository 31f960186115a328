package recovery_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

func TestRecovery(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	grant := w.granted("kim")
	info, err := w.Grant(ctx, grant, phone)
	w.ok(err)
	if info.Account != "kim" {
		t.Errorf("the grant is for %q", info.Account)
	}
	account, err := w.Redeem(ctx, grant, phone)
	w.ok(err)
	if account.Account != "kim" {
		t.Errorf("redeemed for %q", account.Account)
	}
	want := []activity.Type{activity.AnswersSet, activity.RecoveryStarted, activity.RecoveryChannelProved, activity.RecoveryAnswered, activity.RecoveryCompleted}
	if got := w.events.types("kim"); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// A mail that takes nine minutes leaves time for the answers all the same; a
// code does not outlive its ten, nor the questions their fifteen.
func TestTimeForEachStep(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	w.now = w.now.Add(9 * time.Minute)
	asked, err := w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.ok(err)
	w.now = w.now.Add(14 * time.Minute)
	w.answer(token, asked)
	w.now = w.now.Add(15 * time.Minute)
	_, err = w.Complete(ctx, token, recovery.ProofNone, phone)
	w.want(err, recovery.ErrBadTicket)

	token, err = w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	w.now = w.now.Add(10 * time.Minute)
	_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.want(err, recovery.ErrBadTicket)
}

// Pitfall 2: tries are counted before they are judged, per ticket and over
// tickets; a new ticket buys none.
func TestPitfall02TriesOutliveTickets(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	judged := 0
	var throttled *recovery.ThrottledError
	for range 10 {
		token, err := w.Begin(ctx, "kim", "", phone, false)
		if errors.As(err, &throttled) {
			break
		}
		w.ok(err)
		for range 10 {
			_, err := w.ProveChannel(ctx, token, "00000000", phone)
			if errors.Is(err, recovery.ErrWrongCode) {
				judged++
			}
		}
	}
	if throttled == nil {
		t.Error("ten tickets in a row were not slowed down")
	}
	if judged > 5 {
		t.Errorf("%d codes were judged, at most 5 should be", judged)
	}
	// The right code is refused while the account's tries are used up.
	w.now = w.now.Add(5 * time.Minute)
	token, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	if _, err := w.ProveChannel(ctx, token, w.codes.last(), phone); !errors.As(err, &throttled) {
		t.Errorf("got %v", err)
	}
	// It ends by itself.
	w.now = w.now.Add(24 * time.Hour)
	token, err = w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	_, err = w.ProveChannel(ctx, token, w.codes.last(), phone)
	w.ok(err)
}

func TestPitfall02AnswerTries(t *testing.T) {
	w := newWorld(t)
	w.set("kim")
	token, asked := w.proved("kim")
	for range 3 {
		w.want(w.failed(token, []string{"no", "no"}), recovery.ErrWrongAnswers)
	}
	w.want(w.failed(token, answersFor(asked)), recovery.ErrBadTicket)
	token, asked = w.proved("kim")
	w.want(w.failed(token, []string{"no", "no"}), recovery.ErrWrongAnswers)
	var throttled *recovery.ThrottledError
	if err := w.failed(token, answersFor(asked)); !errors.As(err, &throttled) || throttled.RetryAfter > 24*time.Hour {
		t.Errorf("after five tries at the account: %v", err)
	}
}

// Pitfall 4 and 6: no step can be skipped, repeated, or passed with an empty,
// partial or mutated proof.
func TestPitfall04StepsInOrder(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	begun, err := w.Begin(ctx, "kim", "", phone, false)
	w.ok(err)
	w.want(w.failed(begun, answersFor(nil)), recovery.ErrBadTicket)
	_, err = w.Complete(ctx, begun, recovery.ProofNone, phone)
	w.want(err, recovery.ErrBadTicket)
	_, err = w.Redeem(ctx, begun, phone)
	w.want(err, recovery.ErrBadTicket)
	code := w.codes.last()
	for _, wrong := range []string{"", code[:7], code + "0", "x" + code[1:], strings.Repeat("9", 1<<20), "\x00" + code, code[:4] + "\n" + code[4:]} {
		if _, err := w.ProveChannel(ctx, begun, wrong, phone); err == nil {
			t.Fatalf("the code was accepted as %.20q", wrong)
		}
		w.now = w.now.Add(time.Second)
	}
}

func TestPitfall06AnswersMutated(t *testing.T) {
	for name, mutate := range map[string]func([]string) []string{
		"none":             func([]string) []string { return nil },
		"empty":            func([]string) []string { return []string{"", ""} },
		"one":              func(a []string) []string { return a[:1] },
		"swapped":          func(a []string) []string { return []string{a[1], a[0]} },
		"one huge":         func(a []string) []string { return []string{a[0], strings.Repeat("a", 1<<20)} },
		"near":             func(a []string) []string { return []string{a[0], a[1] + "x"} },
		"invalid":          func(a []string) []string { return []string{a[0], "\xff"} },
		"punctuation only": func([]string) []string { return []string{"!!!", "…"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set("kim")
			token, asked := w.proved("kim")
			w.want(w.failed(token, mutate(answersFor(asked))), recovery.ErrWrongAnswers)
			_, err := w.Complete(t.Context(), token, recovery.ProofNone, phone)
			w.want(err, recovery.ErrBadTicket)
		})
	}
}

// The same answer in another spelling is the same answer.
func TestAnswerSpellings(t *testing.T) {
	for _, pair := range [][2]string{
		{"Cousin Haneul", " cousin  HANEUL. "}, {"Cousin Haneul", "ｃｏｕｓｉｎ haneul"},
		{"강릉 종점에서", "강릉종점"}, {"강릉 종점에서", "강릉 종점에서는"}, {"강릉 종점에서", "\u1100\u1161\u11bc\u1105\u1173\u11bc \u110c\u1169\u11bc\u110c\u1165\u11b7"},
	} {
		w := newWorld(t)
		w.ok(w.SetAnswers(t.Context(), "kim", []recovery.Answer{
			{Question: "lost_object", Answer: pair[0]}, {Question: "wrong_bus", Answer: "second answer"}, {Question: "made_up_word", Answer: "third answer"},
		}, recovery.Owner{}, phone))
		token, asked := w.proved("kim")
		given := map[string]string{"lost_object": pair[1], "wrong_bus": "SECOND-answer", "made_up_word": "third answer!"}
		if err := w.failed(token, []string{given[asked[0].ID], given[asked[1].ID]}); err != nil {
			t.Errorf("%q is not taken for %q: %v", pair[1], pair[0], err)
		}
	}
}

// Pitfall 8: what is proved for an account, and its erasure, give back nothing
// of one whose id differs in case alone.
func TestPitfall08AnotherAccountResetsNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	begin := func(account string, i int) (string, error) {
		c := phone
		c.IP = network(i).IP
		return w.Begin(ctx, account, "", c, false)
	}
	ticket, err := begin("kim", 0)
	w.ok(err)
	tried := 0
	for i := range 20 {
		_, err := w.ProveChannel(ctx, ticket, "wrong", phone)
		if errors.Is(err, recovery.ErrWrongCode) {
			tried++
		}
		if i%4 == 0 {
			ticket, err = begin("kim", 100+i)
			w.ok(err)
			w.ok(w.DeleteAccount(ctx, "KIM"))
			mine, err := begin("KIM", 200+i)
			w.ok(err)
			_, err = w.ProveChannel(ctx, mine, w.codes.last(), phone)
			w.ok(err)
		}
		w.now = w.now.Add(time.Minute)
	}
	if tried != 5 {
		t.Errorf("%d codes were compared, want 5", tried)
	}
}

// Pitfall 9: an unknown account runs the same calls and hashes as a known one,
// with wrong codes and, once the channel is proved, with wrong answers.
func TestPitfall09SameWork(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	walk := func(account string) string {
		w.store.take()
		hashes := w.hasher.hashed.Load() + w.hasher.verified.Load()
		token, err := w.Begin(ctx, account, "", phone, false)
		w.ok(err)
		_, wrong := w.ProveChannel(ctx, token, "00000000", phone)
		asked, err := w.ProveChannel(ctx, token, w.codes.last(), phone)
		w.ok(err)
		failed := w.failed(token, []string{"no", "no"})
		return fmt.Sprint(len(token), wrong, len(asked), failed, w.store.take(), w.hasher.hashed.Load()+w.hasher.verified.Load()-hashes, len(w.codes.sent[len(w.codes.sent)-1]))
	}
	known, unknown := walk("kim"), walk("~nobody")
	if known != unknown {
		t.Errorf("\n  known %s\nunknown %s", known, unknown)
	}
	if !strings.Contains(known, " 2 8") {
		t.Errorf("the answers should cost two hashes: %s", known)
	}
}

// Pitfall 9: decoys are stable, and so is the choice of what is asked.
func TestPitfall09QuestionsAreStable(t *testing.T) {
	w := newWorld(t)
	w.set("kim")
	for _, account := range []string{"kim", "~nobody", "lee"} {
		_, first := w.proved(account)
		w.now = w.now.Add(time.Hour)
		_, second := w.proved(account)
		if !slices.Equal(first, second) || len(first) != 2 {
			t.Errorf("%s is asked %v, then %v", account, first, second)
		}
	}
	_, a := w.proved("~a")
	different := false
	for i := range 10 {
		_, b := w.proved(fmt.Sprint("~b", i))
		different = different || !slices.Equal(a, b)
	}
	if !different {
		t.Error("all decoys are the same")
	}
	// No answer to a decoy is right, the empty one included.
	token, asked := w.proved("~c")
	w.want(w.failed(token, make([]string, len(asked))), recovery.ErrWrongAnswers)
}

// Pitfall 14: a grant is good once, for one client and a quarter of an hour,
// until a newer ticket or a cancellation.
func TestPitfall14Grant(t *testing.T) {
	ctx := t.Context()
	for name, spoil := range map[string]func(w *world, grant string) (activity.Client, string){
		"second use": func(w *world, g string) (activity.Client, string) {
			_, err := w.Redeem(ctx, g, phone)
			w.ok(err)
			return phone, g
		},
		"expired": func(w *world, g string) (activity.Client, string) {
			w.now = w.now.Add(15 * time.Minute)
			return phone, g
		},
		"newer ticket": func(w *world, g string) (activity.Client, string) {
			_, err := w.Begin(ctx, "kim", "", phone, false)
			w.ok(err)
			return phone, g
		},
		"cancelled":     func(w *world, g string) (activity.Client, string) { w.ok(w.End(ctx, "kim", phone)); return phone, g },
		"other browser": func(w *world, g string) (activity.Client, string) { return activity.Client{UserAgent: "thief"}, g },
		"other device": func(w *world, g string) (activity.Client, string) {
			return activity.Client{UserAgent: "phone", DeviceID: "another"}, g
		},
		"mutated": func(w *world, g string) (activity.Client, string) {
			return phone, strings.Map(func(r rune) rune { return map[bool]rune{true: 'B', false: 'A'}[r == 'A'] }, g[:1]) + g[1:]
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set("kim")
			c, grant := spoil(w, w.granted("kim"))
			_, err := w.Redeem(ctx, grant, c)
			w.want(err, recovery.ErrBadTicket)
			_, err = w.Grant(ctx, grant, c)
			w.want(err, recovery.ErrBadTicket)
		})
	}
}

// A phone that changes its network in the middle goes on.
func TestNetworkMayChange(t *testing.T) {
	w := newWorld(t)
	w.set("kim")
	token, asked := w.proved("kim")
	moved := phone
	moved.IP = netip.MustParseAddr("198.51.100.9")
	_, err := w.Answer(t.Context(), token, answersFor(asked), moved)
	w.ok(err)
}

// Pitfall 15: neither logs nor errors hold an answer, a code or a token.
func TestPitfall15LogsHoldNoSecret(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	var errs []error
	token, asked := w.proved("kim")
	errs = append(errs, w.failed(token, []string{"hunter2", "hunter3"}))
	w.answer(token, asked)
	errs = append(errs, w.SetAnswers(ctx, "kim", []recovery.Answer{mine[0], mine[0], mine[1]}, recovery.Owner{}, phone))
	text := w.logs.String() + fmt.Sprint(errs, mine, fmt.Sprintf("%#v %+v", mine, mine)) + fmt.Sprint(w.events.list)
	for _, secret := range append(answersFor(asked), token, w.codes.last(), "hunter2") {
		if strings.Contains(text, secret) {
			t.Errorf("logs or errors hold %q", secret)
		}
	}
}

func TestWrongSealingKey(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.set("kim")
	set, err := w.store.Store.GetAnswers(t.Context(), "kim")
	w.ok(err)
	_, err = other.store.Store.SetAnswers(t.Context(), "kim", set)
	w.ok(err)
	token, err := other.Begin(t.Context(), "kim", "", phone, false)
	w.ok(err)
	if _, err := other.ProveChannel(t.Context(), token, other.codes.last(), phone); err == nil {
		// Both questions were of the catalogue; their answers do not open either.
		if _, err := other.Answer(t.Context(), token, []string{"a", "b"}, phone); err == nil || errors.Is(err, recovery.ErrWrongAnswers) {
			t.Errorf("under another key: %v", err)
		}
	}
}

// Pitfall 8: whoever begins recoveries of an account and guesses codes for it
// neither ends what the owner began on a known device, nor uses up its tries.
func TestPitfall08StrangersDoNotStopTheOwner(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	mine := activity.Client{IP: phone.IP, UserAgent: "phone", DeviceID: "kim's"}
	token, err := w.Begin(ctx, "kim", "", mine, true)
	w.ok(err)
	code := w.codes.last()
	for i := range 40 {
		stranger := activity.Client{IP: network(i).IP, UserAgent: "x", DeviceID: "not known"}
		theirs, err := w.Begin(ctx, "kim", "", stranger, false)
		if err == nil {
			w.ProveChannel(ctx, theirs, "00000000", stranger) //nolint:errcheck // a guess
		}
	}
	var throttled *recovery.ThrottledError
	if _, err := w.Begin(ctx, "kim", "", phone, false); !errors.As(err, &throttled) {
		t.Fatalf("the strangers were not slowed down: %v", err)
	}
	asked, err := w.ProveChannel(ctx, token, code, mine)
	w.ok(err)
	_, err = w.Answer(ctx, token, answersFor(asked), mine)
	w.ok(err)
	if _, err := w.Begin(ctx, "kim", "", mine, true); err != nil {
		t.Errorf("the owner cannot begin again: %v", err)
	}
}

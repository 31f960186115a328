package accountsec_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
)

const answerURL = "https://shop.example/security/answer"

// newAnswerWorld is a placed world whose messages have links, and which lets the
// unusual in.
func newAnswerWorld(t *testing.T, change ...func(cfg *accountsec.Config)) *world {
	t.Helper()
	return newPlacedWorld(t, func(cfg *accountsec.Config) {
		cfg.AnswerURL = answerURL
		cfg.SignIns.Decisions = alerts.Decisions{High: 1, Severe: 1}
		for _, f := range change {
			f(cfg)
		}
	})
}

// links gives the links of the newest message of one of the kinds.
func (w *world) links(of ...alerts.Kind) alerts.Links {
	w.Helper()
	w.deliver()
	list := w.mail.all()
	for i := len(list) - 1; i >= 0; i-- {
		if slices.Contains(of, list[i].Kind) {
			return list[i].Links
		}
	}
	w.Fatalf("no message of %v", of)
	return alerts.Links{}
}

func tokenOf(link alerts.Private) string {
	token, _ := strings.CutPrefix(string(link), answerURL+"?t=")
	return token
}

var signInKinds = []alerts.Kind{alerts.NewDevice, alerts.NewCountry, alerts.NewRegion, alerts.ImpossibleTravel, alerts.Anonymised}

// intruded is an account into which somebody came from abroad, with the owner's
// device, the intruder's, and the links of the alert.
func intruded(t *testing.T) (w *world, owner, thief activity.Client, links alerts.Links) {
	t.Helper()
	w = newAnswerWorld(t)
	owner = w.settle("kim", 6)
	thief = w.withDevice("kim", abroad)
	return w, owner, thief, w.links(signInKinds...)
}

// "This wasn't me" by a link locks the account as the owner's own word does, and
// signs nobody in.
func TestAnswerNotMine(t *testing.T) {
	w, owner, thief, links := intruded(t)
	ctx := t.Context()
	a, err := w.guard.ReadAnswer(ctx, tokenOf(links.NotMine))
	w.ok(err)
	if a.Purpose != alerts.AnswerNotMine || a.Event.Client.IP != abroad.IP || a.Event.Location.Country != "US" || !slices.Contains(signInKinds, a.Kind) {
		t.Errorf("the page shows %+v", a)
	}
	stranger := activity.Client{IP: netipAdd(9)} // whoever holds the mail
	done, err := w.guard.Answer(ctx, tokenOf(links.NotMine), stranger)
	w.ok(err)
	if done.EndSessions != (accountsec.EndSessions{Account: "kim"}) {
		t.Errorf("sessions to end: %+v", done.EndSessions)
	}
	for name, c := range map[string]activity.Client{"the thief": thief, "the mail's reader": stranger, "a device of the owner's": owner} {
		known, err := w.guard.Alerts().KnownDevice(ctx, "kim", c.DeviceID)
		w.ok(err)
		_, err = w.try("kim", goodPassword, c)
		w.want(err, accountsec.ErrPasswordRevoked)
		if known {
			t.Errorf("%s is still known", name)
		}
	}
	said := w.newest("kim", activity.EventDisowned)
	if said.Detail[activity.DetailHow] != activity.ByLink || said.Detail[activity.DetailEvent] != a.Event.ID || said.Client.IP != stranger.IP {
		t.Errorf("recorded %+v", said)
	}
	if n := w.count(alerts.Disowned); n != 1 {
		t.Errorf("the owner is told %d times", n)
	}
	_, err = w.guard.Answer(ctx, tokenOf(links.Mine), owner)
	w.want(err, accountsec.ErrAnswer)
	_, err = w.guard.ReadAnswer(ctx, tokenOf(links.Mine))
	w.want(err, accountsec.ErrAnswer)
}

// A shop that failed before it ended the sessions is told again which to end, by
// the same link, and nothing else happens; once there is a new password, no link
// signs the owner out.
func TestAnswerNotMineAgain(t *testing.T) {
	w, owner, _, links := intruded(t)
	ctx := t.Context()
	token := tokenOf(links.NotMine)
	done, err := w.guard.Answer(ctx, token, owner)
	w.ok(err)
	before := w.types("kim")
	for range 2 {
		a, err := w.guard.ReadAnswer(ctx, token)
		w.ok(err)
		again, err := w.guard.Answer(ctx, token, abroad)
		w.ok(err)
		if again.EndSessions != done.EndSessions || again.EndSessions.Account != "kim" || a.Event.ID != done.Event.ID {
			t.Errorf("again %+v, first %+v", again.EndSessions, done.EndSessions)
		}
	}
	known, err := w.guard.Alerts().KnownDevice(ctx, "kim", owner.DeviceID)
	w.ok(err)
	if n := w.count(alerts.Disowned); n != 1 || !known || !slices.Equal(before, w.types("kim")) {
		t.Errorf("the owner was told %d times, their device is known: %v, the log holds %v", n, known, w.types("kim"))
	}
	_, err = w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, owner)
	w.ok(err)
	_, err = w.guard.Answer(ctx, token, abroad)
	w.want(err, accountsec.ErrAnswer)
	_, err = w.guard.ReadAnswer(ctx, token)
	w.want(err, accountsec.ErrAnswer)
}

// The owner's device stays known if it is the one that says so, and the very
// device that did it never.
func TestAnswerNotMineKeepsTheOwnersDevice(t *testing.T) {
	for name, own := range map[string]bool{"the owner's": true, "the one it is about": false} {
		w, owner, thief, links := intruded(t)
		c := thief
		if own {
			c = owner
		}
		_, err := w.guard.Answer(t.Context(), tokenOf(links.NotMine), c)
		w.ok(err)
		for _, d := range []activity.Client{owner, thief} {
			known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", d.DeviceID)
			w.ok(err)
			if want := own && d.DeviceID == owner.DeviceID; known != want {
				t.Errorf("said on %s: device %.6s is known: %v", name, d.DeviceID, known)
			}
		}
		res, err := w.try("kim", goodPassword, c)
		if own && (err != nil || res.Grant == nil || !res.Grant.MustChangePassword) || !own && err == nil {
			t.Errorf("said on %s: %+v, %v", name, res, err)
		}
	}
}

// Of a change "this wasn't me" can be said as well.
func TestAnswerOfAChange(t *testing.T) {
	w := newAnswerWorld(t)
	ctx := t.Context()
	mine := w.settle("kim", 2)
	_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, mine)
	w.ok(err)
	links := w.links(alerts.PasswordChanged)
	if links.Mine != "" || links.Mute != "" {
		t.Errorf("a mandatory change has %+v", links)
	}
	_, err = w.guard.Answer(ctx, tokenOf(links.NotMine), activity.Client{})
	w.ok(err)
	_, err = w.try("kim", otherPassword, abroad)
	w.want(err, accountsec.ErrPasswordRevoked)
	if said := w.newest("kim", activity.EventDisowned); said.Detail[activity.DetailType] != string(activity.PasswordChanged) {
		t.Errorf("recorded %+v", said)
	}
}

// "This was me" counts where Confirm does, is spent where it counts, and once.
func TestAnswerMine(t *testing.T) {
	w, owner, thief, links := intruded(t)
	ctx := t.Context()
	for name, c := range map[string]activity.Client{"the device it is about": thief, "a stranger": abroad, "nobody": {}} {
		if _, err := w.guard.Answer(ctx, tokenOf(links.Mine), c); err != accountsec.ErrConfirm { //nolint:errorlint // itself
			t.Errorf("said by %s: %v", name, err)
		}
	}
	done, err := w.guard.Answer(ctx, tokenOf(links.Mine), owner)
	w.ok(err)
	if done.EndSessions != (accountsec.EndSessions{}) || done.Purpose != alerts.AnswerMine {
		t.Errorf("got %+v", done)
	}
	said := w.newest("kim", activity.EventConfirmed)
	if said.Detail[activity.DetailHow] != activity.ByLink || said.Detail[activity.DetailEvent] != done.Event.ID {
		t.Errorf("recorded %+v", said)
	}
	_, err = w.guard.Answer(ctx, tokenOf(links.Mine), owner)
	w.want(err, accountsec.ErrAnswer)
	_, err = w.guard.Answer(ctx, tokenOf(links.NotMine), owner) // may follow
	w.ok(err)
	if res, err := w.try("kim", goodPassword, owner); err != nil || !res.Grant.MustChangePassword {
		t.Errorf("after both: %+v, %v", res, err)
	}
}

// What the owner disowned on the page, no link confirms.
func TestAnswerMineAfterDisown(t *testing.T) {
	w, owner, _, links := intruded(t)
	w.disown("kim", activity.SignInSucceeded, owner) // another event: still answerable
	_, err := w.guard.ReadAnswer(t.Context(), tokenOf(links.Mine))
	w.ok(err)
	id := w.newest("kim", activity.SignInSucceeded).ID
	_, err = w.guard.Disown(t.Context(), "kim", "kim", id, owner)
	w.ok(err)
	_, err = w.guard.Answer(t.Context(), tokenOf(links.Mine), owner)
	w.want(err, accountsec.ErrAnswer)
}

// To mute switches the kinds off on the message's channel, is recorded, and told
// by what was chosen before.
func TestAnswerMute(t *testing.T) {
	w, _, _, links := intruded(t)
	ctx := t.Context()
	a, err := w.guard.ReadAnswer(ctx, tokenOf(links.Mute))
	w.ok(err)
	if len(a.Kinds) < 2 || a.Channel != "email" || a.Event.ID != "" {
		t.Errorf("the page shows %+v", a)
	}
	for range 2 {
		_, err := w.guard.Answer(ctx, tokenOf(links.Mute), activity.Client{IP: netipAdd(4)})
		w.ok(err)
	}
	p, err := w.guard.Alerts().Preferences(ctx, "kim")
	w.ok(err)
	for _, info := range alerts.Kinds() {
		if on := slices.Contains(p.Channels[info.Kind], "email"); on == slices.Contains(a.Kinds, info.Kind) {
			t.Errorf("%s goes by mail: %v", info.Kind, on)
		}
	}
	if said := w.newest("kim", activity.AlertSettingsChanged); said.Detail[activity.DetailHow] != activity.ByLink || said.Client.IP != netipAdd(4) {
		t.Errorf("recorded %+v", said)
	}
	if n := w.count(alerts.SettingsChanged); n != 1 {
		t.Errorf("the owner is told %d times", n)
	}
	before := len(w.mail.all())
	berlin := abroad
	berlin.IP = netip.MustParseAddr("203.0.113.7")
	w.clock.Add(48 * time.Hour)
	w.signIn("kim", berlin) // the same kinds again
	w.deliver()
	for _, m := range w.mail.all()[before:] {
		if m.Kind == alerts.NewDevice || m.Kind == alerts.NewCountry {
			t.Errorf("still told of %s", m.Kind)
		}
	}
}

// Pitfall 14: a link is worth nothing when it is forged, of another purpose, of
// somebody gone, too late, or where there are no links, and always for the same
// reason.
func TestPitfall14AnswersAreForOnePurpose(t *testing.T) {
	w, owner, _, links := intruded(t)
	ctx := t.Context()
	w.authenticator("lee")
	pending := w.signIn("lee", home).Pending.Token
	good := tokenOf(links.NotMine)
	bad := map[string]string{
		"empty": "", "forged": strings.Repeat("A", 300), "cut off": good[:len(good)-1], "1 MiB": strings.Repeat("A", 1<<20),
		"a sign-in's": pending, "the whole link": string(links.NotMine),
	}
	check := func(name, token string) {
		t.Helper()
		if a, err := w.guard.ReadAnswer(ctx, token); err != accountsec.ErrAnswer || a.Account != "" { //nolint:errorlint // itself
			t.Errorf("%s is read: %+v, %v", name, a, err)
		}
		if _, err := w.guard.Answer(ctx, token, owner); err != accountsec.ErrAnswer { //nolint:errorlint // itself
			t.Errorf("%s is answered: %v", name, err)
		}
	}
	for name, token := range bad {
		check(name, token)
	}
	// An answer is no other key.
	for _, token := range []string{good, tokenOf(links.Mine), tokenOf(links.Mute)} {
		if _, err := w.guard.FinishSignIn(ctx, token, mfa.RecoveryCode, "x", owner); err == nil {
			t.Error("a link signs in")
		}
		if w.guard.Require(ctx, "kim", token, mfa.Requirement{}, owner) == nil {
			t.Error("a link is evidence")
		}
		if err := w.guard.CancelByLink(ctx, token, owner); err == nil {
			t.Error("a link calls a recovery off")
		}
	}
	gone := w.people.byID["kim"]
	delete(w.people.byID, "kim")
	check("to mute for who is gone", tokenOf(links.Mute))
	w.people.byID["kim"] = gone
	plain := newPlacedWorld(t, nil)
	if _, err := plain.guard.ReadAnswer(ctx, good); err != accountsec.ErrAnswer { //nolint:errorlint // itself
		t.Errorf("without AnswerURL: %v", err)
	}
	w.ok(w.guard.DeleteAccount(ctx, "kim"))
	check("of an erased log", good)
	w.clock.Add(8 * 24 * time.Hour)
	check("too late", tokenOf(links.Mute))
	if logs := w.logs.String(); strings.Contains(logs, good) || strings.Contains(logs, good[:20]) {
		t.Error("a token is in the log")
	}
	w.config.AnswerURL = "https://evil.example/answer"
	if _, err := accountsec.New(w.config); err == nil {
		t.Error("links to another domain were taken")
	}
}

// Pitfall 17: what a scanner opens, however often, changes nothing and spends
// nothing.
func TestPitfall17ReadingAnAnswerChangesNothing(t *testing.T) {
	w, owner, thief, links := intruded(t)
	before := w.types("kim")
	for _, link := range []alerts.Private{links.Mine, links.NotMine, links.Mute} {
		for range 5 {
			_, err := w.guard.ReadAnswer(t.Context(), tokenOf(link))
			w.ok(err)
		}
	}
	w.deliver()
	for _, c := range []activity.Client{owner, thief} {
		if known, err := w.guard.Alerts().KnownDevice(t.Context(), "kim", c.DeviceID); err != nil || !known {
			t.Errorf("a device is no longer known: %v", err)
		}
	}
	if after := w.types("kim"); !slices.Equal(before, after) {
		t.Errorf("the log went from %v to %v", before, after)
	}
	for _, link := range []alerts.Private{links.Mine, links.Mute, links.NotMine} {
		_, err := w.guard.Answer(t.Context(), tokenOf(link), owner)
		w.ok(err)
	}
}

// Of 64 who answer "not me" at once, one is heard, and whoever says it again is
// told what to end. (On stores with transactions all 64 are: TestPitfall03OneAnswer.)
func TestAnswerRace(t *testing.T) {
	w, _, _, links := intruded(t)
	say := func(int) (bool, error) {
		done, err := w.guard.Answer(t.Context(), tokenOf(links.NotMine), activity.Client{})
		return done.EndSessions.Account == "kim", err
	}
	told := racing.Wins(t, func(i int) (bool, error) {
		told, err := say(i)
		if errors.Is(err, accountsec.ErrAnswer) { // memory shows what another is in the middle of
			err = nil
		}
		return told, err
	})
	if n := w.count(alerts.Disowned); told == 0 || n != 1 {
		t.Errorf("%d were told, the owner %d times", told, n)
	}
	if told, err := say(0); !told || err != nil {
		t.Errorf("said again: %v, %v", told, err)
	}
}

// The code of a recovery and of a sign-in carry the phrase.
func TestCodesCarryThePhrase(t *testing.T) {
	w := newPlacedWorld(t, nil)
	ctx := t.Context()
	w.settle("kim", 6)
	w.ok(w.guard.Alerts().SetPhrase(ctx, "kim", "purple 여우", home))
	if w.signIn("kim", abroad).Pending == nil {
		t.Fatal("not asked for a code")
	}
	_, err := w.guard.StartRecovery(ctx, "kim@customer.example", abroad)
	w.ok(err)
	w.deliver()
	seen := 0
	for _, m := range w.mail.all() {
		if m.Code != "" {
			seen++
			if m.Phrase != "purple 여우" {
				t.Errorf("%s has the phrase %q", m.Kind, string(m.Phrase))
			}
		}
	}
	if seen != 2 || strings.Contains(w.logs.String(), "purple") {
		t.Errorf("%d codes; the phrase is logged: %v", seen, strings.Contains(w.logs.String(), "purple"))
	}
	w.ok(w.guard.Reseal(ctx))
	w.ok(w.guard.DeleteAccount(ctx, "kim"))
	if got, err := w.guard.Alerts().Phrase(ctx, "kim"); got != "" || err != nil {
		t.Errorf("left %q, %v", string(got), err)
	}
}

// An old address is told of the change itself, and of what is mandatory for a
// week; it may lock the account, and no more.
func TestEarlierAddressIsToldForAWeek(t *testing.T) {
	w := newAnswerWorld(t)
	ctx := t.Context()
	mine := w.settle("kim", 2)
	old := w.people.byID["kim"]
	moved := old
	moved.Email = "new@customer.example"
	w.people.byID["kim"] = moved
	w.ok(w.guard.ContactChanged(ctx, "kim", old.Email, moved.Email, mine))
	w.ok(w.guard.Log().Record(ctx, activity.Event{
		Account: "kim", Type: activity.ProfileChanged, Outcome: activity.OutcomeSuccess, At: w.clock.Now(), Client: mine,
		Detail: map[string]string{activity.DetailFields: "email"},
	}))
	w.clock.Add(6 * 24 * time.Hour)
	_, err := w.guard.ChangePassword(ctx, "kim", goodPassword, otherPassword, mine)
	w.ok(err)
	w.deliver()
	var told []string
	var links alerts.Links
	for _, m := range w.mail.all() {
		if m.Recipient.Email == old.Email && m.Alert.Earlier == nil && m.Alert.Kind != "" && m.CreatedAt.After(w.clock.Now().Add(-7*24*time.Hour)) {
			told = append(told, string(m.Kind)+" "+m.Recipient.Name+" "+m.Recipient.Lang)
			links = m.Links
		}
	}
	if want := []string{"email_changed 김민준 ko", "password_changed 김민준 ko"}; !slices.Equal(told, want) {
		t.Errorf("the old address was told %v", told)
	}
	_, err = w.guard.Answer(ctx, tokenOf(links.NotMine), activity.Client{})
	w.ok(err)
	_, err = w.try("kim", otherPassword, abroad)
	w.want(err, accountsec.ErrPasswordRevoked)
}

package accountsec_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/totp"
	"example.com/accountsec/mfa/webauthn"
	virtual "github.com/descope/virtualwebauthn"
	otp "github.com/pquerna/otp/totp"
)

// texts keeps the code of the last text message.
type texts struct{ code chan string }

func (s texts) SendSMS(_ context.Context, _, text string) error {
	s.code <- regexp.MustCompile(`[0-9]{6}`).FindString(text)
	return nil
}

// newIntruderWorld has every method, and links in its messages.
func newIntruderWorld(t *testing.T) (*world, texts) {
	t.Helper()
	w, sent := newWorld(t), texts{make(chan string, 9)}
	passkeys, err := webauthn.New(webauthn.Config{RPID: "shop.example", RPName: "Example Shop", Origins: []string{"https://shop.example"}, Key: bytes.Repeat([]byte("k"), 32)})
	w.ok(err)
	phones, err := sms.New(sms.NewMemoryStore(), sms.Config{
		Sender: sent, Key: bytes.Repeat([]byte("k"), 32), Brand: "Example Shop", Domain: "shop.example", Region: "KR", Now: w.clock.Now})
	w.ok(err)
	w.config.Methods = append(w.config.Methods, passkeys, phones)
	w.config.AnswerURL = answerURL
	w.guard, err = accountsec.New(w.config)
	w.ok(err)
	return w, sent
}

// enrol enrols a factor of a method; respond answers what it shows, as an
// authenticator that the client holds.
func (w *world) enrol(method string, proof *mfa.Proof, c activity.Client, respond func(show any) string) (id string) {
	w.Helper()
	e, err := w.guard.MFA().StartEnroll(w.Context(), mfa.StartEnrollRequest{
		Account: "kim", Method: method, Name: method + c.UserAgent, Label: "010-1234-5678", Proof: proof, Evidence: w.evidence("kim", c), Client: c})
	w.ok(err)
	_, err = w.guard.MFA().FinishEnroll(w.Context(), "kim", e.FactorID, respond(e.Show), c)
	w.ok(err)
	w.clock.Add(time.Minute)
	return e.FactorID
}

func (w *world) factors() (ids []string) {
	w.Helper()
	list, err := w.guard.MFA().Enrolled(w.Context(), "kim")
	w.ok(err)
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

func show(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Pitfall 4: whoever had the password and enrolled a factor of their own has
// nothing left after "this wasn't me", however it is said and of which event.
func TestPitfall04DisownRemovesAnIntrudersFactor(t *testing.T) {
	ctx := t.Context()
	said := map[string]func(w *world, id string, owner activity.Client){
		"in the log": func(w *world, id string, owner activity.Client) {
			_, err := w.guard.Disown(ctx, "kim", "kim", id, owner)
			w.ok(err)
		},
		"by a link": func(w *world, id string, owner activity.Client) {
			_, err := w.guard.Answer(ctx, w.link(id), owner)
			w.ok(err)
		},
	}
	for _, method := range []string{"totp", "webauthn", "sms", "key"} {
		for how, say := range said {
			for _, typ := range []activity.Type{activity.FactorEnrolled, activity.SignInSucceeded} {
				t.Run(fmt.Sprint(method, " ", typ, " ", how), func(t *testing.T) {
					w, sent := newIntruderWorld(t)
					owner := w.withDevice("kim", home)
					w.clock.Add(time.Hour)
					thief := w.withDevice("kim", abroad)
					device, site := virtual.NewAuthenticator(), virtual.RelyingParty{ID: "shop.example", Name: "Example Shop", Origin: "https://shop.example"}
					cred := virtual.NewCredential(virtual.KeyTypeRSA)
					w.enrol(method, nil, thief, func(shown any) string {
						switch method {
						case "totp":
							code, err := otp.GenerateCode(strings.ReplaceAll(shown.(totp.Setup).Secret, " ", ""), w.clock.Now())
							w.ok(err)
							return code
						case "sms":
							return <-sent.code
						case "key":
							return fmt.Sprint("k1 ", shown)
						}
						options, err := virtual.ParseAttestationOptions(show(t, shown))
						w.ok(err)
						var handle struct{ User struct{ ID string } }
						w.ok(json.Unmarshal([]byte(show(t, shown)), &handle))
						device.Options.UserHandle, err = base64.RawURLEncoding.DecodeString(handle.User.ID)
						w.ok(err)
						return virtual.CreateAttestationResponse(site, device, cred, *options)
					})
					if method == "sms" || method == "totp" {
						if p := w.signIn("kim", thief).Pending; p == nil || len(p.Factors) != 1 {
							t.Fatalf("the factor does not count to begin with: %+v", p)
						}
					}
					pass := func() error { // with the passkey alone
						d, err := w.guard.StartPasskeySignIn(ctx, method, thief)
						w.ok(err)
						response := fmt.Sprint("k1 ", d.Show)
						if method == "webauthn" {
							options, err := virtual.ParseAssertionOptions(show(t, d.Show))
							w.ok(err)
							response = virtual.CreateAssertionResponse(site, device, cred, *options)
						}
						_, err = w.guard.FinishPasskeySignIn(ctx, d.Token, response, thief)
						return err
					}
					passkey := method == "webauthn" || method == "key"
					if passkey {
						w.ok(pass())
					}
					i := slices.IndexFunc(w.events("kim"), func(e activity.Event) bool { return e.Type == typ && e.Client.DeviceID == thief.DeviceID })
					say(w, w.events("kim")[i].ID, owner)
					if left := w.factors(); left != nil {
						t.Errorf("left are %v", left)
					}
					if n, err := w.guard.MFA().RecoveryCodesLeft(ctx, "kim"); n != 0 || err != nil {
						t.Errorf("%d recovery codes are left, %v", n, err)
					}
					if passkey {
						w.want(pass(), accountsec.ErrWrongCode)
					}
					if res, err := w.guard.SignIn(ctx, w.people.byID["kim"].Email, goodPassword, thief); !errors.Is(err, accountsec.ErrPasswordRevoked) {
						t.Errorf("the thief is told %+v, %v", res, err)
					}
					i = slices.IndexFunc(w.events("kim"), func(e activity.Event) bool { return e.Type == activity.FactorRemoved })
					if i < 0 || w.events("kim")[i].Detail["reason"] != "disowned" || w.events("kim")[i].Detail["method"] != method {
						t.Errorf("recorded %v", w.types("kim"))
					}
					w.deliver()
					if !slices.Contains(w.mail.kinds(), "factor_removed") {
						t.Errorf("told of %v", w.mail.kinds())
					}
				})
			}
		}
	}
}

// link gives the token of "this wasn't me" in the message about an event.
func (w *world) link(event string) string {
	w.Helper()
	w.deliver()
	w.mail.mu.Lock()
	defer w.mail.mu.Unlock()
	for _, m := range w.mail.got {
		if m.Code == "" && m.Alert.Event == event {
			return strings.TrimPrefix(string(m.Links.NotMine), answerURL+"?t=")
		}
	}
	w.Fatalf("no message about %s", event)
	return ""
}

// lastOf gives the id of the client's newest event of the type.
func (w *world) lastOf(typ activity.Type, c activity.Client) string {
	w.Helper()
	for _, e := range slices.Backward(w.events("kim")) {
		if e.Type == typ && e.Client.UserAgent == c.UserAgent {
			return e.ID
		}
	}
	w.Fatalf("no %s", typ)
	return ""
}

// between is an owner's account with an authenticator, a key that an intruder
// enrolled with new recovery codes beside it, and a key that the owner did later.
type between struct {
	*world
	owner, thief       activity.Client
	entered            string // the event of the intruder's sign-in
	app, theirs, later string
	code               func() string
}

func newBetween(t *testing.T, session string, dropCookie bool) *between {
	t.Helper()
	w, _ := newIntruderWorld(t)
	b := &between{world: w, owner: w.withDevice("kim", home)}
	stranger := abroad
	stranger.SessionID = session
	b.thief = w.withDevice("kim", stranger)
	if dropCookie {
		b.thief.DeviceID = ""
	}
	b.entered = w.lastOf(activity.SignInSucceeded, abroad)
	b.code, _ = w.authenticator("kim")
	b.app = w.factors()[0]
	w.clock.Add(time.Hour)
	proof := w.manage("kim", b.code(), b.thief) // whoever read a code over the shoulder
	b.theirs = w.enrol("key", &proof, b.thief, func(show any) string { return fmt.Sprint("k1 ", show) })
	_, err := w.guard.MFA().NewRecoveryCodes(t.Context(), proof, b.thief)
	w.ok(err)
	w.clock.Add(time.Hour)
	proof = w.manage("kim", b.code(), b.owner)
	b.later = w.enrol("key", &proof, b.owner, func(show any) string { return fmt.Sprint("k2 ", show) })
	return b
}

// prove proves the authenticator again.
func (b *between) prove(c activity.Client) mfa.Proof {
	b.Helper()
	b.clock.Add(time.Minute)
	return b.manage("kim", b.code(), c)
}

// left checks which factors are there, and whether there are recovery codes.
func (b *between) left(codes bool, want ...string) {
	b.Helper()
	n, err := b.guard.MFA().RecoveryCodesLeft(b.Context(), "kim")
	b.ok(err)
	if got := b.factors(); !slices.Equal(got, want) || (n > 0) != codes {
		b.Errorf("left are %v and %d codes, want %v", got, n, want)
	}
}

func (b *between) say(id string, c activity.Client) {
	b.Helper()
	_, err := b.guard.Disown(b.Context(), "kim", "kim", id, c)
	b.ok(err)
}

// What the owner enrolled stays, before the intruder and after. What the intruder
// left beside it goes.
func TestDisownLeavesTheOwnersFactors(t *testing.T) {
	t.Run("by device", func(t *testing.T) {
		b := newBetween(t, "", false)
		b.left(true, b.app, b.theirs, b.later)
		b.say(b.entered, b.owner)
		b.left(false, b.app, b.later)
		var methods []string
		for _, e := range b.events("kim") {
			if e.Type == activity.FactorRemoved {
				methods = append(methods, e.Detail["method"])
			}
		}
		if !slices.Equal(methods, []string{"key", mfa.RecoveryCode}) {
			t.Errorf("recorded %v", methods)
		}
	})
	t.Run("by session, without the cookie", func(t *testing.T) {
		b := newBetween(t, "s-thief", true)
		b.say(b.entered, b.owner)
		b.left(false, b.app, b.later)
	})
	t.Run("by the passkey that it came back with", func(t *testing.T) {
		b := newBetween(t, "", false)
		d, err := b.guard.StartPasskeySignIn(t.Context(), "key", b.thief)
		b.ok(err)
		_, err = b.guard.FinishPasskeySignIn(t.Context(), d.Token, fmt.Sprint("k1 ", d.Show), b.thief)
		b.ok(err)
		b.say(b.lastOf(activity.SignInSucceeded, abroad), b.owner)
		b.left(true, b.app, b.later) // the codes are older
	})
	t.Run("on the device that the owner speaks from", func(t *testing.T) {
		b := newBetween(t, "", false)
		b.say(b.lastOf(activity.SignInSucceeded, home), b.owner)
		b.left(true, b.app, b.theirs, b.later)
	})
	t.Run("neither tells", func(t *testing.T) {
		b := newBetween(t, "", true)
		b.say(b.entered, b.owner)
		b.left(true, b.app, b.theirs, b.later)
		b.say(b.lastOf(activity.FactorEnrolled, abroad), b.owner)
		b.left(true, b.app, b.later)
		b.say(b.lastOf(activity.RecoveryCodesMade, abroad), b.owner)
		b.left(false, b.app, b.later)
	})
	t.Run("pushed out of sight", func(t *testing.T) {
		b := newBetween(t, "", false)
		proof := b.prove(b.thief)
		for range 101 {
			e, err := b.guard.MFA().StartEnroll(t.Context(), mfa.StartEnrollRequest{Account: "kim", Method: "key", Name: "n", Proof: &proof, Client: b.thief})
			b.ok(err)
			_, err = b.guard.MFA().FinishEnroll(t.Context(), "kim", e.FactorID, fmt.Sprint("k3 ", e.Show), b.thief)
			b.ok(err)
			b.ok(b.guard.MFA().Remove(t.Context(), proof, e.FactorID, b.thief))
		}
		b.say(b.entered, b.owner)
		b.left(false) // the owner's were enrolled since, too
	})
	t.Run("codes that the owner made later", func(t *testing.T) {
		b := newBetween(t, "", false)
		_, err := b.guard.MFA().NewRecoveryCodes(t.Context(), b.prove(b.owner), b.owner)
		b.ok(err)
		b.say(b.entered, b.owner)
		b.left(true, b.app, b.later)
	})
}

// Pitfall 4: to disown takes no factor, so that an intruder cannot take away by it
// what the owner enrolled before the intruder came.
func TestPitfall04DisownIsNoWayAroundAFactor(t *testing.T) {
	ctx := t.Context()
	for _, byLink := range []bool{false, true} {
		w, _ := newIntruderWorld(t)
		owner := w.withDevice("kim", home)
		app := w.enrol("key", nil, owner, func(show any) string { return fmt.Sprint("k1 ", show) })
		w.clock.Add(time.Hour)
		thief := abroad // in a session that was taken over
		thief.SessionID = owner.SessionID
		if byLink {
			_, err := w.guard.Answer(ctx, w.link(w.lastOf(activity.FactorEnrolled, home)), thief)
			w.ok(err)
		}
		for _, typ := range []activity.Type{activity.FactorEnrolled, activity.RecoveryCodesMade, activity.SignInSucceeded} {
			_, err := w.guard.Disown(ctx, "kim", "kim", w.lastOf(typ, home), thief)
			w.ok(err)
		}
		if n, err := w.guard.MFA().RecoveryCodesLeft(ctx, "kim"); !slices.Equal(w.factors(), []string{app}) || n != mfa.RecoveryCodes || err != nil {
			t.Errorf("left are %v and %d codes, %v", w.factors(), n, err)
		}
	}
}

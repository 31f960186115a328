package mfaweb_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/webauthn"
)

// phone is an authenticator that talks to the handlers.
type phone struct {
	*testing.T
	shop *shop
	auth virtual.Authenticator
	cred virtual.Credential
}

var here = virtual.RelyingParty{ID: "shop.example", Name: "Example Shop", Origin: origin}

// newPhone is an authenticator with an RSA key, which the virtual one spells as
// it should in every case.
func newPhone(t *testing.T, s *shop) *phone {
	return &phone{t, s, virtual.NewAuthenticator(), virtual.NewCredential(virtual.KeyTypeRSA)}
}

type reply struct {
	status  int
	Options json.RawMessage
	Factor  string
	Seconds int
	Next    string
	Codes   []string `json:"recoveryCodes"`
	Error   struct{ Code mfaweb.Code }
}

func (p *phone) post(kind, step string, body map[string]any) reply {
	p.Helper()
	data, err := json.Marshal(body)
	must(p, err)
	w := ask(p.shop.web, "/passkey/"+kind+"/"+step, string(data), nil)
	out := reply{status: w.Code}
	must(p, json.Unmarshal(w.Body.Bytes(), &out))
	return out
}

func (p *phone) create(options json.RawMessage) json.RawMessage {
	o, err := virtual.ParseAttestationOptions(string(options))
	must(p, err)
	p.auth.Options.UserHandle = []byte(o.UserID)
	return json.RawMessage(virtual.CreateAttestationResponse(here, p.auth, p.cred, *o))
}

func (p *phone) get(options json.RawMessage) json.RawMessage {
	o, err := virtual.ParseAssertionOptions(string(options))
	must(p, err)
	return json.RawMessage(virtual.CreateAssertionResponse(here, p.auth, p.cred, *o))
}

func (p *phone) enroll(name string, more map[string]any) reply {
	p.Helper()
	body := map[string]any{"fields": map[string]string{"name": name}}
	for k, v := range more {
		body[k] = v
	}
	begun := p.post("enroll", "options", body)
	if begun.status != 200 {
		return begun
	}
	return p.post("enroll", "finish", map[string]any{"factor": begun.Factor, "response": p.create(begun.Options)})
}

// From enrolment to a sign-in without a user name, over HTTP alone.
func TestCeremonies(t *testing.T) {
	s := newShop(t, origin, "shop.example")
	p := newPhone(t, s)
	done := p.enroll("phone", nil)
	if done.status != 200 || len(done.Codes) != mfa.RecoveryCodes {
		t.Fatalf("not enrolled: %+v", done)
	}
	s.put("account", "")
	factor, err := s.ask(t.Context(), signIn)
	must(t, err)
	begun := p.post("signin", "options", map[string]any{"factor": factor})
	response := map[string]any{"factor": factor, "response": p.get(begun.Options)}
	if got := p.post("signin", "finish", response); got.status != 200 || got.Next != "/home" || s.get("account") != account {
		t.Fatalf("not signed in: %+v", got)
	}
	if got := p.post("signin", "finish", response); got.Error.Code != mfaweb.CodeExpired {
		t.Errorf("the same response again: %+v", got)
	}
	begun = p.post("discover", "options", map[string]any{})
	if begun.Seconds < 60 {
		t.Errorf("seconds %d", begun.Seconds)
	}
	response = map[string]any{"response": p.get(begun.Options)}
	if got := p.post("discover", "finish", response); got.status != 200 {
		t.Fatalf("not signed in without a user name: %+v", got)
	}
	if got := p.post("discover", "finish", response); got.status == 200 {
		t.Errorf("the same response again: %+v", got)
	}
	if proofs := s.signedIn(); len(proofs) != 2 || proofs[1].Level() != mfa.LevelPhishingResistant || proofs[1].Account() != account {
		t.Errorf("%d sign-ins", len(proofs))
	}
}

// A second passkey takes a proof, which the first can give; the same again, and
// another account's, are refused as taken.
func TestSecondPasskey(t *testing.T) {
	s := newShop(t, origin, "shop.example")
	first, second := newPhone(t, s), newPhone(t, s)
	first.enroll("phone", nil)
	if got := second.enroll("key", nil); got.Error.Code != mfaweb.CodeProof {
		t.Fatalf("without a proof: %+v", got)
	}
	factors, err := s.Enrolled(t.Context(), account)
	must(t, err)
	prove := func() map[string]any {
		begun := first.post("prove", "options", map[string]any{"factor": factors[0].ID})
		return map[string]any{"provedBy": factors[0].ID, "response": first.get(begun.Options)}
	}
	proof := prove()
	if got := second.enroll("key", proof); got.status != 200 || got.Codes != nil {
		t.Fatalf("with a proof: %+v", got)
	}
	if got := newPhone(t, s).enroll("third", proof); got.status == 200 {
		t.Error("a proof is good twice")
	}
	if got := second.enroll("key again", prove()); got.Error.Code != mfaweb.CodeTaken {
		t.Errorf("the same again: %+v", got)
	}
	if got := newPhone(t, s).enroll(" PHONE ", prove()); got.Error.Code != mfaweb.CodeNameTaken {
		t.Errorf("the same name: %+v", got)
	}
	s.put("account", "u-2")
	if got := second.enroll("mine", nil); got.Error.Code != mfaweb.CodeTaken {
		t.Errorf("another account's: %+v", got)
	}
	s.put("account", account)
	begun := first.post("prove", "options", map[string]any{"factor": factors[0].ID})
	removed := first.post("prove", "finish", map[string]any{"factor": factors[0].ID, "response": first.get(begun.Options), "fields": map[string]string{"remove": factors[0].ID}})
	left, err := s.Enrolled(t.Context(), account)
	must(t, err)
	if removed.status != 200 || slices.ContainsFunc(left, func(f mfa.Factor) bool { return f.ID == factors[0].ID }) {
		t.Errorf("not removed: %+v %v", removed, left)
	}
	begun = first.post("discover", "options", map[string]any{})
	if got := first.post("discover", "finish", map[string]any{"response": first.get(begun.Options)}); got.Error.Code != mfaweb.CodeWrong {
		t.Errorf("a removed passkey: %+v", got)
	}
}

// Pitfall 10 through the Manager: a counter that does not grow is told with the
// proof and in the log, the sign-in goes on, and the kept counter stays.
func TestPitfall10CloneIsTold(t *testing.T) {
	s := newShop(t, origin, "shop.example")
	p := newPhone(t, s)
	p.cred.Counter = 9
	p.enroll("phone", nil)
	for _, c := range []struct {
		counter uint32
		warning string
	}{{10, ""}, {10, webauthn.WarningClone}, {3, webauthn.WarningClone}, {11, ""}, {0, webauthn.WarningClone}, {11, webauthn.WarningClone}} {
		p.cred.Counter = c.counter
		begun := p.post("discover", "options", map[string]any{})
		got := p.post("discover", "finish", map[string]any{"response": p.get(begun.Options)})
		proofs := s.signedIn()
		if got.status != 200 || proofs[len(proofs)-1].Warning() != c.warning || s.events.last().Detail["warning"] != c.warning {
			t.Errorf("counter %d: %d, warning %q, event %v", c.counter, got.status, proofs[len(proofs)-1].Warning(), s.events.last().Detail)
		}
	}
}

// A visitor without a session, garbage, and another's response get codes.
func TestRefusals(t *testing.T) {
	s := newShop(t, origin, "shop.example")
	p := newPhone(t, s)
	p.enroll("phone", nil)
	s.put("account", "")
	if got := p.enroll("other", nil); got.Error.Code != mfaweb.CodeSignedOut {
		t.Errorf("nobody enrols: %+v", got)
	}
	if got := p.post("signin", "options", map[string]any{"factor": "x"}); got.Error.Code != mfaweb.CodeExpired {
		t.Errorf("no pending sign-in: %+v", got)
	}
	factor, err := s.ask(t.Context(), signIn)
	must(t, err)
	if got := p.post("signin", "options", map[string]any{"factor": "x"}); got.Error.Code != mfaweb.CodeNone {
		t.Errorf("no such factor: %+v", got)
	}
	begun := p.post("signin", "options", map[string]any{"factor": factor})
	for _, response := range []any{nil, 1, map[string]any{}, map[string]any{"id": base64.RawURLEncoding.EncodeToString([]byte("x"))}} {
		factor, err := s.ask(t.Context(), signIn) // each has five attempts
		must(t, err)
		if got := p.post("signin", "finish", map[string]any{"factor": factor, "response": response}); got.Error.Code != mfaweb.CodeWrong {
			t.Errorf("%v: %+v", response, got)
		}
		if got := p.post("discover", "finish", map[string]any{"response": response}); got.status == 200 {
			t.Errorf("%v: %+v", response, got)
		}
	}
	if got := p.post("signin", "finish", map[string]any{"factor": factor, "response": p.get(begun.Options)}); got.status == 200 {
		t.Error("a challenge that a newer one replaced signs in")
	}
}

// Pitfall 3: one response sent by 64 at once signs in once.
func TestPitfall03OneWinner(t *testing.T) {
	s := newShop(t, origin, "shop.example")
	p := newPhone(t, s)
	p.enroll("phone", nil)
	factor, err := s.ask(t.Context(), signIn)
	must(t, err)
	for kind, more := range map[string]map[string]any{"signin": {"factor": factor}, "discover": {}} {
		before := len(s.signedIn())
		more["response"] = p.get(p.post(kind, "options", more).Options)
		data, err := json.Marshal(more)
		must(t, err)
		racing.Go(func(int) { ask(s.web, "/passkey/"+kind+"/finish", string(data), nil) })
		if won := len(s.signedIn()) - before; won != 1 {
			t.Errorf("%s: %d of 64 signed in", kind, won)
		}
	}
}

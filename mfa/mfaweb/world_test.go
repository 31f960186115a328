package mfaweb_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/webauthn"
)

// shop is a shop with one customer's session: a Manager over a memory store, the
// ceremonies, and what the session holds.
type shop struct {
	*mfa.Manager
	web    *mfaweb.Web
	events *recorder

	mu      sync.Mutex
	session map[string]string // "account" once signed in, tokens
	proofs  []mfa.Proof       // what signed in
}

const (
	account = "u-1"
	signIn  = "signin"
)

func newShop(tb testing.TB, origin, rpID string) *shop {
	tb.Helper()
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // never fails since Go 1.24
	method, err := webauthn.New(webauthn.Config{RPID: rpID, RPName: "Example Shop", Origins: []string{origin}, Key: key})
	must(tb, err)
	s := &shop{session: map[string]string{"account": account}, events: &recorder{}}
	s.Manager, err = mfa.New(mfa.NewMemoryStore(), mfa.Config{Methods: []mfa.Method{method}, AEAD: secrettest.AEAD(), Recorder: s.events})
	must(tb, err)
	s.web, err = mfaweb.New(mfaweb.Config{Origins: method.Origins(), Enroll: enrolling{s}, SignIn: asking{s, signIn}, Prove: asking{s, mfa.PurposeManage}, Discover: discovering{s}})
	must(tb, err)
	return s
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (s *shop) get(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session[key]
}

func (s *shop) put(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session[key] = value
}

func (s *shop) signedIn() []mfa.Proof {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proofs
}

// letIn is what a real shop has the Guard for.
func (s *shop) letIn(p mfa.Proof) mfaweb.Done {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session["account"] = p.Account()
	s.proofs = append(s.proofs, p)
	return mfaweb.Done{Next: "/home"}
}

// ask begins the second step of a sign-in, or a proof, as the password would.
func (s *shop) ask(ctx context.Context, purpose string) (factor string, err error) {
	ch, err := s.Challenge(ctx, mfa.ChallengeRequest{Account: account, Purpose: purpose})
	if err != nil {
		return "", err
	}
	s.put(purpose, ch.Token)
	return ch.Factors[0].ID, nil
}

func client(r *http.Request) activity.Client { return activity.ClientFromRequest(r, nil) }

// enrolling adds a passkey to the account that is signed in.
type enrolling struct{ *shop }

func (s enrolling) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	who := s.get("account")
	if who == "" {
		return mfaweb.Started{}, mfaweb.ErrSignedOut
	}
	req := mfa.StartEnrollRequest{Account: who, Method: webauthn.Name, Name: in.Fields["name"], Label: "kim@customer.example", Client: client(r)}
	if in.ProvedBy != "" {
		proof, err := s.Verify(r.Context(), s.get(mfa.PurposeManage), mfa.PurposeManage, in.ProvedBy, in.Response, client(r))
		if err != nil {
			return mfaweb.Started{}, err
		}
		req.Proof = &proof
	}
	e, err := s.StartEnroll(r.Context(), req)
	return mfaweb.Started{Options: e.Show, Factor: e.FactorID, ExpiresAt: e.ExpiresAt}, err
}

func (s enrolling) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	done, err := s.FinishEnroll(r.Context(), s.get("account"), in.Factor, in.Response, client(r))
	if err != nil {
		return mfaweb.Done{}, err
	}
	sheet := mfa.RecoverySheet(in.Lang, "Example Shop", "kim@customer.example", done.RecoveryCodes, time.Now())
	return mfaweb.Done{RecoveryCodes: done.RecoveryCodes, RecoverySheet: sheet}, nil
}

// asking asks a known account, for a purpose whose token the session holds.
type asking struct {
	*shop
	purpose string
}

func (s asking) Start(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Started, error) {
	if s.purpose == mfa.PurposeManage { // nothing was begun by a password
		if _, err := s.ask(r.Context(), s.purpose); err != nil {
			return mfaweb.Started{}, err
		}
	}
	options, err := s.Prepare(r.Context(), s.get(s.purpose), s.purpose, in.Factor, client(r))
	return mfaweb.Started{Options: options}, err
}

func (s asking) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	proof, err := s.Verify(r.Context(), s.get(s.purpose), s.purpose, in.Factor, in.Response, client(r))
	if err != nil {
		return mfaweb.Done{}, err
	}
	if s.purpose == mfa.PurposeManage {
		return mfaweb.Done{}, s.Remove(r.Context(), proof, in.Fields["remove"], client(r))
	}
	return s.letIn(proof), nil
}

// discovering signs in without a user name.
type discovering struct{ *shop }

func (s discovering) Start(_ http.ResponseWriter, r *http.Request, _ mfaweb.Input) (mfaweb.Started, error) {
	d, err := s.Discover(r.Context(), webauthn.Name, signIn, client(r))
	s.put("discovery", d.Token)
	return mfaweb.Started{Options: d.Show, ExpiresAt: d.ExpiresAt}, err
}

func (s discovering) Finish(_ http.ResponseWriter, r *http.Request, in mfaweb.Input) (mfaweb.Done, error) {
	proof, err := s.VerifyDiscovered(r.Context(), s.get("discovery"), signIn, in.Response, client(r))
	if err != nil {
		return mfaweb.Done{}, err
	}
	return s.letIn(proof), nil
}

type recorder struct {
	mu     sync.Mutex
	events []activity.Event
}

func (r *recorder) Record(_ context.Context, e activity.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	return nil
}

func (r *recorder) last() activity.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[len(r.events)-1]
}

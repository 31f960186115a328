package accountsec_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// key stands for a passkey: its responses are "<credential> <challenge>".
type key struct{ n atomic.Int64 }

var _ mfa.Discoverable = (*key)(nil)

func (*key) Info() mfa.Info         { return mfa.Info{Name: "key", PhishingResistant: true} }
func (*key) Guide(string) mfa.Guide { return mfa.Guide{Title: "Key"} }

func (k *key) begin() (mfa.Begun, error) {
	nonce := fmt.Sprint("nonce-", k.n.Add(1))
	return mfa.Begun{State: []byte(nonce), Show: nonce}, nil
}

func (k *key) Enroll(context.Context, mfa.Subject) (mfa.Begun, error)    { return k.begin() }
func (k *key) Challenge(context.Context, mfa.Subject) (mfa.Begun, error) { return k.begin() }
func (k *key) Discover(context.Context, mfa.Subject) (mfa.Begun, error)  { return k.begin() }

func (*key) Lookup(response string) string {
	lookup, _, _ := strings.Cut(response, " ")
	return lookup
}

func (*key) Confirm(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	id, nonce, _ := strings.Cut(a.Response, " ")
	if nonce != string(a.State) {
		return mfa.Verdict{}, nil
	}
	return mfa.Verdict{OK: true, Lookup: id, State: []byte(id)}, nil
}

func (*key) Verify(_ context.Context, a mfa.Answer) (mfa.Verdict, error) {
	id, nonce, _ := strings.Cut(a.Response, " ")
	nonce, copied := strings.CutSuffix(nonce, "!")
	v := mfa.Verdict{OK: a.Challenge != nil && id == string(a.State) && nonce == string(a.Challenge)}
	if copied {
		v.Warning = "clone"
	}
	return v, nil
}

// passkey enrols a key. An account with a factor needs a proof.
func (w *world) passkey(account, credential string, proof *mfa.Proof) (factor string) {
	w.Helper()
	e, err := w.guard.MFA().StartEnroll(w.Context(), mfa.StartEnrollRequest{
		Account: account, Method: "key", Name: credential, Proof: proof, Evidence: w.evidence(account, home), Client: home})
	w.ok(err)
	_, err = w.guard.MFA().FinishEnroll(w.Context(), account, e.FactorID, fmt.Sprint(credential, " ", e.Show), home)
	w.ok(err)
	return e.FactorID
}

// manage proves an authenticator for changing the factors.
func (w *world) manage(account, code string, c activity.Client) mfa.Proof {
	w.Helper()
	p, err := w.guard.StartManage(w.Context(), account, c)
	w.ok(err)
	proof, err := w.guard.FinishManage(w.Context(), p.Token, p.Factors[0].ID, code, c)
	w.ok(err)
	return proof
}

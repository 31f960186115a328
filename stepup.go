package accountsec

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// purposeStepUp is the purpose of a factor that is asked for before a
// sensitive action.
const purposeStepUp = "stepup"

// evidence says what a session has proved, and when. Sealed for its account and
// session it is a text that the shop keeps in the session: it can be neither
// changed nor moved to another, and ends with the password that it began under,
// when that is replaced or revoked.
type evidence struct {
	Level   mfa.Level `json:"level"`
	At      int64     `json:"at"` // Unix microseconds
	Version int64     `json:"version"`
}

func evidenceRow(account string, c activity.Client) secret.Row {
	return secret.At("stepup", account, c.SessionID)
}

func (g *Guard) evidence(account string, level mfa.Level, at time.Time, version int64, c activity.Client) (string, error) {
	plain, err := json.Marshal(evidence{Level: level, At: at.UnixMicro(), Version: version})
	if err != nil {
		return "", fmt.Errorf("accountsec: evidence: %w", err)
	}
	sealed, err := secret.Seal(g.cfg.AEAD, evidenceRow(account, c), plain)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// maxEvidence bounds what is opened, in bytes.
const maxEvidence = 1024

func (g *Guard) openEvidence(account, text string, c activity.Client) (e evidence) {
	if len(text) > maxEvidence {
		return evidence{}
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return evidence{}
	}
	plain, err := secret.Open(g.cfg.AEAD, evidenceRow(account, c), sealed)
	if err != nil || json.Unmarshal(plain, &e) != nil {
		return evidence{}
	}
	return e
}

// Require tells whether the session may do something sensitive, such as a
// refund, a new address or a change of factors: nil, or [ErrStepUp] if the
// customer has to prove more, or again, by [Guard.StartStepUp]. evidence is
// the newest of the session: [Grant].Evidence, or what a step-up gave.
// c.SessionID must be the one of that time. Set it wherever a Client is handed in:
// evidence without one is good in every session of the account that has none.
//
// A level that the account cannot reach is lowered to the highest that it can:
// factors are the customer's choice, and an account without one falls back to
// the password (OWASP ASVS 5.0, 7.5.1 and 7.5.3; NIST SP 800-63B-4 §2.2 for
// what the levels are worth).
func (g *Guard) Require(ctx context.Context, account, evidence string, req mfa.Requirement, c activity.Client) error {
	req, err := g.reachable(ctx, account, req)
	if err != nil {
		return err
	}
	rec, err := g.passwordOf(ctx, account)
	if err != nil {
		return err
	}
	e := g.openEvidence(account, evidence, c)
	if e.Level == 0 || e.Version != rec.Version || !rec.RevokedAt.IsZero() || !req.Met(e.Level, time.UnixMicro(e.At), g.cfg.Now()) {
		return ErrStepUp
	}
	return nil
}

func (g *Guard) reachable(ctx context.Context, account string, req mfa.Requirement) (mfa.Requirement, error) {
	req = req.WithDefaults()
	best, err := g.factors.Best(ctx, account)
	req.Level = min(req.Level, best)
	return req, err
}

// StepUp is what to ask the customer for: exactly one field is set.
type StepUp struct {
	// Password asks for it, with [Guard.StepUpPassword].
	Password bool
	// Pending asks for one of its factors, with [Guard.FinishStepUp].
	Pending *Pending
}

// StartStepUp begins to prove what [Guard.Require] misses. account is who is
// signed in. Errors: [ErrPasswordRevoked] after a disowned event: nothing is proved
// until there is a new password.
func (g *Guard) StartStepUp(ctx context.Context, account string, req mfa.Requirement, c activity.Client) (StepUp, error) {
	if _, err := g.goodPassword(ctx, account); err != nil {
		return StepUp{}, err
	}
	req, err := g.reachable(ctx, account, req)
	if err != nil {
		return StepUp{}, err
	}
	if req.Level == mfa.LevelPassword {
		return StepUp{Password: true}, nil
	}
	p, err := g.ask(ctx, account, purposeStepUp, stepUpBinding(c, req.Level), c)
	if err != nil {
		return StepUp{}, err
	}
	enough := p.Factors[:0]
	for _, f := range p.Factors {
		if g.factors.Proves(f) >= req.Level {
			enough = append(enough, f)
		}
	}
	p.Factors = enough
	return StepUp{Pending: p}, nil
}

// PrepareStepUp is [Guard.PrepareSignIn] for a step-up. Errors likewise, and
// [ErrStepUp] as of [Guard.FinishStepUp].
func (g *Guard) PrepareStepUp(ctx context.Context, token, factorID string, c activity.Client) (show any, err error) {
	if _, err := g.askedStepUp(ctx, token, factorID, c); err != nil {
		return nil, err
	}
	show, err = g.factors.Prepare(ctx, token, purposeStepUp, factorID, c)
	return show, translate(err)
}

// stepUpBinding ties a step-up to the session and to the level that was asked for.
func stepUpBinding(c activity.Client, level mfa.Level) string {
	return fmt.Sprintf("%s level:%d", sessionBinding(c), level)
}

// askedStepUp gives the account of a step-up, if the session asked for it and the
// factor proves as much as was asked for: one that does not is not to be spent.
func (g *Guard) askedStepUp(ctx context.Context, token, factorID string, c activity.Client) (account string, err error) {
	asked, err := g.factors.Peek(ctx, token, purposeStepUp)
	if err != nil {
		return "", translate(err)
	}
	proves := mfa.LevelFactor // a recovery code
	for _, f := range asked.Factors {
		if f.ID == factorID {
			proves = g.factors.Proves(f)
		}
	}
	switch asked.Binding {
	case stepUpBinding(c, mfa.LevelFactor):
		return asked.Account, nil
	case stepUpBinding(c, mfa.LevelPhishingResistant):
		if proves < mfa.LevelPhishingResistant {
			return "", ErrStepUp
		}
		return asked.Account, nil
	}
	return "", ErrPending
}

// FinishStepUp proves a factor and gives the session's new evidence. factorID is
// one of the pending factors', or [mfa.RecoveryCode], which is a factor and no
// more. Of a passkey that may have been copied the owner is told, as in
// [Guard.FinishManage] and [Guard.ProveRecoveryFactor]. Errors as of [Guard.FinishSignIn], [ErrPasswordRevoked], and [ErrStepUp]
// for a factor that proves less than was asked for, which is not tried then.
func (g *Guard) FinishStepUp(ctx context.Context, token, factorID, response string, c activity.Client) (text string, err error) {
	account, err := g.askedStepUp(ctx, token, factorID, c)
	if err != nil {
		return "", err
	}
	version, err := g.goodPassword(ctx, account) // of before: a newer one ends the evidence
	if err != nil {
		return "", err
	}
	proof, err := g.factors.Verify(ctx, token, purposeStepUp, factorID, response, c)
	if err != nil {
		return "", translate(err)
	}
	return g.evidence(proof.Account(), proof.Level(), proof.At(), version, c)
}

// goodPassword gives the version of the account's password, 0 for none. Errors:
// [ErrPasswordRevoked].
func (g *Guard) goodPassword(ctx context.Context, account string) (int64, error) {
	rec, err := g.passwordOf(ctx, account)
	if err == nil && !rec.RevokedAt.IsZero() {
		err = ErrPasswordRevoked
	}
	return rec.Version, err
}

// StepUpPassword proves the password and gives the session's new evidence.
// Errors: [ErrSignIn], [ErrPasswordRevoked], *[ThrottledError].
func (g *Guard) StepUpPassword(ctx context.Context, account, pw string, c activity.Client) (text string, err error) {
	verified, err := g.provePassword(ctx, account, pw, c)
	if err != nil {
		return "", err
	}
	return g.evidence(account, mfa.LevelPassword, g.cfg.Now(), verified.Version, c)
}

// StartManage asks for a factor before the factors themselves are changed.
// account is who is signed in. Errors: mfa.ErrNoFactor if it has none.
func (g *Guard) StartManage(ctx context.Context, account string, c activity.Client) (*Pending, error) {
	return g.ask(ctx, account, mfa.PurposeManage, sessionBinding(c), c)
}

// PrepareManage is [Guard.PrepareSignIn] for [Guard.StartManage].
func (g *Guard) PrepareManage(ctx context.Context, token, factorID string, c activity.Client) (show any, err error) {
	return g.prepare(ctx, token, mfa.PurposeManage, sessionBinding(c), factorID, c)
}

// FinishManage proves a factor, for the session that it was asked for. The proof is
// for the calls of [Guard.MFA] that take one, in the same request. Errors as of
// [Guard.FinishSignIn].
func (g *Guard) FinishManage(ctx context.Context, token, factorID, response string, c activity.Client) (mfa.Proof, error) {
	pending, err := g.factors.Peek(ctx, token, mfa.PurposeManage)
	if err != nil {
		return mfa.Proof{}, translate(err)
	}
	if pending.Binding != sessionBinding(c) {
		return mfa.Proof{}, ErrPending
	}
	proof, err := g.factors.Verify(ctx, token, mfa.PurposeManage, factorID, response, c)
	return proof, translate(err)
}

// mayEnroll asks for the password, as lately as a proof would be, before an
// account's first factor is enrolled: a session that was taken over, and no more,
// must not lock the owner out.
func (g *Guard) mayEnroll(ctx context.Context, req mfa.StartEnrollRequest) error {
	return g.Require(ctx, req.Account, req.Evidence, mfa.Requirement{Level: mfa.LevelFactor, MaxAge: mfa.ProofLifetime}, req.Client)
}

// ask challenges an account that is signed in.
func (g *Guard) ask(ctx context.Context, account, purpose, binding string, c activity.Client) (*Pending, error) {
	known, err := g.monitor.KnownDevice(ctx, account, c.DeviceID)
	if err != nil {
		return nil, err
	}
	return g.challenge(ctx, mfa.ChallengeRequest{
		Account: account, Purpose: purpose, Binding: binding, Known: known, Client: c,
	})
}

func sessionBinding(c activity.Client) string {
	sum := sha256.Sum256([]byte(c.SessionID))
	return "s" + hex.EncodeToString(sum[:])
}

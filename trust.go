package accountsec

import (
	"context"
	"errors"
	"net/http"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
)

// TrustCookie is the name of the cookie that holds a trusted device's token.
// Unlike [DeviceCookie], which makes a device known, it spares the owner the
// second factor, and so it rotates with every use.
const TrustCookie = "__Host-trusted"

// Trust reads the token of a trusted device, for [Guard.SignInTrusted]; "" if
// the request has none.
func (g *Guard) Trust(r *http.Request) mfa.DeviceToken {
	cookie, err := r.Cookie(TrustCookie)
	if err != nil {
		return ""
	}
	return mfa.DeviceToken(cookie.Value)
}

// TrustDevice spares the owner the second factor on this device for
// [mfa.TrustLifetime], where the owner asked for it. grant must come from
// [Guard.FinishSignIn] of the same request, with a factor that is no recovery
// code, and proves nothing any more once the password was changed or revoked. name is what the owner will know the device by. Set the cookie with the
// response. List and revoke devices by [Guard.MFA]. Errors:
// mfa.ErrProofNeeded, mfa.ErrBadName.
func (g *Guard) TrustDevice(ctx context.Context, grant Grant, name string, c activity.Client) (*http.Cookie, error) {
	if grant.proof.Purpose() != purposeSignIn || grant.proof.Account() != grant.Account || grant.MustChangePassword {
		return nil, mfa.ErrProofNeeded
	}
	var token mfa.DeviceToken
	err := g.cfg.Stores.inTx(ctx, func(ctx context.Context) error {
		err := g.hold(ctx, grant.Account, grant.version, false)
		if err == nil {
			token, _, err = g.factors.TrustDevice(ctx, grant.proof, name, c)
		}
		return err
	})
	if errors.Is(err, ErrPending) {
		err = mfa.ErrProofNeeded
	}
	if err != nil {
		return nil, err
	}
	return trustCookie(token), nil
}

func trustCookie(token mfa.DeviceToken) *http.Cookie {
	return &http.Cookie{
		Name: TrustCookie, Value: string(token), Path: "/", MaxAge: int(mfa.TrustLifetime.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// SignInTrusted is [Guard.SignIn] on a device that may be trusted: the password
// is asked for all the same, but not the second factor. It is not enough while
// the password is revoked, nor where more proof is asked for because the sign-in
// is unusual: cookies can be copied.
func (g *Guard) SignInTrusted(ctx context.Context, identifier, pw string, trust mfa.DeviceToken, c activity.Client) (SignInResult, error) {
	a, err := g.resolve(ctx, identifier)
	if err != nil {
		return SignInResult{}, err
	}
	s := signIn{account: a, trust: trust, client: c, counted: c}
	if s.known, err = g.monitor.KnownDevice(ctx, a.ID, c.DeviceID); err != nil {
		return SignInResult{}, err
	}
	if trust != "" && !s.known {
		switch d, err := g.factors.Trusted(ctx, a.ID, trust); {
		case err == nil:
			// What the visitor calls itself is unproven: the trusted device counts.
			s.known, s.counted.DeviceID = true, "trusted|"+d.ID
		case !errors.Is(err, mfa.ErrNoDevice):
			return SignInResult{}, err
		}
	}
	return g.signIn(ctx, s, pw)
}

// useDevice grants by a trusted device; nil if the factor has to be asked for.
func (g *Guard) useDevice(ctx context.Context, s signIn, pw password.Verified, j judged) (*Grant, error) {
	next, err := g.factors.UseDevice(ctx, s.account.ID, s.trust, s.client)
	if errors.Is(err, mfa.ErrNoDevice) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	grant := Grant{Account: s.account.ID, Trusted: true, PasswordAdvice: adviceOf(pw), judged: &j}
	if next != "" {
		grant.TrustCookie = trustCookie(next)
	}
	grant, err = g.grant(ctx, grant, pw.Version, s.client)
	if err != nil {
		return nil, err
	}
	return &grant, nil
}

package accountsec

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
)

// DeviceCookie is the name of the cookie that tells a device on which the
// owner has signed in before. The __Host- prefix binds it to this host over
// HTTPS (RFC 6265bis §4.1.3.2); browsers accept it on http://localhost too.
const DeviceCookie = "__Host-device"

// deviceCookieAge is the longest life that browsers give a cookie, 400 days
// (RFC 6265bis §5.5).
const deviceCookieAge = 400 * 24 * 60 * 60

// signedDevice begins the ids of devices whose cookie the Guard has signed. A
// cookie of before has a random value alone.
const signedDevice = "s"

// Client tells who sends the request: the address by way of the configured
// proxies, the user agent, and the device by its cookie. DeviceID is the
// SHA-256 of the cookie's random value, so that nothing stored here can be put
// back into a cookie. SessionID is the caller's to set.
//
// The cookie is signed: nobody but the Guard names devices, so that a browser
// cannot be given one, nor make up any number of them. One with a wrong signature
// is no device. An unsigned one is of before there were signatures: it is known
// where it was known, and replaced at the next sign-in.
func (g *Guard) Client(r *http.Request) activity.Client {
	c := activity.ClientFromRequest(r, g.cfg.TrustedProxies)
	if cookie, err := r.Cookie(DeviceCookie); err == nil {
		c.DeviceID = g.deviceOf(cookie.Value)
	}
	return c
}

// deviceOf gives the id of a cookie's device; "" for none.
func (g *Guard) deviceOf(value string) string {
	token, signature, signed := strings.Cut(value, ".")
	id := secret.HashToken(token)
	switch {
	case id == "" || !signed:
		return id
	case !hmac.Equal([]byte(signature), []byte(g.signDevice(token))):
		return ""
	}
	return signedDevice + id
}

func (g *Guard) signDevice(token string) string {
	mac := hmac.New(sha256.New, g.deviceKey)
	mac.Write([]byte(token)) //nolint:errcheck // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// nameDevice gives a device without a signed cookie one of its own.
func (g *Guard) nameDevice(c *activity.Client) *http.Cookie {
	if strings.HasPrefix(c.DeviceID, signedDevice) {
		return nil
	}
	token := string(secret.NewToken())
	c.DeviceID = signedDevice + secret.HashToken(token)
	return &http.Cookie{
		Name: DeviceCookie, Value: token + "." + g.signDevice(token), Path: "/", MaxAge: deviceCookieAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

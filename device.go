package accountsec

import (
	"net/http"

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

// Client tells who sends the request: the address by way of the configured
// proxies, the user agent, and the device by its cookie. DeviceID is the
// SHA-256 of the cookie's random value, so that nothing stored here can be put
// back into a cookie. SessionID is the caller's to set.
func (g *Guard) Client(r *http.Request) activity.Client {
	c := activity.ClientFromRequest(r, g.cfg.TrustedProxies)
	if cookie, err := r.Cookie(DeviceCookie); err == nil {
		c.DeviceID = secret.HashToken(cookie.Value)
	}
	return c
}

// nameDevice gives a device without a cookie one of its own.
func nameDevice(c *activity.Client) *http.Cookie {
	if c.DeviceID != "" {
		return nil
	}
	token := string(secret.NewToken())
	c.DeviceID = secret.HashToken(token)
	return &http.Cookie{
		Name: DeviceCookie, Value: token, Path: "/", MaxAge: deviceCookieAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

package passwordweb

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/throttle"
)

// The limits. The script asks at most four times a second while somebody types,
// some 40 times for one password; a network may be an office. Beyond that the
// waits begin at a second and end at the longest: the form works without.
const (
	sessionFree, sessionBase, sessionMax = 200, time.Second, 30 * time.Second
	networkFree, networkBase, networkMax = 2000, time.Second, time.Minute
)

// maxCounted bounds the default counter's memory: an address of IPv6 costs an
// attacker nothing.
const maxCounted = 1 << 14

// take counts one request; it gives the time until one is accepted.
func (web *Web) take(r *http.Request) (time.Duration, error) {
	buckets := []throttle.Bucket{{Name: "feedback|net|" + canon.NetworkKey(web.cfg.Address(r)),
		Free: networkFree, Base: networkBase, Max: networkMax, Shared: true}}
	if session := web.cfg.Session(r); session != "" {
		sum := sha256.Sum256([]byte(session)) // the store learns no session
		buckets = append(buckets, throttle.Bucket{Name: "feedback|session|" + hex.EncodeToString(sum[:16]),
			Free: sessionFree, Base: sessionBase, Max: sessionMax, Shared: true})
	}
	return throttle.Take(r.Context(), web.cfg.Attempts, web.cfg.Now(), buckets...)
}

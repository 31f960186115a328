package strength

import "math"

// CrackTimes says how long a password withstands four kinds of attack, in
// seconds. A value may be far beyond what time.Duration holds.
type CrackTimes struct {
	// OnlineThrottled is an attack on a service that limits it to 100 guesses
	// an hour.
	OnlineThrottled float64
	// OnlineUnthrottled is an attack on a service that does not, 10 a second.
	OnlineUnthrottled float64
	// OfflineSlow is an attack on stolen hashes of a slow function such as
	// argon2id, 10^4 a second.
	OfflineSlow float64
	// OfflineFast is an attack on stolen hashes of a fast function such as
	// SHA-256, 10^10 a second.
	OfflineFast float64
}

// CrackTimes gives the times that zxcvbn gives for the number of guesses.
func (r Result) CrackTimes() CrackTimes {
	g := math.Pow(10, r.GuessesLog10)
	return CrackTimes{OnlineThrottled: g * 36, OnlineUnthrottled: g / 10, OfflineSlow: g / 1e4, OfflineFast: g / 1e10}
}

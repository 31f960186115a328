package totp

import (
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"math"
	"time"
)

// maxTyped bounds what is looked at, in bytes: eight digits and spaces.
const maxTyped = 32

// canonical is the one form of a typed code: its digits, without the spaces
// (U+0020) between them. "" if it is anything else than the right number of
// ASCII digits. Its cost is bounded on any input.
func canonical(typed string, digits int) string {
	if len(typed) > maxTyped {
		return ""
	}
	out := make([]byte, 0, maxTyped)
	for i := range len(typed) {
		switch c := typed[i]; {
		case c == ' ':
		case '0' <= c && c <= '9':
			out = append(out, c)
		default:
			return ""
		}
	}
	if len(out) != digits {
		return ""
	}
	return string(out)
}

const (
	// skew is how many steps to either side of now are accepted.
	skew = 1
	// driftSteps is how far a clock may be off for it to be told at enrolment:
	// 20 minutes.
	driftSteps = 40
)

// drift is how far the clock is ahead whose code of a step came at now.
func drift(step int64, now time.Time) time.Duration {
	return time.Duration(step-now.Unix()/Period) * Period * time.Second
}

// match gives the step whose code it is, 0 if there is none. All codes of the
// window are computed and compared in constant time, so that time tells neither
// which step matched nor how many digits did. If two steps share the code it is
// the later one, so that the code is spent for both.
func match(code string, st state, now time.Time, skew int64) int64 {
	if now.Unix() < 0 {
		return 0
	}
	var found int64
	mac := hmac.New(st.Algorithm.hash(), st.seed)
	at := now.Unix() / Period
	for step := at - skew; step <= at+skew; step++ {
		if step < 1 { // a clock that was never set; 0 would mean no step
			continue
		}
		if subtle.ConstantTimeCompare(codeAt(mac, step, st.Digits), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// codeAt is TOTP for one time step: HOTP (RFC 4226 §5.3) of the step, in at most
// nine decimal digits. mac is keyed with the seed; it is reset.
func codeAt(mac hash.Hash, step int64, digits int) []byte {
	var buf [sha512.Size]byte
	mac.Reset()
	mac.Write(binary.BigEndian.AppendUint64(buf[:0], uint64(step))) //nolint:errcheck // never fails
	sum := mac.Sum(buf[:0])
	value := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & math.MaxInt32
	code := make([]byte, digits)
	for i := range code {
		code[digits-1-i] = '0' + byte(value%10)
		value /= 10
	}
	return code
}

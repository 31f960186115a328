package totp

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
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
func match(code string, st state, now time.Time, skew int64) (int64, error) {
	if now.Unix() < 0 {
		return 0, nil
	}
	var found int64
	at := now.Unix() / Period
	for step := at - skew; step <= at+skew; step++ {
		if step < 1 { // a clock that was never set; 0 would mean no step
			continue
		}
		want, err := codeAt(st, step)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}

// codeAt is TOTP for one time step: HOTP (RFC 4226 §5.3) of the step.
func codeAt(st state, step int64) (string, error) {
	code, err := hotp.GenerateCodeCustom(st.Seed, uint64(step), hotp.ValidateOpts{
		Digits: otp.Digits(st.Digits), Algorithm: st.Algorithm.otp(),
	})
	if err != nil { // its text may quote the seed
		return "", errors.New("totp: the code could not be computed")
	}
	return code, nil
}

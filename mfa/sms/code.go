package sms

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
)

// Lifetime is how long a code is accepted. NIST SP 800-63B-4 §3.1.3.2 allows
// ten minutes.
const Lifetime = 5 * time.Minute

// Digits is the length of a code (NIST SP 800-63B-4 §3.1.3.2: at least six).
const Digits = 6

var million = big.NewInt(1_000_000)

// newCode draws one of the 10⁶ codes, each as likely as any other: rand.Int
// draws again instead of reducing.
func newCode() string {
	n, err := rand.Int(rand.Reader, million)
	if err != nil { // rand.Reader does not fail since Go 1.24
		panic(err)
	}
	return fmt.Sprintf("%0*d", Digits, n)
}

// maxTyped bounds what is looked at, in bytes.
const maxTyped = 32

// canonical is the one form of a typed code: its six digits 0–9, without the
// spaces (U+0020) around and between them; "" if it is anything else.
func canonical(typed string) string {
	if len(typed) > maxTyped {
		return ""
	}
	out := make([]byte, 0, maxTyped)
	for i := range len(typed) {
		switch c := typed[i]; {
		case c == ' ':
		case isDigit(c):
			out = append(out, c)
		default:
			return ""
		}
	}
	if len(out) != Digits {
		return ""
	}
	return string(out)
}

// state is what is kept, sealed, of a factor: its number, and until it is
// confirmed the code. Fields are only ever added.
type state struct {
	Number string   `json:"number"`
	Code   *pending `json:"code,omitempty"`
}

// pending is what is kept, sealed, of a code. Of the code itself only a keyed
// hash: whoever may open sealed states of the database, but not read the
// application's memory, cannot use what waits there.
type pending struct {
	ID      string `json:"id"` // random, of this message
	Country string `json:"country"`
	Hash    []byte `json:"hash"`
	Expires int64  `json:"exp"` // µs since 1970
}

var errState = errors.New("sms: the factor's state is malformed")

func parseState(data []byte) (state, error) {
	var s state
	if err := json.Unmarshal(data, &s); err != nil || s.Number == "" {
		return state{}, errState
	}
	return s, nil
}

func (m *Method) newPending(s mfa.Subject, n number, code string) pending {
	c := pending{ID: secret.NewID(), Country: n.country, Expires: s.Now.Add(Lifetime).UnixMicro()}
	c.Hash = m.hash(s, n.e164, c.ID, code)
	return c
}

// hash binds a code to its message, account, factor and number: one sent to
// another number is worth nothing.
func (m *Method) hash(s mfa.Subject, e164, id, code string) []byte {
	h := hmac.New(sha256.New, m.codeKey)
	for _, part := range []string{s.Account, s.FactorID, e164, id, code} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

// right judges a typed code, in constant time for any that has the form of one.
func (m *Method) right(a mfa.Answer, e164 string, c *pending) bool {
	code := canonical(a.Response)
	if c == nil || code == "" || a.Now.UnixMicro() >= c.Expires {
		return false
	}
	return hmac.Equal(m.hash(a.Subject, e164, c.ID, code), c.Hash)
}

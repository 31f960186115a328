package password

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"

	"golang.org/x/crypto/bcrypt"
)

// maxBcryptCost keeps one bcrypt to about a second.
const maxBcryptCost = 14

// bcrypt's salt of 16 bytes and its key of 23, in base64 of its own. The last
// character of each holds fewer bits than the others; the rest must be zero, or
// a hash would have several spellings.
const bcryptSalt, bcryptKey = `[./A-Za-z0-9]{21}[.Oeu]`, `[./A-Za-z0-9]{30}[.CGKOSWaeimquy26]`

var (
	// As everybody writes it; Django puts its name before.
	bcryptForm = regexp.MustCompile(`^(?:bcrypt\$)?(\$2[aby]\$[0-9]{2}\$` + bcryptSalt + bcryptKey + `)$`)
	// Django's bcrypt of the SHA-256.
	bcryptDjango = regexp.MustCompile(`^bcrypt_sha256\$(\$2b\$[0-9]{2}\$` + bcryptSalt + bcryptKey + `)$`)
	// passlib's bcrypt of the SHA-256 (version 1) and of the HMAC-SHA-256 under
	// the salt (version 2). Groups: ident and cost of 2; of 1; salt; key.
	bcryptPasslib = regexp.MustCompile(`^\$bcrypt-sha256\$(?:v=2,t=(2b),r=([1-9][0-9]?)|(2[ab]),([1-9][0-9]?))\$(` + bcryptSalt + `)\$(` + bcryptKey + `)$`)
)

// readBcrypt looks at the first 72 bytes, as bcrypt does where the hash was
// made. What bcrypt is given beyond that, or after a NUL, is no part of it.
func readBcrypt(m []string) (foreign, error) {
	return bcryptOf(m[1], func(password []byte) []byte { return password[:min(len(password), 72)] })
}

// Digesting first leaves no limit of 72 bytes; writing the digest as text
// leaves no NUL in it at which an implementation would stop.
func readBcryptDjango(m []string) (foreign, error) {
	return bcryptOf(m[1], func(password []byte) []byte {
		sum := sha256.Sum256(password)
		return hex.AppendEncode(nil, sum[:])
	})
}

func readBcryptPasslib(m []string) (foreign, error) {
	ident, cost, salt, key := m[1]+m[3], m[2]+m[4], m[5], m[6]
	if len(cost) == 1 {
		cost = "0" + cost
	}
	second := m[1] != ""
	return bcryptOf("$"+ident+"$"+cost+"$"+salt+key, func(password []byte) []byte {
		digest := sha256.New()
		if second {
			digest = hmac.New(sha256.New, []byte(salt))
		}
		digest.Write(password)
		return base64.StdEncoding.AppendEncode(nil, digest.Sum(nil))
	})
}

// bcryptOf reads a bcrypt hash of what prepare makes of the password.
func bcryptOf(s string, prepare func(password []byte) []byte) (foreign, error) {
	stored := []byte(s)
	if cost, err := bcrypt.Cost(stored); err != nil || cost < bcrypt.MinCost || cost > maxBcryptCost {
		return foreign{}, fmt.Errorf("%w: the cost of bcrypt must be within %d to %d", ErrMalformedHash, bcrypt.MinCost, maxBcryptCost)
	}
	return foreign{kib: 8, right: func(password []byte) bool {
		return bcrypt.CompareHashAndPassword(stored, prepare(password)) == nil
	}}, nil
}

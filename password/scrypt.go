package password

import (
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/bits"
	"regexp"
	"strconv"

	"golang.org/x/crypto/scrypt"
)

// Bounds of scrypt (RFC 7914 §2). Its memory is taken from the budget.
const (
	maxScryptN, maxScryptR, maxScryptP = 1 << 20, 32, 16
	// maxScryptWork bounds N·r·p: about two seconds. 2^17·8·1, OWASP's choice,
	// is a quarter of it.
	maxScryptWork                    = 1 << 22
	scryptKeyDjango, scryptKeyShort  = 64, 32 // bytes
	minScryptSalt, maxScryptSaltSize = 1, 128 // bytes
)

var (
	// Groups: log2 of N, r, p, salt, key.
	scryptPasslib = regexp.MustCompile(`^\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)\$([+/A-Za-z0-9]+)\$([+/A-Za-z0-9]+)$`)
	// Groups: N, salt, r, p, key.
	scryptDjango = regexp.MustCompile(`^scrypt\$([1-9][0-9]{0,6})\$([!-#%-~]+)\$([1-9][0-9]?)\$([1-9][0-9]?)\$([+/A-Za-z0-9]+=*)$`)
	// Groups: N, r, p, salt, key.
	scryptWerkzeug = regexp.MustCompile(`^scrypt:([1-9][0-9]{0,6}):([1-9][0-9]?):([1-9][0-9]?)\$([!-#%-~]+)\$([0-9a-f]+)$`)
)

func readScryptPasslib(m []string) (foreign, error) {
	salt, errSalt := phcBase64.DecodeString(m[4])
	key, errKey := phcBase64.DecodeString(m[5])
	if errSalt != nil || errKey != nil {
		return foreign{}, fmt.Errorf("%w: scrypt with a salt or a key that is not base64", ErrMalformedHash)
	}
	return scryptOf(1<<min(number(m[1]), 30), number(m[2]), number(m[3]), salt, key, scryptKeyShort)
}

func readScryptDjango(m []string) (foreign, error) {
	key, err := stdBase64.DecodeString(m[5])
	if err != nil {
		return foreign{}, fmt.Errorf("%w: scrypt with a key that is not base64", ErrMalformedHash)
	}
	return scryptOf(number(m[1]), number(m[3]), number(m[4]), []byte(m[2]), key, scryptKeyDjango)
}

func readScryptWerkzeug(m []string) (foreign, error) {
	key, err := hex.DecodeString(m[5])
	if err != nil {
		return foreign{}, fmt.Errorf("%w: scrypt with a key that is not hex", ErrMalformedHash)
	}
	return scryptOf(number(m[1]), number(m[2]), number(m[3]), []byte(m[4]), key, scryptKeyDjango)
}

// number reads the digits that a form has let through; they fit.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func scryptOf(n, r, p int, salt, key []byte, size int) (foreign, error) {
	switch {
	case n < 2 || n > maxScryptN || bits.OnesCount(uint(n)) != 1:
		return foreign{}, fmt.Errorf("%w: N of scrypt must be a power of two within 2 to %d", ErrMalformedHash, maxScryptN)
	case r < 1 || r > maxScryptR || p < 1 || p > maxScryptP:
		return foreign{}, fmt.Errorf("%w: r of scrypt must be within 1 to %d, p to %d", ErrMalformedHash, maxScryptR, maxScryptP)
	case n*r*p > maxScryptWork:
		return foreign{}, fmt.Errorf("%w: N·r·p of scrypt must be at most %d", ErrMalformedHash, maxScryptWork)
	case len(salt) < minScryptSalt || len(salt) > maxScryptSaltSize || len(key) != size:
		return foreign{}, fmt.Errorf("%w: scrypt with a salt or a key of another length than it has", ErrMalformedHash)
	}
	return foreign{kib: scryptKiB(n, r, p), right: func(password []byte) bool {
		got, err := scrypt.Key(password, salt, n, r, p, len(key))
		return err == nil && subtle.ConstantTimeCompare(got, key) == 1
	}}, nil
}

// scryptKiB is what scrypt allocates: 128·N·r for its table, 128·r·p for its
// blocks and 256·r for its working space, in KiB, rounded up.
func scryptKiB(n, r, p int) int64 {
	return (int64(128)*int64(r)*int64(n+p+2) + 1023) / 1024
}

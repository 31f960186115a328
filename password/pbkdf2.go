package password

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"strconv"
)

// maxRounds keeps one PBKDF2 to about two seconds.
const maxRounds = 2_000_000

// Groups of each: digest, rounds, salt, key.
var (
	pbkdf2Passlib  = regexp.MustCompile(`^\$pbkdf2(|-sha256|-sha512)\$([1-9][0-9]*)\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]+)$`)
	pbkdf2Django   = regexp.MustCompile(`^pbkdf2_(sha1|sha256)\$([1-9][0-9]*)\$([!-#%-~]+)\$([+/A-Za-z0-9]+=*)$`)
	pbkdf2Werkzeug = regexp.MustCompile(`^pbkdf2:(sha1|sha256|sha512):([1-9][0-9]*)\$([!-#%-~]+)\$([0-9a-f]+)$`)
)

var (
	passlibBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding).Strict()
	stdBase64     = base64.StdEncoding.Strict()
)

func readPBKDF2Passlib(m []string) (foreign, error) {
	salt, errSalt := passlibBase64.DecodeString(m[3])
	key, errKey := passlibBase64.DecodeString(m[4])
	if errSalt != nil || errKey != nil {
		return foreign{}, fmt.Errorf("%w: PBKDF2 with a salt or a key that is not base64", ErrMalformedHash)
	}
	return pbkdf2Of(m[1], m[2], salt, key)
}

func readPBKDF2Django(m []string) (foreign, error) {
	key, err := stdBase64.DecodeString(m[4])
	if err != nil {
		return foreign{}, fmt.Errorf("%w: PBKDF2 with a key that is not base64", ErrMalformedHash)
	}
	return pbkdf2Of(m[1], m[2], []byte(m[3]), key)
}

func readPBKDF2Werkzeug(m []string) (foreign, error) {
	key, err := hex.DecodeString(m[4])
	if err != nil {
		return foreign{}, fmt.Errorf("%w: PBKDF2 with a key that is not hex", ErrMalformedHash)
	}
	return pbkdf2Of(m[1], m[2], []byte(m[3]), key)
}

// pbkdf2Of reads PBKDF2 (RFC 8018 §5.2) by HMAC with a digest, SHA-1 if "".
func pbkdf2Of(digest, rounds string, salt, key []byte) (foreign, error) {
	n, err := strconv.ParseUint(rounds, 10, 31)
	if err != nil || n < 1 || n > maxRounds {
		return foreign{}, fmt.Errorf("%w: the rounds of PBKDF2 must be within 1 to %d", ErrMalformedHash, maxRounds)
	}
	sum, size := sha1.New, sha1.Size
	switch digest {
	case "sha256", "-sha256":
		sum, size = sha256.New, sha256.Size
	case "sha512", "-sha512":
		sum, size = sha512.New, sha512.Size
	}
	if len(salt) == 0 || len(key) != size {
		return foreign{}, fmt.Errorf("%w: PBKDF2 without a salt, or with a key of another length than its digest's", ErrMalformedHash)
	}
	return pbkdf2Foreign(sum, int(n), salt, key), nil
}

func pbkdf2Foreign(sum func() hash.Hash, rounds int, salt, want []byte) foreign {
	return foreign{kib: 8, right: func(password []byte) bool {
		got, err := pbkdf2.Key(sum, string(password), salt, rounds, len(want))
		return err == nil && subtle.ConstantTimeCompare(got, want) == 1
	}}
}

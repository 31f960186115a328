package password

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Groups: what it costs, in hex; salt; key.
var scryptSpring = regexp.MustCompile(`^\$([1-9a-f][0-9a-f]{4,5})\$([+/A-Za-z0-9]+=*)\$([+/A-Za-z0-9]+=*)$`)

// readSpring reads what Spring Security's DelegatingPasswordEncoder stores: an
// id in braces that names an encoder, then that encoder's own text. PBKDF2 and
// scrypt are read as PasswordEncoderFactories sets them up, for the text does
// not tell: another secret, salt length or number of rounds verifies nothing.
func readSpring(id, s string) (foreign, error) {
	switch id {
	case "bcrypt":
		if m := bcryptForm.FindStringSubmatch(s); m != nil && strings.HasPrefix(s, "$") {
			return readBcrypt(m)
		}
	case "pbkdf2": // of 5.5: SHA-1, 185,000 rounds, a salt of 8 bytes
		return readPBKDF2Spring(s, 8, false)
	case "pbkdf2@SpringSecurity_v5_8": // SHA-256, 310,000 rounds, a salt of 16 bytes
		return readPBKDF2Spring(s, 16, true)
	case "scrypt", "scrypt@SpringSecurity_v5_8":
		if m := scryptSpring.FindStringSubmatch(s); m != nil {
			return readScryptSpring(m)
		}
	case "argon2", "argon2@SpringSecurity_v5_8":
		return readArgon2(s)
	case "noop":
		return foreign{}, fmt.Errorf("%w: a password in the clear; hash it", ErrMalformedHash)
	case "MD4", "MD5", "SHA-1", "SHA-256", "sha256", "ldap":
		return foreign{}, fmt.Errorf("%w: a fast digest; wrap it", ErrMalformedHash)
	}
	return foreign{}, errKind
}

// readPBKDF2Spring reads hex of the salt and, behind it, a key of 32 bytes.
func readPBKDF2Spring(s string, saltSize int, sha2 bool) (foreign, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != saltSize+32 || strings.ToLower(s) != s {
		return foreign{}, errKind
	}
	if sha2 {
		return pbkdf2Foreign(sha256.New, 310_000, b[:saltSize], b[saltSize:]), nil
	}
	return pbkdf2Foreign(sha1.New, 185_000, b[:saltSize], b[saltSize:]), nil
}

// readScryptSpring reads log2 of N, r in 8 bits and p in 8 bits.
func readScryptSpring(m []string) (foreign, error) {
	cost, err := strconv.ParseUint(m[1], 16, 24)
	salt, errSalt := stdBase64.DecodeString(m[2])
	key, errKey := stdBase64.DecodeString(m[3])
	if err != nil || errSalt != nil || errKey != nil {
		return foreign{}, errKind
	}
	return scryptOf(1<<min(cost>>16, 30), int(cost>>8&0xff), int(cost&0xff), salt, key, scryptKeyShort)
}

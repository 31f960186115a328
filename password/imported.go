package password

import (
	"context"
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
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Bounds of an imported hash: about two seconds of one processor at most.
const (
	maxBcryptCost = 14
	maxRounds     = 2_000_000
	maxImported   = 512 // bytes
)

// Importing is a [Hasher] that hashes by argon2id and also verifies what other
// systems stored: bcrypt ($2a$, $2b$, $2y$) and PBKDF2 in the spellings of
// Django (pbkdf2_sha256$, pbkdf2_sha1$), passlib ($pbkdf2-sha256$,
// $pbkdf2-sha512$, $pbkdf2$) and Werkzeug (pbkdf2:sha256:, sha1, sha512). Each
// is reported for upgrade, so it is replaced at its owner's next sign-in.
//
// bcrypt looks at the first 72 bytes only: of an imported hash, a password that
// agrees in these is right, as it was where the hash was made. A password with
// a NUL is always wrong for an imported hash: bcrypt's origins end there, and
// HMAC, below PBKDF2, cannot tell NULs at the end from none.
//
// Imported hashes take their turns from the same budget as all others. Their
// cost is another than that of argon2id: until the upgrade, the time of a
// sign-in can tell that an account exists and is an old one.
type Importing struct {
	*Argon2id
}

var _ Hasher = Importing{}

// imported is a foreign hash that is within its bounds.
type imported func(password []byte) bool

// Verify implements [Hasher]. Errors: as [Argon2id.Verify].
func (i Importing) Verify(ctx context.Context, hash, password string) (ok, upgrade bool, err error) {
	if strings.HasPrefix(hash, "$argon2id$") {
		return i.Argon2id.Verify(ctx, hash, password)
	}
	right, err := parseImported(hash)
	if err != nil {
		return false, false, err
	}
	if len(password) > MaxHashInput {
		return false, false, ErrTooLong
	}
	release, err := i.acquire(ctx, 8)
	if err != nil {
		return false, false, err
	}
	defer release()
	ok = right([]byte(password)) && !strings.Contains(password, "\x00")
	return ok, ok, nil
}

func parseImported(s string) (imported, error) {
	if len(s) <= maxImported {
		if bcryptForm.MatchString(s) {
			return parseBcrypt(s)
		}
		if m := pbkdf2Form.FindStringSubmatch(s); m != nil {
			return parsePBKDF2(m)
		}
	}
	return nil, fmt.Errorf("%w: of no kind that is imported", ErrMalformedHash)
}

var (
	bcryptForm = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)
	// Groups 1–4 are of passlib, 5–8 of Django, 9–12 of Werkzeug: digest,
	// rounds, salt, key.
	pbkdf2Form = regexp.MustCompile(`^(?:\$pbkdf2(|-sha256|-sha512)\$([1-9][0-9]*)\$([./A-Za-z0-9]+)\$([./A-Za-z0-9]+)` +
		`|pbkdf2_(sha1|sha256)\$([1-9][0-9]*)\$([!-#%-~]+)\$([+/A-Za-z0-9]+=*)` +
		`|pbkdf2:(sha1|sha256|sha512):([1-9][0-9]*)\$([!-#%-~]+)\$([0-9a-f]+))$`)
	passlibBase64 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)
)

func parseBcrypt(s string) (imported, error) {
	stored := []byte(s)
	if cost, err := bcrypt.Cost(stored); err != nil || cost > maxBcryptCost {
		return nil, fmt.Errorf("%w: the cost of bcrypt must be within 4 to %d", ErrMalformedHash, maxBcryptCost)
	}
	return func(password []byte) bool {
		return bcrypt.CompareHashAndPassword(stored, password[:min(len(password), 72)]) == nil
	}, nil
}

func parsePBKDF2(m []string) (imported, error) {
	var salt, key []byte
	var errSalt, errKey error
	switch {
	case m[2] != "":
		m = []string{strings.TrimPrefix(m[1], "-"), m[2], m[3], m[4]}
		salt, errSalt = passlibBase64.DecodeString(m[2])
		key, errKey = passlibBase64.DecodeString(m[3])
	case m[5] != "":
		m = m[5:9]
		salt = []byte(m[2])
		key, errKey = base64.StdEncoding.DecodeString(m[3])
	default:
		m = m[9:13]
		salt = []byte(m[2])
		key, errKey = hex.DecodeString(m[3])
	}
	digest, size := sha1.New, sha1.Size
	switch m[0] {
	case "sha256":
		digest, size = sha256.New, sha256.Size
	case "sha512":
		digest, size = sha512.New, sha512.Size
	}
	rounds, err := strconv.ParseUint(m[1], 10, 31)
	if err != nil || rounds > maxRounds || errSalt != nil || errKey != nil || len(salt) == 0 || len(key) != size {
		return nil, fmt.Errorf("%w: PBKDF2 with more than %d rounds, or with another salt or key than it has", ErrMalformedHash, maxRounds)
	}
	return func(password []byte) bool { return pbkdf2Right(digest, password, salt, int(rounds), key) }, nil
}

func pbkdf2Right(digest func() hash.Hash, password, salt []byte, rounds int, want []byte) bool {
	got, err := pbkdf2.Key(digest, string(password), salt, rounds, len(want))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1
}

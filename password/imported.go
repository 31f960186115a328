package password

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/crypto/argon2"
)

// maxImported bounds an imported hash, in bytes.
const maxImported = 512

// Importer is what a [Hasher] can do besides that reads the hashes of other
// systems, as [Importing] does.
type Importer interface {
	Hasher
	// CheckHash tells whether Verify could read the hash: nil or
	// [ErrMalformedHash]. It hashes nothing.
	CheckHash(hash string) error
	// VerifyTyped is Verify for a password whose form was changed before it
	// came here: a hash that another system made is compared with the password
	// as it was typed, too. Own hashes are not: they are of the one form.
	VerifyTyped(ctx context.Context, hash, password, typed string) (ok, upgrade bool, err error)
}

// ImportingConfig configures an [Importing].
type ImportingConfig struct {
	// Typical is a hash of the kind and cost that most imported accounts have,
	// of any password. If it is given, every verification computes one hash of
	// its kind and one argon2id hash, whatever the account's own is, so that
	// the time of a sign-in tells neither whether there is an account nor
	// whether it was imported. It doubles what a sign-in costs until it is
	// taken away, best when few imported hashes are left. Not needed where all
	// were wrapped. Defaults to none: imported hashes take their own time.
	Typical string
}

// Importing is a [Hasher] that hashes by argon2id and also verifies what other
// systems stored:
//
//   - bcrypt: $2a$, $2b$, $2y$, Django's bcrypt$ and bcrypt_sha256$, passlib's
//     $bcrypt-sha256$ (both versions); cost up to 14
//   - scrypt: passlib's $scrypt$, Django's scrypt$, Werkzeug's scrypt:; N up to
//     2^20, N·r·p up to 2^22, its memory within the budget
//   - PBKDF2: passlib's $pbkdf2-sha256$, $pbkdf2-sha512$ and $pbkdf2$, Django's
//     pbkdf2_sha256$ and pbkdf2_sha1$, Werkzeug's pbkdf2:sha256:, sha1, sha512;
//     up to 2,000,000 rounds
//   - argon2: $argon2i$ of version 19 and Django's argon2$, in the bounds of
//     [Argon2id]
//   - Spring Security's {bcrypt}, {pbkdf2}, {scrypt} and {argon2} and those
//     with @SpringSecurity_v5_8, as its PasswordEncoderFactories sets them up
//   - fast digests that were wrapped: see [Importing.Wrap]
//
// Each is reported for upgrade, so it is replaced at its owner's next sign-in.
// argon2d, fast digests by themselves and passwords in the clear ({noop}) are
// refused. Each hash has one spelling; [Importing.CheckHash] tells before the
// move which rows would not verify.
//
// Plain bcrypt looks at the first 72 bytes only: of such a hash, a password
// that agrees in these is right, as it was where the hash was made. A password
// with a NUL is always wrong for an imported hash: bcrypt's origins end there,
// and HMAC, below PBKDF2, cannot tell NULs at the end from none.
//
// Other systems hash what was typed; a [Manager] hashes its NFKC form. Where
// the two differ, an imported hash is compared with both, which costs two
// hashes; every other account is given the same work.
//
// All hashes take their turns and their memory from the one budget. Without
// [ImportingConfig].Typical, an imported hash takes its own time: until the
// upgrade, a sign-in can tell by its time that an account exists and is an old
// one. Safe for concurrent use. The zero value gives an error.
type Importing struct {
	own     *Argon2id
	typical foreign
}

var _ Importer = (*Importing)(nil)

// NewImporting makes own read imported hashes too.
func NewImporting(own *Argon2id, cfg ImportingConfig) (*Importing, error) {
	i := &Importing{own: own}
	if err := own.affords(0); err != nil {
		return nil, err
	}
	if cfg.Typical == "" {
		return i, nil
	}
	var err error
	if i.typical, err = readForeign(cfg.Typical); err == nil {
		err = own.affords(i.typical.kib)
	}
	if err != nil {
		return nil, fmt.Errorf("password: ImportingConfig.Typical: %w", err)
	}
	return i, nil
}

// Hash implements [Hasher] by argon2id. Errors: as [Argon2id.Hash].
func (i *Importing) Hash(ctx context.Context, password string) (string, error) {
	return i.argon2id().Hash(ctx, password)
}

// Verify implements [Hasher]. Errors: as [Argon2id.Verify].
func (i *Importing) Verify(ctx context.Context, hash, password string) (ok, upgrade bool, err error) {
	return i.VerifyTyped(ctx, hash, password, password)
}

// VerifyTyped implements [Importer]. Errors: as [Argon2id.Verify].
func (i *Importing) VerifyTyped(ctx context.Context, hash, password, typed string) (ok, upgrade bool, err error) {
	if len(password) > MaxHashInput {
		return false, false, ErrTooLong
	}
	s, err := i.read(hash)
	if err != nil {
		return false, false, err
	}
	ok, err = i.try(ctx, s, password, true)
	if err == nil && !ok && typed != password && len(typed) <= MaxHashInput {
		ok, err = i.try(ctx, s, typed, false)
	}
	return ok, ok && (s.key == nil || s.digest != nil || s.params != i.own.params), err
}

// CheckHash implements [Importer].
func (i *Importing) CheckHash(hash string) error {
	_, err := i.read(hash)
	return err
}

func (i *Importing) argon2id() *Argon2id {
	if i == nil {
		return nil
	}
	return i.own
}

// stored is a stored hash that was read: argon2id of the password or, if there
// is a digest, of what that makes of it; or, without a key, a foreign one.
type stored struct {
	params    params
	salt, key []byte
	digest    func(password string) string
	foreign   foreign
}

// foreign is another system's hash, read and within its bounds. The zero value
// is none.
type foreign struct {
	kib   int64 // the memory that it takes
	right func(password []byte) bool
}

// errKind is what is said of a hash that nothing here reads.
var errKind = fmt.Errorf("%w: of no kind that is imported", ErrMalformedHash)

func (i *Importing) read(hash string) (s stored, err error) {
	switch {
	case i.argon2id() == nil:
		return stored{}, i.argon2id().affords(0)
	case strings.HasPrefix(hash, "$"+variantID+"$"):
		s.params, s.salt, s.key, err = parsePHC(variantID, hash)
	case strings.HasPrefix(hash, wrapPrefix):
		s, err = parseWrapped(hash)
	default:
		if s.foreign, err = readForeign(hash); err == nil {
			err = i.own.affords(s.foreign.kib)
		}
		return s, err
	}
	if err == nil {
		err = i.own.affords(int64(s.params.memory))
	}
	return s, err
}

// try compares one text with a stored hash. If there is a typical foreign hash,
// it computes one of each kind in any case. An own hash is never right for what
// was merely typed; the work is done all the same.
func (i *Importing) try(ctx context.Context, s stored, password string, clean bool) (bool, error) {
	if s.key == nil {
		if i.typical.right != nil {
			if _, err := i.own.compute(ctx, password, make([]byte, saltLength), i.own.params); err != nil {
				return false, err
			}
		}
		return i.own.matches(ctx, s.foreign, password)
	}
	if i.typical.right != nil {
		if _, err := i.own.matches(ctx, i.typical, password); err != nil {
			return false, err
		}
	}
	if s.digest != nil {
		clean, password = true, s.digest(password)
	}
	got, err := i.own.compute(ctx, password, s.salt, s.params)
	return err == nil && clean && subtle.ConstantTimeCompare(got, s.key) == 1, err
}

// matches waits for its turn and its memory, then compares.
func (a *Argon2id) matches(ctx context.Context, f foreign, password string) (bool, error) {
	release, err := a.acquire(ctx, f.kib)
	if err != nil {
		return false, err
	}
	defer release()
	return f.right([]byte(password)) && !strings.Contains(password, "\x00"), nil
}

// readForeign reads a hash of any kind that is imported.
func readForeign(s string) (foreign, error) {
	if len(s) > maxImported {
		return foreign{}, errKind
	}
	if id, rest, ok := strings.Cut(strings.TrimPrefix(s, "{"), "}"); ok && s[0] == '{' {
		return readSpring(id, rest)
	}
	if rest, ok := strings.CutPrefix(s, "argon2$"); ok { // Django's
		return readArgon2("$" + rest)
	}
	if strings.HasPrefix(s, "$argon2") {
		return readArgon2(s)
	}
	for _, kind := range []struct {
		form *regexp.Regexp
		read func(groups []string) (foreign, error)
	}{
		{bcryptForm, readBcrypt}, {bcryptDjango, readBcryptDjango}, {bcryptPasslib, readBcryptPasslib},
		{scryptPasslib, readScryptPasslib}, {scryptDjango, readScryptDjango}, {scryptWerkzeug, readScryptWerkzeug},
		{pbkdf2Passlib, readPBKDF2Passlib}, {pbkdf2Django, readPBKDF2Django}, {pbkdf2Werkzeug, readPBKDF2Werkzeug},
	} {
		if m := kind.form.FindStringSubmatch(s); m != nil {
			return kind.read(m)
		}
	}
	return foreign{}, errKind
}

// readArgon2 reads argon2id and argon2i as foreign hashes.
func readArgon2(s string) (foreign, error) {
	variant, derive := variantID, argon2.IDKey
	switch {
	case strings.HasPrefix(s, "$"+variantI+"$"):
		variant, derive = variantI, argon2.Key
	case strings.HasPrefix(s, "$argon2d$"):
		return foreign{}, fmt.Errorf("%w: argon2d is not supported", ErrMalformedHash)
	}
	p, salt, key, err := parsePHC(variant, s)
	if err != nil {
		return foreign{}, err
	}
	return foreign{kib: int64(p.memory), right: func(password []byte) bool {
		return subtle.ConstantTimeCompare(derive(password, salt, p.time, p.memory, p.threads, uint32(p.key)), key) == 1
	}}, nil
}

var errNoImporter = errors.New("password: the Hasher imports nothing; see NewImporting")

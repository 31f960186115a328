package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

// Hasher turns passwords into what is stored, and compares. Implementations
// must be safe for concurrent use, bound what they spend on a stored hash from
// outside, and return [ErrBusy] rather than exhaust the machine. Neither the
// password nor the hash may be in an error.
type Hasher interface {
	// Hash hashes with a fresh salt.
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether the password belongs to the hash, and whether the
	// hash should be replaced by one of today's parameters.
	// [ErrMalformedHash] if it is not a hash of this kind.
	Verify(ctx context.Context, hash, password string) (ok, upgrade bool, err error)
}

const (
	// MaxHashInput bounds a text to hash, in bytes; four times
	// [MaxLengthLimit], so that every accepted password fits.
	MaxHashInput = 4 * MaxLengthLimit

	saltLength = 16
	keyLength  = 32
)

// Argon2idConfig are the costs of hashing.
type Argon2idConfig struct {
	// MemoryKiB is the memory of one hash in KiB, at least 8·Threads and at
	// most 1 GiB. Defaults to 19456 (19 MiB), OWASP's first choice.
	MemoryKiB uint32
	// Time is the number of passes over the memory, 1 to 64. Defaults to 2.
	Time uint32
	// Threads is the degree of parallelism, 1 to 16. Defaults to 1.
	Threads uint8
	// BudgetKiB bounds the memory of all hashes that are computed at once, in
	// KiB. It also bounds what a stored hash may ask for. Defaults to 262144
	// (256 MiB), or to MemoryKiB if that is more.
	BudgetKiB uint32
	// MaxParallel bounds the hashes computed at once. More than there are
	// processors only makes each of them slower. Defaults to
	// runtime.GOMAXPROCS(0).
	MaxParallel int
	// MaxWait is how long a hash waits for its turn before [ErrBusy]; a context
	// that ends earlier ends the wait. Defaults to 5 s.
	MaxWait time.Duration
}

// Argon2id is the recommended [Hasher]: argon2id version 1.3 (RFC 9106) with a
// 16-byte salt and a 32-byte key, stored as a PHC string:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// Any canonical string of this kind within the bounds is verified, whatever
// its parameters; one that differs from the configured ones is reported for
// upgrade. Safe for concurrent use. A hash that has begun is not cut short by
// its context.
//
// golang.org/x/crypto/argon2 takes each hash's memory from the heap and leaves
// it to the garbage collector; there is no way to hand it in and use it again.
// What waits to be collected comes on top of what is in use: with GOGC=100 the
// process peaks at up to three times the memory of the hashes that run at once
// (measured: 96 to 114 MB for 100 sign-ins on two processors; see
// BenchmarkSignIns). With the other defaults the budget of 256 MiB covers that
// peak on up to 4 processors; on more, count it in, or set MaxParallel or
// GOMEMLIMIT.
type Argon2id struct {
	params  params
	budget  int64
	maxWait time.Duration
	memory  *semaphore.Weighted // in KiB
	turns   *semaphore.Weighted
	onTurn  func(kib int64) // tests watch what is computed
}

var _ Hasher = (*Argon2id)(nil)

// NewArgon2id checks the costs.
func NewArgon2id(cfg Argon2idConfig) (*Argon2id, error) {
	p := params{memory: or(cfg.MemoryKiB, 19456), time: or(cfg.Time, 2), threads: or(cfg.Threads, 1), salt: saltLength, key: keyLength}
	if err := p.check(maxMemoryKiB); err != nil {
		return nil, fmt.Errorf("password: argon2id: %w", err)
	}
	budget := or(cfg.BudgetKiB, max(256*1024, p.memory))
	switch {
	case budget < p.memory:
		return nil, fmt.Errorf("password: argon2id: a budget of %d KiB does not hold one hash of %d KiB", budget, p.memory)
	case cfg.MaxParallel < 0:
		return nil, errors.New("password: argon2id: MaxParallel is negative")
	case cfg.MaxWait < 0:
		return nil, errors.New("password: argon2id: MaxWait is negative")
	}
	turns := int64(or(cfg.MaxParallel, runtime.GOMAXPROCS(0)))
	return &Argon2id{
		params: p, budget: int64(budget), maxWait: or(cfg.MaxWait, 5*time.Second),
		memory: semaphore.NewWeighted(int64(budget)), turns: semaphore.NewWeighted(turns),
	}, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Hash implements [Hasher]. Errors: [ErrTooLong], [ErrBusy], the context's.
func (a *Argon2id) Hash(ctx context.Context, password string) (string, error) {
	if err := a.affords(0); err != nil {
		return "", err
	}
	salt := make([]byte, saltLength)
	rand.Read(salt) //nolint:errcheck // never fails
	key, err := a.compute(ctx, password, salt, a.params)
	if err != nil {
		return "", err
	}
	return encodePHC(variantID, a.params, salt, key), nil
}

// Verify implements [Hasher]. Errors: [ErrMalformedHash], [ErrTooLong],
// [ErrBusy], the context's.
func (a *Argon2id) Verify(ctx context.Context, hash, password string) (ok, upgrade bool, err error) {
	p, salt, want, err := parsePHC(variantID, hash)
	if err != nil {
		return false, false, err
	}
	got, err := a.compute(ctx, password, salt, p)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1
	return ok, ok && p != a.params, nil
}

// affords refuses a hash that would never get its memory, and a hasher that
// was not made by its constructor.
func (a *Argon2id) affords(kib int64) error {
	if a == nil || a.turns == nil {
		return errors.New("password: a Hasher that its constructor did not make")
	}
	if kib > a.budget {
		return fmt.Errorf("%w: it needs %d KiB, the budget is %d", ErrMalformedHash, kib, a.budget)
	}
	return nil
}

// compute waits for its turn and its memory, then hashes.
func (a *Argon2id) compute(ctx context.Context, password string, salt []byte, p params) ([]byte, error) {
	if err := a.affords(int64(p.memory)); err != nil {
		return nil, err
	}
	if len(password) > MaxHashInput {
		return nil, ErrTooLong
	}
	release, err := a.acquire(ctx, int64(p.memory))
	if err != nil {
		return nil, err
	}
	defer release()
	return argon2.IDKey([]byte(password), salt, p.time, p.memory, p.threads, uint32(p.key)), nil
}

func (a *Argon2id) acquire(ctx context.Context, kib int64) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, a.maxWait)
	defer cancel()
	if err := a.turns.Acquire(wait, 1); err != nil {
		return nil, busy(ctx, err)
	}
	if err := a.memory.Acquire(wait, kib); err != nil {
		a.turns.Release(1)
		return nil, busy(ctx, err)
	}
	if a.onTurn != nil {
		a.onTurn(kib)
	}
	return func() {
		a.memory.Release(kib)
		a.turns.Release(1)
	}, nil
}

// busy tells a caller who left from a budget that stayed exhausted.
func busy(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrBusy, err)
}

package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Bounds of a stored hash. They keep a row that somebody tampered with, or
// imported from elsewhere, from panicking, exhausting memory or running for
// minutes.
const (
	maxPHC       = 256     // bytes
	maxMemoryKiB = 1 << 20 // 1 GiB
	maxTime      = 64
	maxThreads   = 16
	maxWork      = 4 << 20 // KiB times passes: 4 GiB of memory traffic

	minSalt, maxSalt = 8, 64
	minKey, maxKey   = 16, 64
)

// params are what a hash costs, and the lengths of its parts in bytes.
type params struct {
	memory, time uint32
	threads      uint8
	salt, key    int
}

// check reports parameters that argon2 does not take (RFC 9106 §3.1) or that
// cost more than the bounds. limitKiB bounds the memory.
func (p params) check(limitKiB uint32) error {
	switch {
	case p.threads < 1 || p.threads > maxThreads:
		return fmt.Errorf("threads (p) must be within 1 to %d", maxThreads)
	case p.memory < 8*uint32(p.threads) || p.memory > limitKiB:
		return fmt.Errorf("memory (m) must be within 8 KiB a thread to %d KiB", limitKiB)
	case p.time < 1 || p.time > maxTime:
		return fmt.Errorf("passes (t) must be within 1 to %d", maxTime)
	case uint64(p.time)*uint64(p.memory) > maxWork:
		return fmt.Errorf("memory times passes must be at most %d KiB", maxWork)
	case p.salt < minSalt || p.salt > maxSalt:
		return fmt.Errorf("the salt must be of %d to %d bytes", minSalt, maxSalt)
	case p.key < minKey || p.key > maxKey:
		return fmt.Errorf("the key must be of %d to %d bytes", minKey, maxKey)
	}
	return nil
}

var phcBase64 = base64.RawStdEncoding.Strict()

// The variants of argon2 that are read. argon2d is not: what it computes
// depends on the password in a way that its memory accesses show.
const variantID, variantI = "argon2id", "argon2i"

func encodePHC(variant string, p params, salt, key []byte) string {
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", variant, argon2.Version,
		p.memory, p.time, p.threads, phcBase64.EncodeToString(salt), phcBase64.EncodeToString(key))
}

// parsePHC reads a PHC string of a variant of argon2. Each hash has one
// spelling: whatever does not come out the same when written again is refused.
func parsePHC(variant, s string) (p params, salt, key []byte, err error) {
	fail := func(why string) (params, []byte, []byte, error) {
		return params{}, nil, nil, fmt.Errorf("%w: %s", ErrMalformedHash, why)
	}
	if len(s) > maxPHC {
		return fail("too long")
	}
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" {
		return fail("not a PHC string")
	}
	if parts[1] != variant {
		return fail("not " + variant)
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return fail("not version 19")
	}
	cost := strings.Split(parts[3], ",")
	if len(cost) != 3 {
		return fail("not three parameters")
	}
	var n [3]uint64
	for i, bits := range []int{32, 32, 8} {
		name, value, _ := strings.Cut(cost[i], "=")
		if name != "mtp"[i:i+1] {
			return fail("not the parameters m, t and p")
		}
		if n[i], err = strconv.ParseUint(value, 10, bits); err != nil {
			return fail("a parameter is not a number in range")
		}
	}
	if salt, err = phcBase64.DecodeString(parts[4]); err != nil {
		return fail("the salt is not base64")
	}
	if key, err = phcBase64.DecodeString(parts[5]); err != nil {
		return fail("the key is not base64")
	}
	p = params{memory: uint32(n[0]), time: uint32(n[1]), threads: uint8(n[2]), salt: len(salt), key: len(key)}
	if err := p.check(maxMemoryKiB); err != nil {
		return fail(err.Error())
	}
	if encodePHC(variant, p, salt, key) != s {
		return fail("not in canonical form")
	}
	return p, salt, key, nil
}

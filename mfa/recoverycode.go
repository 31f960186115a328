package mfa

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/secret"
)

// RecoveryCode stands for a recovery code where a factor's id or a method's
// name is expected.
const RecoveryCode = "recovery"

const (
	// RecoveryCodes is how many codes are made at once.
	RecoveryCodes = 10
	// FewRecoveryCodes is when to tell the customer to make new ones.
	FewRecoveryCodes = 3
)

// codeAlphabet is Douglas Crockford's base 32: no I, L, O and U, so that what
// is read off paper cannot be mistaken.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const codeLen = 16 // symbols of 5 bits: 80 bits

// newCode makes a code of 80 random bits, grouped XXXX-XXXX-XXXX-XXXX.
func newCode() string {
	var raw [codeLen]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails since Go 1.24
	var b strings.Builder
	for i, v := range raw {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeAlphabet[v%32]) // 256 is a multiple of 32: unbiased
	}
	return b.String()
}

// canonicalCode is the one form of a code: 16 symbols of the alphabet. Letter
// case, spaces and dashes (ASCII only) do not matter, O is 0, I and L are 1.
// "" if it cannot be a code. Its cost is bounded on any input.
func canonicalCode(s string) string {
	const maxTyped = 64
	if len(s) > maxTyped {
		return ""
	}
	out := make([]byte, 0, codeLen)
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch c {
		case ' ', '-':
			continue
		case 'O':
			c = '0'
		case 'I', 'L':
			c = '1'
		}
		if strings.IndexByte(codeAlphabet, c) < 0 || len(out) == codeLen {
			return ""
		}
		out = append(out, c)
	}
	if len(out) != codeLen {
		return ""
	}
	return string(out)
}

// hashCode is what is stored of a code: SHA-256 over account and code. With 80
// random bits neither salt nor stretching is needed; the account keeps a row
// from working elsewhere. "" if it cannot be a code.
func hashCode(account, typed string) string {
	code := canonicalCode(typed)
	if code == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret.At("mfa.recovery", account, code)))
	return hex.EncodeToString(sum[:])
}

// NewRecoveryCodes makes ten new codes for the proof's account; all older ones
// are void. Show them now; nothing can show them again. Errors:
// [ErrProofNeeded], [ErrNoFactor] if the account has no factor that they could
// stand in for.
func (m *Manager) NewRecoveryCodes(ctx context.Context, proof Proof, c activity.Client) ([]string, error) {
	if !proof.allows(proof.account, m.cfg.Now()) {
		return nil, ErrProofNeeded
	}
	enabled, err := m.Enabled(ctx, proof.account)
	if err == nil && !enabled {
		err = ErrNoFactor
	}
	if err != nil {
		return nil, err
	}
	var codes []string
	err = m.store.InTx(ctx, func(ctx context.Context) error {
		codes, err = m.makeCodes(ctx, proof.account, "", c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RecoveryCodesLeft counts the account's unused recovery codes.
func (m *Manager) RecoveryCodesLeft(ctx context.Context, account string) (int, error) {
	if err := checkAccount(account); err != nil {
		return 0, err
	}
	return m.store.RecoveryCodesLeft(ctx, account)
}

// makeCodes runs inside a transaction. with is the method of the first factor
// that they come with, "" for codes that the customer asked for.
func (m *Manager) makeCodes(ctx context.Context, account, with string, c activity.Client) ([]string, error) {
	codes, hashes := make([]string, RecoveryCodes), make([]string, RecoveryCodes)
	for i := range codes {
		codes[i] = newCode()
		hashes[i] = hashCode(account, codes[i])
	}
	if err := m.store.ReplaceRecoveryCodes(ctx, account, hashes, m.cfg.Now()); err != nil {
		return nil, err
	}
	detail := map[string]string{"codes": itoa(len(codes))}
	if with != "" {
		detail["method"] = with
	}
	if err := m.record(ctx, account, activity.RecoveryCodesMade, activity.OutcomeSuccess, c, detail); err != nil {
		return nil, err
	}
	return codes, nil
}

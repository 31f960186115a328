package password_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/secret/secrettest"
	"example.com/accountsec/password"
)

func bcryptOf(t *testing.T, pw string) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(pw), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(h)
}

func importing(cfg *password.Config, h password.Hasher) { cfg.Hasher = h }

// A shop moves: imported and wrapped hashes let their owners in, once, and are
// argon2id from then on; with a pepper they are sealed from the start.
func TestImport(t *testing.T) {
	for name, pepper := range map[string]password.AEAD{"plain": nil, "peppered": secrettest.AEAD()} {
		t.Run(name, func(t *testing.T) {
			h := newImporting(t, password.ImportingConfig{})
			w := newWorld(t, func(cfg *password.Config) { importing(cfg, h); cfg.Pepper = pepper })
			ctx := t.Context()
			sum := sha1.Sum([]byte("salt" + good))
			wrapped, err := h.Wrap(ctx, password.Legacy{Digest: password.SHA1, Hex: hex.EncodeToString(sum[:]), Salt: []byte("salt")})
			w.ok(err)
			past := t0.AddDate(-3, 0, 0)
			for account, hash := range map[string]string{"kim": bcryptOf(t, good), "lee": wrapped} {
				w.ok(w.Import(ctx, account, hash, past))
				if sealed := strings.HasPrefix(w.stored(account), "$sealed$1$"); sealed != (pepper != nil) {
					t.Error(w.stored(account))
				}
				w.want(w.Import(ctx, account, hash, past), password.ErrChanged)
				_, err := w.Verify(ctx, account, other, home, false)
				w.want(err, password.ErrMismatch)
				for _, upgraded := range []bool{true, false} {
					v, err := w.Verify(ctx, account, good, home, false)
					w.ok(err)
					if v.UpgradedHash != upgraded || v.Version != 1 || !v.SetAt.Equal(past) {
						t.Errorf("%s: %+v", account, v)
					}
				}
				if pepper == nil && !strings.HasPrefix(w.stored(account), "$argon2id$") {
					t.Error(w.stored(account))
				}
			}
			if len(w.events) != 0 {
				t.Errorf("events %v", w.types())
			}
			w.want(w.Import(ctx, "new", "{noop}"+good, past), password.ErrMalformedHash)
			w.want(w.Import(ctx, "new", hex.EncodeToString(sum[:]), past), password.ErrMalformedHash)
			w.want(w.Import(ctx, "", wrapped, past), canon.ErrBadID)
			if v, err := w.Version(ctx, "new"); v != 0 || err != nil {
				t.Error(v, err)
			}
		})
	}
	if err := newWorld(t, nil).Import(t.Context(), "kim", bcryptOf(t, good), time.Time{}); err == nil {
		t.Error("a hasher that imports nothing imports")
	}
}

// Another system hashed what was typed. Where NFKC changes that, it still
// verifies; an own hash never does for anything but the normal form.
func TestImportedAsTyped(t *testing.T) {
	const typed, normal = "ｖｉｏｌｅｔ otter ①", "violet otter 1"
	h := newImporting(t, password.ImportingConfig{})
	w := newWorld(t, func(cfg *password.Config) { importing(cfg, h) })
	ctx := t.Context()
	w.ok(w.Import(ctx, "raw", bcryptOf(t, typed), t0))
	w.ok(w.Import(ctx, "normal", bcryptOf(t, normal), t0))
	w.ok(w.Import(ctx, "decomposed", bcryptOf(t, norm.NFD.String("비밀번호 하나")), t0)) // NFD, as some phones send it
	for account, texts := range map[string][]string{"raw": {typed}, "normal": {normal, typed}, "decomposed": {norm.NFD.String("비밀번호 하나"), "비밀번호 하나"}} {
		for i, text := range texts {
			v, err := w.Verify(ctx, account, text, home, false)
			if err != nil || v.UpgradedHash != (i == 0) {
				t.Errorf("%s: %q: %+v, %v", account, text, v, err)
			}
		}
	}
	// From the upgrade on it is the normal form that counts.
	for _, text := range []string{typed, normal} {
		_, err := w.Verify(ctx, "raw", text, home, false)
		w.ok(err)
	}
	raw, err := h.Hash(ctx, typed)
	w.ok(err)
	w.ok(w.Import(ctx, "own", raw, t0))
	_, err = w.Verify(ctx, "own", typed, home, false)
	w.want(err, password.ErrMismatch)
	// It may not be set again as a new password either.
	w.ok(w.Import(ctx, "again", bcryptOf(t, "ｖｉｏｌｅｔ otter mends ①"), t0))
	var policy *password.PolicyError
	if err := w.Set(ctx, "again", "ｖｉｏｌｅｔ otter mends ①", password.Person{}, home); !errors.As(err, &policy) {
		t.Error(err)
	}
}

// Pitfall 2: a text that is tried in two forms is one attempt.
func TestPitfall02TypedFormIsNoSecondGuess(t *testing.T) {
	w := newWorld(t, func(cfg *password.Config) { importing(cfg, newImporting(t, password.ImportingConfig{})) })
	w.ok(w.Import(t.Context(), "kim", bcryptOf(t, good), t0))
	judged := 0
	for i := range 40 {
		if _, err := w.Verify(t.Context(), "kim", fmt.Sprint("ｇｕｅｓｓ ", i), host(i), false); errors.Is(err, password.ErrMismatch) {
			judged++
		}
	}
	if judged != 10 {
		t.Errorf("%d guesses were judged, want 10", judged)
	}
}

// Pitfall 9: what is computed is the same for unknown, own, wrapped and, with
// a typical hash, imported accounts, for any text, and within two of each.
func TestPitfall09ImportedAccountsCostTheSame(t *testing.T) {
	for name, typical := range map[string]string{"none": "", "typical": bcryptOf(t, "x")} {
		t.Run(name, func(t *testing.T) {
			own := newHasher(t, cheapConfig)
			h, err := password.NewImporting(own, password.ImportingConfig{Typical: typical})
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(cfg *password.Config) { importing(cfg, h) })
			ctx := t.Context()
			w.set("own", good)
			sum := sha1.Sum([]byte(good))
			wrapped, err := h.Wrap(ctx, password.Legacy{Digest: password.SHA1, Hex: hex.EncodeToString(sum[:])})
			w.ok(err)
			w.ok(w.Import(ctx, "wrapped", wrapped, t0))
			accounts := []string{"nobody", "own", "wrapped"}
			if typical != "" {
				w.ok(w.Import(ctx, "imported", bcryptOf(t, good), t0))
				accounts = append(accounts, "imported")
			}
			var argon, turns atomic.Int64
			own.OnTurn(func(kib int64) {
				turns.Add(1)
				if kib == int64(cheapConfig.MemoryKiB) {
					argon.Add(1)
				}
			})
			for i, text := range []string{"a guess", "", "\xff", "ａ ｇｕｅｓｓ", strings.Repeat("x", 1<<20)} {
				var work []string
				for _, account := range accounts {
					argon.Store(0)
					turns.Store(0)
					_, err := w.Verify(ctx, account, text, host(i), false)
					w.want(err, password.ErrMismatch)
					work = append(work, fmt.Sprint(argon.Load(), " argon2id of ", turns.Load()))
				}
				want := map[string]string{"none": "1 argon2id of 1", "typical": "1 argon2id of 2"}[name]
				if strings.HasPrefix(text, "ａ") {
					want = map[string]string{"none": "2 argon2id of 2", "typical": "2 argon2id of 4"}[name]
				}
				if slices.ContainsFunc(work, func(s string) bool { return s != want }) {
					t.Errorf("%.10q: %v: %q, want %q", text, accounts, work, want)
				}
			}
		})
	}
}

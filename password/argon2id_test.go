package password_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password"
)

// cheapConfig hashes in microseconds.
var cheapConfig = password.Argon2idConfig{MemoryKiB: 64, Time: 1, Threads: 1}

func newHasher(t testing.TB, cfg password.Argon2idConfig) *password.Argon2id {
	t.Helper()
	h, err := password.NewArgon2id(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestArgon2id(t *testing.T) {
	ctx := t.Context()
	h := newHasher(t, cheapConfig)
	for _, pw := range []string{good, "", "한글😀", strings.Repeat("x", password.MaxHashInput)} {
		a, err := h.Hash(ctx, pw)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := h.Hash(ctx, pw)
		if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("%s, %s", a, b)
		}
		if ok, upgrade, err := h.Verify(ctx, a, pw); !ok || upgrade || err != nil {
			t.Errorf("%v %v %v", ok, upgrade, err)
		}
		if ok, upgrade, err := h.Verify(ctx, a, pw+"x"); ok || upgrade || err != nil && !errors.Is(err, password.ErrTooLong) {
			t.Errorf("%v %v %v", ok, upgrade, err)
		}
	}
	if _, err := h.Hash(ctx, strings.Repeat("x", 1<<20)); !errors.Is(err, password.ErrTooLong) {
		t.Error(err)
	}
	if def, err := newHasher(t, password.Argon2idConfig{}).Hash(ctx, good); err != nil || !strings.HasPrefix(def, "$argon2id$v=19$m=19456,t=2,p=1$") || len(def) != 97 {
		t.Error(def, err)
	}
}

func TestUpgradeIsAskedFor(t *testing.T) {
	old, err := newHasher(t, cheapConfig).Hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []password.Argon2idConfig{{MemoryKiB: 128, Time: 1}, {MemoryKiB: 64, Time: 2}, {MemoryKiB: 64, Time: 1, Threads: 2}} {
		h := newHasher(t, cfg)
		if ok, upgrade, err := h.Verify(t.Context(), old, good); !ok || !upgrade || err != nil {
			t.Errorf("%+v: %v %v %v", cfg, ok, upgrade, err)
		}
		if _, upgrade, _ := h.Verify(t.Context(), old, other); upgrade {
			t.Error("an upgrade is asked for after a wrong password")
		}
	}
}

// Vectors of version 1.3 from the reference implementation's own tests.
func TestReferenceVectors(t *testing.T) {
	h := newHasher(t, password.Argon2idConfig{MemoryKiB: 64 * 1024})
	for _, hash := range []string{
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
		"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
	} {
		if ok, _, err := h.Verify(t.Context(), hash, "password"); !ok || err != nil {
			t.Errorf("%s: %v, %v", hash, ok, err)
		}
	}
}

// What Debian's argon2 makes, we verify, and the other way round.
func TestInteropWithArgon2Tool(t *testing.T) {
	tool, err := exec.LookPath("argon2")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the argon2 command is missing (Debian: apt install argon2)")
		}
		t.Skip("NOT TESTED: the argon2 command is missing (Debian: apt install argon2)")
	}
	h := newHasher(t, password.Argon2idConfig{})
	for _, pw := range []string{"password", "비밀번호 하나", "x"} {
		for _, costs := range [][]string{{"-t", "2", "-k", "19456", "-p", "1", "-l", "32"}, {"-t", "3", "-k", "512", "-p", "4", "-l", "64"}, {"-t", "1", "-k", "64", "-p", "2", "-l", "16"}} {
			cmd := exec.Command(tool, append([]string{"sixteen-byte-slt", "-id", "-e"}, costs...)...)
			cmd.Stdin = strings.NewReader(pw)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			hash := string(bytes.TrimSpace(out))
			if ok, _, err := h.Verify(t.Context(), hash, pw); !ok || err != nil {
				t.Errorf("%s: %v, %v", hash, ok, err)
			}
			if ok, _, _ := h.Verify(t.Context(), hash, pw+"."); ok {
				t.Error("another password verifies")
			}
		}
	}
	// The other way round: it has no verify mode, so it computes ours again
	// from our salt. It takes the salt as an argument, where no NUL can be.
	for _, cfg := range []password.Argon2idConfig{{}, {MemoryKiB: 512, Time: 3, Threads: 4}, {MemoryKiB: 64, Time: 1}} {
		h := newHasher(t, cfg)
		for _, pw := range []string{"password", "비밀번호 하나", strings.Repeat("x", 100)} { // the tool reads at most 127 bytes
			hash, salt := "", "\x00"
			for strings.ContainsRune(salt, 0) {
				var err error
				if hash, err = h.Hash(t.Context(), pw); err != nil {
					t.Fatal(err)
				}
				raw, err := base64.RawStdEncoding.DecodeString(strings.Split(hash, "$")[4])
				if err != nil {
					t.Fatal(err)
				}
				salt = string(raw)
			}
			var version, memory, passes, threads int
			if _, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$", &version, &memory, &passes, &threads); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(tool, salt, "-id", "-e", "-v", fmt.Sprintf("%x", version), "-k", fmt.Sprint(memory), "-t", fmt.Sprint(passes), "-p", fmt.Sprint(threads), "-l", "32")
			cmd.Stdin = strings.NewReader(pw)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := string(bytes.TrimSpace(out)); got != hash {
				t.Errorf("the tool makes %s of our %s", got, hash)
			}
		}
	}
}

func TestMalformedHashes(t *testing.T) {
	h := newHasher(t, cheapConfig)
	const salt, key = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	phc := func(cost string) string { return "$argon2id$v=19$" + cost + "$" + salt + "$" + key }
	bad := []string{"", "$", "$$$$$", "password", "$2a$10$abcdefghijklmnopqrstuu", "\x00", "\xff", strings.Repeat("$", 1<<20),
		phc("m=256,t=0,p=1"), phc("m=256,t=2,p=0"), phc("m=0,t=2,p=1"), phc("m=7,t=2,p=1"), phc("m=8,t=2,p=2"), phc("m=4000000000,t=1,p=1"),
		phc("m=4294967296,t=1,p=1"), phc("m=1048577,t=1,p=1"), phc("m=1048576,t=64,p=1"), phc("m=64,t=65,p=1"), phc("m=256,t=2,p=17"), phc("m=4096,t=2,p=256"),
		phc("m=0256,t=2,p=1"), phc("m=+256,t=2,p=1"), phc("m=-1,t=2,p=1"), phc("m=2_5,t=2,p=1"), phc("t=2,m=256,p=1"), phc("m=256,t=2"), phc("m=256,t=2,p=1,x=1"), phc("m=256;t=2;p=1"), phc(""),
		"argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + key, "x$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + key,
		"$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + key, "$argon2id$v=16$m=256,t=2,p=1$" + salt + "$" + key, "$argon2id$m=256,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=256,t=2,p=1$$" + key, "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$YWJj",
		"$argon2id$v=19$m=256,t=2,p=1$" + salt + "=$" + key, "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHR$" + key, // padded; stray bits
		"$argon2id$v=19$m=256,t=2,p=1$c29t\nZXNhbHQ$" + key, "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ\n$" + key, phc("m=256,t=2,p=1") + "\n", phc("m=256,t=2,p=1") + "$x",
		"$argon2id$v=19$m=256,t=2,p=1$" + strings.Repeat("YWJj", 22) + "$" + key, "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + strings.Repeat("YWJj", 22),
	}
	for _, hash := range bad {
		ok, upgrade, err := h.Verify(t.Context(), hash, good)
		if ok || upgrade || !errors.Is(err, password.ErrMalformedHash) {
			t.Errorf("%.80q: %v %v %v", hash, ok, upgrade, err)
		}
		if err != nil && len(hash) > 12 && strings.Contains(err.Error(), key[:12]) {
			t.Errorf("the hash is in the error: %v", err)
		}
	}
	// A hash may not ask for more than the budget.
	small := newHasher(t, password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 128})
	if _, _, err := small.Verify(t.Context(), phc("m=256,t=2,p=1"), "password"); !errors.Is(err, password.ErrMalformedHash) {
		t.Error(err)
	}
}

func TestArgon2idConfigIsChecked(t *testing.T) {
	for _, cfg := range []password.Argon2idConfig{
		{MemoryKiB: 7}, {MemoryKiB: 1<<20 + 1}, {Time: 65}, {Threads: 17}, {MemoryKiB: 64, Threads: 16}, {BudgetKiB: 1024},
		{MaxParallel: -1}, {MaxWait: -1}, {MemoryKiB: 1 << 20, Time: 5},
	} {
		if _, err := password.NewArgon2id(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// An exhausted budget is waited for, then reported; nothing is kept.
func TestBudget(t *testing.T) {
	for name, cfg := range map[string]password.Argon2idConfig{
		"memory": {MemoryKiB: 64, Time: 1, BudgetKiB: 64, MaxParallel: 8}, "turns": {MemoryKiB: 64, Time: 1, MaxParallel: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHasher(t, cfg)
			release := h.Hold(t.Context())
			start := time.Now()
			if _, err := h.Hash(t.Context(), good); !errors.Is(err, password.ErrBusy) || time.Since(start) != 5*time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start = time.Now()
			if _, err := h.Hash(short, good); !errors.Is(err, password.ErrBusy) || time.Since(start) != time.Second {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			gone, leave := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := h.Hash(gone, good); !errors.Is(err, context.Canceled) || errors.Is(err, password.ErrBusy) {
					t.Errorf("%s: %v", name, err)
				}
			})
			synctest.Wait()
			leave()
			wg.Wait()
			release()
			if _, err := h.Hash(t.Context(), good); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !h.Idle(int64(cfg.MaxParallel)) {
				t.Errorf("%s: a caller who failed kept a part of the budget", name)
			}
			if _, err := h.Hash(gone, good); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: a hash began for a caller who had left: %v", name, err)
			}
		})
	}
}

// A burst stays within the budget and every caller gets an answer.
func TestBurst(t *testing.T) {
	h := newHasher(t, password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 128, MaxWait: time.Hour})
	racing.Go(func(int) {
		if _, err := h.Hash(t.Context(), good); err != nil {
			t.Error(err)
		}
	})
}

// FuzzParsePHC: what is read is within the bounds, and written again it is the
// same text.
func FuzzParsePHC(f *testing.F) {
	for _, s := range []string{"", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "$argon2i$v=19$m=256,t=02,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "$argon2id$v=19$m=4000000000,t=0,p=0$$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, variant := range []string{"argon2id", "argon2i"} {
			memory, passes, threads, again, err := password.ParsePHC(variant, s)
			if err != nil {
				if !errors.Is(err, password.ErrMalformedHash) || len(s) > 60 && strings.Contains(err.Error(), s[30:]) {
					t.Fatal(err)
				}
				continue
			}
			if again != s || !strings.HasPrefix(s, "$"+variant+"$") || len(s) > 256 {
				t.Fatalf("%q is read as %q", s, again)
			}
			if threads < 1 || threads > 16 || memory < 8*uint32(threads) || memory > 1<<20 || passes < 1 || passes > 64 || uint64(memory)*uint64(passes) > 4<<20 {
				t.Fatalf("%q is within the bounds", s)
			}
		}
	})
}

func FuzzVerifyPHC(f *testing.F) {
	h := newHasher(f, password.Argon2idConfig{MemoryKiB: 64, Time: 1, BudgetKiB: 256})
	seed, err := h.Hash(context.Background(), good)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{seed, "", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "$argon2id$v=19$m=4000000000,t=0,p=0$$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		ok, _, err := h.Verify(context.Background(), hash, good)
		if err != nil && !errors.Is(err, password.ErrMalformedHash) {
			t.Fatal(err)
		}
		if ok && hash != seed && !strings.HasPrefix(hash, "$argon2id$v=19$") {
			t.Fatalf("%q verifies", hash)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for _, cfg := range []password.Argon2idConfig{{}, {MemoryKiB: 46 * 1024, Time: 1}} {
		h := newHasher(b, cfg)
		b.Run(fmt.Sprintf("m=%d,t=%d", cfg.MemoryKiB, cfg.Time), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Hash(b.Context(), good); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package breach_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"example.com/accountsec/password/breach"
)

// build makes a filter's file of the hashes.
func build(t testing.TB, cfg breach.FilterConfig, sums ...[sha1.Size]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	b, err := breach.NewFilterBuilder(&file, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range sums {
		if err := b.Add(sum); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func load(t testing.TB, file []byte) *breach.Filter {
	t.Helper()
	f, err := breach.ReadFilter(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func sums(name string, n int) (out [][sha1.Size]byte) {
	for i := range n {
		out = append(out, sha1.Sum(fmt.Appendf(nil, "%s %d", name, i)))
	}
	return out
}

// Everything in the list is found, whatever its size; a sorted list gives the
// same file as a shuffled one with repetitions.
func TestFilterHoldsItsList(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 5, 40, 256, 3000, 20000} {
		for _, bits := range []int{8, 16} {
			in := sums("known", n)
			file := build(t, breach.FilterConfig{Bits: bits}, append(in, in[:n/2]...)...)
			f := load(t, file)
			for i, sum := range in {
				if !f.Contains(sum) {
					t.Fatalf("%d hashes, %d bits: number %d is not found", n, bits, i)
				}
			}
			if f.Hashes() != int64(n) {
				t.Errorf("%d hashes are told as %d", n, f.Hashes())
			}
			slices.SortFunc(in, func(a, b [sha1.Size]byte) int { return bytes.Compare(a[:], b[:]) })
			if !bytes.Equal(build(t, breach.FilterConfig{Bits: bits, Sorted: true}, in...), file) {
				t.Errorf("%d hashes, %d bits: sorted, the file differs", n, bits)
			}
		}
	}
}

// The rates that the documentation states, and the bytes a hash that it states.
func TestFalsePositives(t *testing.T) {
	const known, strangers = 200_000, 300_000
	for _, c := range []struct {
		bits, most, least int
		bytes             float64
	}{{8, 1300, 1050, 1.6}, {16, 15, 1, 3.2}} {
		file := build(t, breach.FilterConfig{Bits: c.bits}, sums("known", known)...)
		f, hits := load(t, file), 0
		for _, sum := range sums("stranger", strangers) {
			if f.Contains(sum) {
				hits++
			}
		}
		perHash := float64(len(file)) / known
		t.Logf("%d bits: %d of %d strangers are taken for known (%.5f %%), %.2f bytes a hash", c.bits, hits, strangers, 100*float64(hits)/strangers, perHash)
		if hits > c.most || hits < c.least || perHash > c.bytes {
			t.Errorf("%d bits: %d false positives, %.2f bytes a hash", c.bits, hits, perHash)
		}
		if want := strangers * f.FalsePositives(); want > float64(c.most) || want < float64(c.least) {
			t.Errorf("%d bits: states %g", c.bits, f.FalsePositives())
		}
	}
}

func TestFilterIsASource(t *testing.T) {
	var file bytes.Buffer
	b, err := breach.NewFilterBuilder(&file, breach.FilterConfig{MinCount: 12})
	if err == nil {
		err = errors.Join(b.AddPassword(secret), b.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "known")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := breach.OpenFilter(path)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]int{secret: 12, "": 0, secret + " ": 0} {
		if n, err := f.Breached(t.Context(), password); n != want || err != nil {
			t.Errorf("%q: %d, %v", password, n, err)
		}
	}
	if _, err := breach.OpenFilter(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := b.AddPassword("late"); err == nil || b.Close() == nil {
		t.Error("a closed builder goes on")
	}
}

// What version 1 wrote, every later version reads: the file is never made anew.
func TestFilterOfVersion1(t *testing.T) {
	f, err := breach.OpenFilter("testdata/v1.filter")
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range sums("known", 20) {
		if !f.Contains(sum) {
			t.Errorf("%x is lost", sum)
		}
	}
	if n, _ := f.Breached(t.Context(), "known 7"); n != 3 {
		t.Errorf("known 7: %d", n)
	}
}

func TestFilterBuilderChecks(t *testing.T) {
	for _, cfg := range []breach.FilterConfig{{Bits: 7}, {Bits: 32}, {MinCount: -1}, {MinCount: 1 << 31}} {
		if _, err := breach.NewFilterBuilder(io.Discard, cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	b, err := breach.NewFilterBuilder(io.Discard, breach.FilterConfig{Sorted: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Add([sha1.Size]byte{2}), b.Add([sha1.Size]byte{2, 1}), b.Add([sha1.Size]byte{7})); err != nil {
		t.Fatal(err)
	}
	if err := b.Add([sha1.Size]byte{6}); !errors.Is(err, breach.ErrUnsorted) {
		t.Error(err)
	}
	if err := b.Close(); !errors.Is(err, breach.ErrUnsorted) {
		t.Errorf("closing forgets: %v", err)
	}
	full, err := breach.NewFilterBuilder(brokenWriter{}, breach.FilterConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if err := full.Close(); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errDisk }

func BenchmarkFilter(b *testing.B) {
	f := load(b, build(b, breach.FilterConfig{}, sums("known", 1_000_000)...))
	i := 0
	passwords := make([]string, 1024)
	for i := range passwords {
		passwords[i] = fmt.Sprint("password number ", i)
	}
	b.Run("Breached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f.Breached(b.Context(), passwords[i%1024]) //nolint:errcheck
			i++
		}
	})
	b.Run("build of 100,000", func(b *testing.B) {
		in := sums("known", 100_000)
		b.ReportAllocs()
		for b.Loop() {
			build(b, breach.FilterConfig{}, in...)
		}
	})
}

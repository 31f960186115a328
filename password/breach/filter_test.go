package breach_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"

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

// Cut anywhere, or with any byte changed, or with more behind it, it is refused.
func TestDamagedFilter(t *testing.T) {
	file := build(t, breach.FilterConfig{Bits: 8}, sums("known", 30)...)
	refused := func(what string, file []byte) {
		t.Helper()
		if _, err := breach.ReadFilter(bytes.NewReader(file)); !errors.Is(err, breach.ErrFilter) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := 0; n < len(file); n += 1 + n/20 {
		refused(fmt.Sprint("cut at ", n), file[:n])
		bad := slices.Clone(file)
		bad[n] ^= 1
		refused(fmt.Sprint("changed at ", n), bad)
	}
	refused("cut at the end", file[:len(file)-1])
	refused("more", append(slices.Clone(file), 0))
	broken := io.MultiReader(bytes.NewReader(file[:100]), iotest.ErrReader(errDisk))
	if _, err := breach.ReadFilter(broken); !errors.Is(err, errDisk) || errors.Is(err, breach.ErrFilter) {
		t.Errorf("a broken disk: %v", err)
	}
}

var errDisk = errors.New("the disk is broken")

// shardHead is the beginning of a file whose first shard claims a size.
func shardHead(version, bits byte, least, hashes, length, count uint32) []byte {
	head := append([]byte("ASBREACH"), version, bits, 0, 0)
	for _, n := range []uint32{least, hashes, 1, 1, length, count} {
		head = binary.LittleEndian.AppendUint32(head, n)
	}
	return head
}

func signed(file []byte) []byte {
	sum := sha256.Sum256(file)
	return append(slices.Clone(file), sum[:]...)
}

// A claim of size is believed only as far as there are bytes, and never beyond
// what a look-up may touch. But for the one flaw each file is whole, with a
// checksum that is right.
func TestHostileFilter(t *testing.T) {
	whole := func(version, bits byte, least, hashes, length, count uint32) []byte {
		n := (uint64(count) + 2) * uint64(length) * uint64(bits) / 8
		return append(shardHead(version, bits, least, hashes, length, count), make([]byte, min(n, 1<<20)+255*20)...)
	}
	load(t, signed(whole(1, 8, 1, 1, 4, 1)))
	load(t, signed(whole(1, 16, 1<<31-1, 10, 16, 1)))
	for name, file := range map[string][]byte{
		"version":             whole(2, 8, 1, 1, 4, 1),
		"bits":                whole(1, 32, 1, 1, 4, 1),
		"least 0":             whole(1, 8, 0, 1, 4, 1),
		"least negative":      whole(1, 8, 1<<31, 1, 4, 1),
		"no hashes, a size":   shardHeadWith(0, 4, 1),
		"length 0":            whole(1, 8, 1, 1, 0, 1),
		"length odd":          whole(1, 8, 1, 1, 3, 1),
		"no segment":          whole(1, 8, 1, 1, 4, 0),
		"size overflows":      whole(1, 16, 1, 1<<24, 1<<18, 1<<32-1),
		"more than its share": whole(1, 16, 1, 10, 64, 10),
		"too many hashes":     whole(1, 8, 1, 1<<24+1, 4, 1),
		"not there, 8":        whole(1, 8, 1, 1<<24, 1<<18, 500)[:1<<16],
		"not there, 16":       whole(1, 16, 1, 1<<24, 1<<18, 500)[:1<<16],
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := breach.ReadFilter(bytes.NewReader(signed(file)))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, breach.ErrFilter) || after.TotalAlloc-before.TotalAlloc > 8<<20 {
			t.Errorf("%s: %v, %d bytes", name, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// shardHeadWith is a whole file whose first shard has a size and no fingerprints.
func shardHeadWith(hashes, length, count uint32) []byte {
	return append(shardHead(1, 8, 1, hashes, length, count), make([]byte, 255*20)...)
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

func FuzzReadFilter(f *testing.F) {
	f.Add([]byte{})
	for _, bits := range []int{8, 16} {
		file := build(f, breach.FilterConfig{Bits: bits}, sums("known", 9)...)
		f.Add(file[:len(file)-sha256.Size])
	}
	f.Add(shardHead(1, 16, 1, 1<<24, 1<<18, 60))
	f.Fuzz(func(t *testing.T, file []byte) {
		one, err := breach.ReadFilter(bytes.NewReader(signed(file)))
		if err != nil {
			if !errors.Is(err, breach.ErrFilter) {
				t.Fatal(err)
			}
			return
		}
		for i := range 256 { // whatever it holds, no look-up leaves it
			sum := sha1.Sum(binary.LittleEndian.AppendUint16(nil, uint16(i)))
			one.Contains(sum)
		}
	})
}

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

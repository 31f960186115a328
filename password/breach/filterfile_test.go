package breach_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/iotest"

	"example.com/accountsec/password/breach"
)

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

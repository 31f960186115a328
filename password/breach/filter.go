package breach

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
)

// shards is how many filters a file holds, one for each first byte of SHA-1, so
// that a sorted list is turned into a file in the memory that one of them takes.
const shards = 256

// shard is the filter of the hashes that share their first byte.
type shard interface{ Contains(key uint64) bool }

// Filter tells from memory whether a password is in a list of breached ones: a
// binary fuse filter (Graf and Lemire, Journal of Experimental Algorithmics 27,
// 2022) over the first 64 bits of SHA-1. What is in the list is always found;
// what is not is taken for it once in 65,536 (16 bits) or 256 (8 bits) look-ups.
// [FilterBuilder] makes the file.
//
// It is loaded whole: with 16 bits 2.3 bytes a hash for lists of many millions,
// up to 3 for some hundred thousand; with 8 bits half of that. It is not
// mapped into memory, since a mapped file that is cut while it is in use ends
// the program, and its pages would be read in the middle of a sign-in.
//
// Safe for concurrent use.
type Filter struct {
	shards [shards]shard // nil where the list has no hash
	bits   int
	least  int
	hashes int64
}

// OpenFilter loads the file at path. It is closed again; a newer file is opened
// as a new Filter. Errors: [ErrFilter], or the file's own.
func OpenFilter(path string) (*Filter, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("breach: %w", err)
	}
	defer file.Close() //nolint:errcheck // was read
	return ReadFilter(bufio.NewReaderSize(file, chunk))
}

// Breached gives 0 for a password that is not in the list, and for one that is
// the least count that the list was cut at, since a filter keeps no counts. It
// takes well under a microsecond and never fails.
func (f *Filter) Breached(_ context.Context, password string) (count int, err error) {
	sum := sha1.Sum([]byte(password))
	if f.Contains(sum) {
		return f.least, nil
	}
	return 0, nil
}

// Contains tells whether the SHA-1 of a password is in the list, but for the
// false positives.
func (f *Filter) Contains(sum [sha1.Size]byte) bool {
	s := f.shards[sum[0]]
	return s != nil && s.Contains(key(sum))
}

// Hashes is how many different hashes are in the list.
func (f *Filter) Hashes() int64 { return f.hashes }

// FalsePositives is the share of the passwords outside of the list that are
// taken for breached, such as 1.0/65536.
func (f *Filter) FalsePositives() float64 { return 1 / float64(int(1)<<f.bits) }

func key(sum [sha1.Size]byte) uint64 { return binary.BigEndian.Uint64(sum[:8]) }

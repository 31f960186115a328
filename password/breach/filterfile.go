package breach

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/bits"
	"slices"

	"github.com/FastFilter/xorfilter"
)

// The file, all numbers little-endian:
//
//	 8 bytes  "ASBREACH"
//	 1 byte   version, 1
//	 1 byte   bits of a fingerprint, 8 or 16
//	 2 bytes  0
//	 4 bytes  least count of a hash in the list
//	256 times, by the first byte of the hash:
//	     4 bytes  hashes
//	     8 bytes  seed
//	     4 bytes  segment length, a power of two
//	     4 bytes  segment count
//	     (segment count + 2) · segment length fingerprints; none without hashes
//	32 bytes  SHA-256 of all that is before
//
// A key is the first eight bytes of SHA-1, big-endian. The filters are those of
// FastFilter/xorfilter, 3-wise, with its hash functions. The checksum tells of
// damage, not of malice: take the file from where you take your programs.
const (
	magic     = "ASBREACH"
	version   = 1
	headLen   = len(magic) + 8
	shardLen  = 20
	chunk     = 1 << 16
	maxHashes = 1 << 24 // of a shard; in all four thousand million
)

// ErrFilter reports that what was read is not a filter's file, or not a whole
// one.
var ErrFilter = errors.New("breach: not a whole filter file")

func damaged(why string) error { return fmt.Errorf("%w: %s", ErrFilter, why) }

// ReadFilter reads a file to its end. It allocates no more than twice of what r
// gives, whatever the file claims. Errors: [ErrFilter], or r's own.
func ReadFilter(r io.Reader) (*Filter, error) {
	in := &summed{r: r, sum: sha256.New()}
	f, err := readHead(in)
	if err != nil {
		return nil, err
	}
	for i := range f.shards {
		var hashes uint32
		if f.bits == 8 {
			f.shards[i], hashes, err = readShard[uint8](in)
		} else {
			f.shards[i], hashes, err = readShard[uint16](in)
		}
		if err != nil {
			return nil, err
		}
		f.hashes += int64(hashes)
	}
	want := in.sum.Sum(nil)
	var got [sha256.Size]byte
	if err := in.read(got[:]); err != nil {
		return nil, err
	}
	if [sha256.Size]byte(want) != got {
		return nil, damaged("the checksum differs")
	}
	if n, err := io.ReadFull(r, got[:1]); n > 0 || !errors.Is(err, io.EOF) {
		return nil, damaged("there is more behind its end")
	}
	return f, nil
}

func readHead(in *summed) (*Filter, error) {
	var head [headLen]byte
	if err := in.read(head[:]); err != nil {
		return nil, err
	}
	rest := head[len(magic):]
	least := binary.LittleEndian.Uint32(rest[4:])
	switch {
	case string(head[:len(magic)]) != magic:
		return nil, damaged("it does not begin like one")
	case rest[0] != version || rest[2] != 0 || rest[3] != 0:
		return nil, damaged("it is of another version")
	case rest[1] != 8 && rest[1] != 16:
		return nil, damaged("fingerprints have 8 or 16 bits")
	case least == 0 || least > 1<<31-1:
		return nil, damaged("the least count is out of range")
	}
	return &Filter{bits: int(rest[1]), least: int(least)}, nil
}

// readShard reads one filter and makes sure that no look-up leaves it.
func readShard[T uint8 | uint16](in *summed) (shard, uint32, error) {
	var head [shardLen]byte
	if err := in.read(head[:]); err != nil {
		return nil, 0, err
	}
	hashes, length, count := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[12:]), binary.LittleEndian.Uint32(head[16:])
	if hashes == 0 {
		if head != [shardLen]byte{} {
			return nil, 0, damaged("a filter without hashes has a size")
		}
		return nil, 0, nil
	}
	size := (uint64(count) + 2) * uint64(length)
	if hashes > maxHashes || bits.OnesCount32(length) != 1 || count == 0 || size > 8*uint64(hashes)+64 {
		return nil, 0, damaged("the size of a filter is out of bounds")
	}
	fingerprints, err := readFingerprints[T](in, int(size))
	if err != nil {
		return nil, 0, err
	}
	return &xorfilter.BinaryFuse[T]{
		Seed: binary.LittleEndian.Uint64(head[4:]), SegmentLength: length, SegmentLengthMask: length - 1,
		SegmentCount: count, SegmentCountLength: count * length, Fingerprints: fingerprints,
	}, hashes, nil
}

// readFingerprints grows with what is there, not with what is claimed.
func readFingerprints[T uint8 | uint16](in *summed, n int) ([]T, error) {
	width := binary.Size(T(0))
	buf := make([]byte, min(chunk, n*width))
	out := make([]T, 0, min(n, chunk))
	for len(out) < n {
		part := buf[:min(len(buf), (n-len(out))*width)]
		if err := in.read(part); err != nil {
			return nil, err
		}
		for ; len(part) > 0; part = part[width:] {
			one := uint16(part[0])
			if width == 2 {
				one |= uint16(part[1]) << 8
			}
			out = append(out, T(one))
		}
	}
	return slices.Clone(out), nil // without the room to grow
}

// summed reads, and sums up what it has read.
type summed struct {
	r   io.Reader
	sum hash.Hash
}

func (s *summed) read(p []byte) error {
	switch _, err := io.ReadFull(s.r, p); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("it ends early")
	case err != nil:
		return fmt.Errorf("breach: read the filter: %w", err)
	}
	s.sum.Write(p)
	return nil
}

package breach

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/FastFilter/xorfilter"
)

// ErrUnsorted reports that a list that was said to be sorted is not.
var ErrUnsorted = errors.New("breach: the hashes are not in ascending order")

// FilterConfig says how a [FilterBuilder] builds.
type FilterConfig struct {
	// Bits of a fingerprint: 16, one false positive in 65,536; or 8, one in 256
	// at half the size, for a filter whose hits are confirmed online ([Tiers]).
	// Defaults to 16.
	Bits int
	// MinCount is the least count of the hashes that are added; a hit reports it.
	// It chooses nothing: add only what reaches it. Defaults to 1.
	MinCount int
	// Sorted says that the hashes come in ascending order, as in Have I Been
	// Pwned's download. Then the memory is some 40 bytes for each hash of the
	// largest 256th of the list; else it is 8 to 16 bytes for every hash, and
	// those. Defaults to false.
	Sorted bool
}

// FilterBuilder writes the file of a [Filter]. It is not safe for concurrent
// use.
type FilterBuilder struct {
	cfg    FilterConfig
	out    *bufio.Writer
	sum    hash.Hash
	keys   [shards][]uint64
	next   int // the first shard that is not written
	hashes int64
	fuse   xorfilter.BinaryFuseBuilder
	err    error
}

// NewFilterBuilder begins a file in w, which stays the caller's to close.
func NewFilterBuilder(w io.Writer, cfg FilterConfig) (*FilterBuilder, error) {
	cfg.Bits, cfg.MinCount = or(cfg.Bits, 16), or(cfg.MinCount, 1)
	if cfg.Bits != 8 && cfg.Bits != 16 {
		return nil, errors.New("breach: FilterConfig.Bits is 8 or 16")
	}
	if cfg.MinCount < 1 || cfg.MinCount > 1<<31-1 {
		return nil, errors.New("breach: FilterConfig.MinCount is not within 1 to 2147483647")
	}
	sum := sha256.New()
	b := &FilterBuilder{cfg: cfg, out: bufio.NewWriterSize(io.MultiWriter(w, sum), chunk), sum: sum}
	head := append([]byte(magic), version, byte(cfg.Bits), 0, 0)
	b.out.Write(binary.LittleEndian.AppendUint32(head, uint32(cfg.MinCount))) //nolint:errcheck // Flush tells
	return b, nil
}

// Add adds the SHA-1 of a password. The same one twice counts once. Errors:
// [ErrUnsorted], too many hashes, or w's own; after one, Close gives it again.
func (b *FilterBuilder) Add(sum [sha1.Size]byte) error {
	at := int(sum[0])
	if b.err == nil && at < b.next {
		b.err = ErrUnsorted
	}
	if b.err == nil && b.cfg.Sorted {
		b.writeBelow(at)
	}
	if b.err == nil && len(b.keys[at]) == 2*maxHashes { // before the same ones are dropped
		b.err = fmt.Errorf("breach: more than %d hashes begin with the same byte", 2*maxHashes)
	}
	if b.err == nil {
		b.keys[at] = append(b.keys[at], key(sum))
	}
	return b.err
}

// AddPassword adds a password by its SHA-1.
func (b *FilterBuilder) AddPassword(password string) error { return b.Add(sha1.Sum([]byte(password))) }

// Close writes what is left and the checksum. Without it the file is not whole.
func (b *FilterBuilder) Close() error {
	b.writeBelow(shards)
	if b.err == nil {
		b.err = b.out.Flush()
	}
	if b.err == nil { // the sum is of all that is before it
		b.out.Write(b.sum.Sum(nil)) //nolint:errcheck // Flush tells
		b.err = b.out.Flush()
	}
	if b.err != nil {
		return b.err
	}
	b.err = errors.New("breach: the filter is closed")
	return nil
}

// Hashes is how many different hashes were written. It is whole after Close.
func (b *FilterBuilder) Hashes() int64 { return b.hashes }

// writeBelow writes the shards up to one, without it.
func (b *FilterBuilder) writeBelow(end int) {
	for ; b.err == nil && b.next < end; b.next++ {
		keys := b.keys[b.next]
		b.keys[b.next] = nil
		slices.Sort(keys)
		keys = slices.Compact(keys)
		if len(keys) > maxHashes {
			b.err = fmt.Errorf("breach: more than %d hashes begin with the same byte", maxHashes)
			return
		}
		b.hashes += int64(len(keys))
		switch {
		case len(keys) == 0:
			_, b.err = b.out.Write(make([]byte, shardLen))
		case b.cfg.Bits == 8:
			b.err = writeShard[uint8](b, keys)
		default:
			b.err = writeShard[uint16](b, keys)
		}
	}
}

func writeShard[T uint8 | uint16](b *FilterBuilder, keys []uint64) error {
	f, err := xorfilter.BuildBinaryFuse[T](&b.fuse, keys)
	if err != nil {
		return fmt.Errorf("breach: build the filter: %w", err)
	}
	var head [shardLen]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(keys)))
	binary.LittleEndian.PutUint64(head[4:], f.Seed)
	binary.LittleEndian.PutUint32(head[12:], f.SegmentLength)
	binary.LittleEndian.PutUint32(head[16:], f.SegmentCount)
	b.out.Write(head[:]) //nolint:errcheck // the next write tells
	for part := range slices.Chunk(f.Fingerprints, chunk) {
		if err := binary.Write(b.out, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	return nil
}

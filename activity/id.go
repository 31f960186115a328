package activity

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// An id is 7 bytes of microseconds since 1970 and 9 random bytes, in base32hex
// without padding, lower case: 26 characters whose byte order is the order of
// time. Because the id says when, it alone finds its row and its place in a
// listing, and one (account, id) can only ever be one event.
const (
	idBytes  = 16
	idText   = 26
	timeByte = 7
)

var (
	idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
	earliest   = time.UnixMicro(1).UTC()
	latest     = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// NewID makes the id of an event that happened at the given time (1970 to
// 3000, to the microsecond). Ids sort by time and hold 72 random bits.
func NewID(at time.Time) string {
	var b [idBytes]byte
	var at8 [8]byte
	binary.BigEndian.PutUint64(at8[:], uint64(clampTime(at).UnixMicro()))
	copy(b[:timeByte], at8[1:])
	rand.Read(b[timeByte:]) //nolint:errcheck // never fails, see crypto/rand
	return idEncoding.EncodeToString(b[:])
}

// IDTime gives the time in an id, in UTC. A text that [NewID] cannot have
// made is [ErrBadEvent].
func IDTime(id string) (time.Time, error) {
	raw, ok := decodeID(id)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: malformed event id", ErrBadEvent)
	}
	return rawTime(raw), nil
}

func decodeID(id string) (raw [idBytes]byte, ok bool) {
	if len(id) != idText {
		return raw, false
	}
	b, err := idEncoding.DecodeString(id)
	if err != nil || len(b) != idBytes || idEncoding.EncodeToString(b) != id { // spare bits, line breaks
		return raw, false
	}
	copy(raw[:], b)
	at := rawTime(raw)
	return raw, !at.Before(earliest) && !at.After(latest)
}

func rawTime(raw [idBytes]byte) time.Time {
	var at8 [8]byte
	copy(at8[1:], raw[:timeByte])
	return time.UnixMicro(int64(binary.BigEndian.Uint64(at8[:]))).UTC()
}

// clampTime keeps t inside what ids and databases can hold, and to the
// microsecond, in UTC.
func clampTime(t time.Time) time.Time {
	switch {
	case t.Before(earliest):
		return earliest
	case t.After(latest):
		return latest
	}
	return t.Truncate(time.Microsecond).UTC()
}

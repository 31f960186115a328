package activity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A cursor is base64url(version 1 | event id, 16 bytes | HMAC-SHA256). The id
// says both when and which, so it is the whole position; the direction to read
// in is the reader's choice. The authentication covers the account and the
// filter, so a cursor of another log or another filter is refused rather than
// silently skipping events.
const (
	cursorVersion = 1
	cursorBytes   = 1 + idBytes + sha256.Size
)

var cursorEncoding = base64.RawURLEncoding.Strict()

func makeCursor(key []byte, account string, q Query, at Position) (string, error) {
	raw, ok := decodeID(at.ID)
	if !ok {
		return "", fmt.Errorf("activity: the store gave an event with a malformed id")
	}
	buf := make([]byte, 0, cursorBytes)
	buf = append(buf, cursorVersion)
	buf = append(buf, raw[:]...)
	buf = append(buf, cursorMAC(key, account, q, buf)...)
	return cursorEncoding.EncodeToString(buf), nil
}

// openCursor checks a cursor and gives the position of the event beside it.
func openCursor(key []byte, account string, q Query, cursor string) (at Position, err error) {
	if len(cursor) != cursorEncoding.EncodedLen(cursorBytes) {
		return at, fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	buf, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(buf) != cursorBytes {
		return at, fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	body, mac := buf[:1+idBytes], buf[1+idBytes:]
	if !hmac.Equal(mac, cursorMAC(key, account, q, body)) {
		return at, fmt.Errorf("%w: not made for this account and filter", ErrBadCursor)
	}
	if body[0] != cursorVersion {
		return at, fmt.Errorf("%w: unknown version", ErrBadCursor)
	}
	at.ID = idEncoding.EncodeToString(body[1:])
	if at.At, err = IDTime(at.ID); err != nil {
		return Position{}, fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	return at, nil
}

func cursorMAC(key []byte, account string, q Query, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("accountsec/v1|activity.cursor|"))
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(len(account))))
	m.Write([]byte(account))
	d := q.digest()
	m.Write(d[:])
	m.Write(body)
	return m.Sum(nil)
}

package activity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A cursor is base64url(version 1 | event id, 16 bytes | HMAC-SHA256). The id
// says both when and which, so it is the whole position. The authentication
// covers the account and the filter, so a cursor of another log or another
// filter is refused rather than silently skipping events.
const (
	cursorVersion = 1
	cursorBytes   = 1 + idBytes + sha256.Size
)

var cursorEncoding = base64.RawURLEncoding.Strict()

func makeCursor(key []byte, account string, q Query, id string) (string, error) {
	raw, ok := decodeID(id)
	if !ok {
		return "", fmt.Errorf("activity: the store gave an event with a malformed id")
	}
	buf := make([]byte, 0, cursorBytes)
	buf = append(buf, cursorVersion)
	buf = append(buf, raw[:]...)
	buf = append(buf, cursorMAC(key, account, q, buf)...)
	return cursorEncoding.EncodeToString(buf), nil
}

// openCursor checks a cursor and gives the id of the last event shown.
func openCursor(key []byte, account string, q Query, cursor string) (string, error) {
	if len(cursor) != cursorEncoding.EncodedLen(cursorBytes) {
		return "", fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	buf, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(buf) != cursorBytes {
		return "", fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	body, mac := buf[:1+idBytes], buf[1+idBytes:]
	if !hmac.Equal(mac, cursorMAC(key, account, q, body)) {
		return "", fmt.Errorf("%w: not made for this account and filter", ErrBadCursor)
	}
	if body[0] != cursorVersion {
		return "", fmt.Errorf("%w: unknown version", ErrBadCursor)
	}
	id := idEncoding.EncodeToString(body[1:])
	if _, ok := decodeID(id); !ok {
		return "", fmt.Errorf("%w: malformed", ErrBadCursor)
	}
	return id, nil
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

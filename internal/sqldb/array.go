package sqldb

import (
	"strconv"
	"strings"
)

// TextArray builds a PostgreSQL array of texts in its text form, for a
// parameter that is cast (?::text[]): every driver can send a string. The zero
// value is an empty array.
type TextArray struct{ b strings.Builder }

// Add appends a value.
func (a *TextArray) Add(v string) {
	if a.b.Len() > 0 {
		a.b.WriteByte(',')
	}
	a.b.WriteByte('"')
	for { // bytes: no byte of a multi-byte character is a quote
		i := strings.IndexAny(v, `"\`)
		if i < 0 {
			break
		}
		a.b.WriteString(v[:i])
		a.b.WriteByte('\\')
		a.b.WriteByte(v[i])
		v = v[i+1:]
	}
	a.b.WriteString(v)
	a.b.WriteByte('"')
}

// String gives the array.
func (a *TextArray) String() string { return "{" + a.b.String() + "}" }

// IntArray is [TextArray] for ?::bigint[].
type IntArray struct{ b strings.Builder }

// Add appends a value.
func (a *IntArray) Add(v int64) {
	if a.b.Len() > 0 {
		a.b.WriteByte(',')
	}
	a.b.WriteString(strconv.FormatInt(v, 10))
}

// String gives the array.
func (a *IntArray) String() string { return "{" + a.b.String() + "}" }

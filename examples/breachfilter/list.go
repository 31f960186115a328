package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"example.com/accountsec/password/breach"
	"golang.org/x/text/unicode/norm"
)

const (
	maxLine = 64 << 10 // bytes
	report  = 10_000_000
)

// list feeds lines to a builder.
type list struct {
	builder      *breach.FilterBuilder
	format       func(l *list, line []byte) error
	minCount     int
	progress     io.Writer
	lines, added int64
}

// formats read one line, without its end, each.
var formats = map[string]func(l *list, line []byte) error{
	"hibp":      func(l *list, line []byte) error { return l.hash(line, true) },
	"hashes":    func(l *list, line []byte) error { return l.hash(line, false) },
	"passwords": (*list).password,
}

func (l *list) open(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // was read
	return l.read(name, file)
}

// read takes a file line by line. Lines are counted for messages; what is in
// them is never shown.
func (l *list) read(name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxLine), maxLine)
	for at := 1; lines.Scan(); at++ {
		line := lines.Bytes()
		if at == 1 {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		if l.lines++; l.lines%report == 0 {
			fmt.Fprintf(l.progress, "%d million lines\n", l.lines/1_000_000)
		}
		if len(line) == 0 {
			continue
		}
		if err := l.format(l, line); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, at, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s, after line %d: %w", name, l.lines, err)
	}
	return nil
}

// hash takes HASH:COUNT, or HASH alone where no count is wanted. A row of count
// 0 is padding.
func (l *list) hash(line []byte, wantCount bool) error {
	digits, number, counted := bytes.Cut(line, []byte(":"))
	var sum [sha1.Size]byte
	if len(digits) != hex.EncodedLen(sha1.Size) {
		return errors.New("not a SHA-1 in forty hex digits")
	}
	if _, err := hex.Decode(sum[:], digits); err != nil {
		return errors.New("not a SHA-1 in forty hex digits")
	}
	count := uint64(1)
	if counted {
		var err error
		if count, err = strconv.ParseUint(string(bytes.TrimSpace(number)), 10, 63); err != nil {
			return errors.New("not a count after the colon")
		}
	} else if wantCount {
		return errors.New("no count; is this -format hashes?")
	}
	if count < uint64(l.minCount) {
		return nil
	}
	return l.add(sum)
}

// password takes the bytes of a line, and the form that the library hashes.
func (l *list) password(line []byte) error {
	if !utf8.Valid(line) {
		return nil // nobody can have it: the library refuses it
	}
	if clean := norm.NFKC.Bytes(line); !bytes.Equal(clean, line) {
		if err := l.add(sha1.Sum(clean)); err != nil {
			return err
		}
	}
	return l.add(sha1.Sum(line))
}

func (l *list) add(sum [sha1.Size]byte) error {
	l.added++
	err := l.builder.Add(sum)
	if errors.Is(err, breach.ErrUnsorted) {
		return fmt.Errorf("%w: sort the file (LC_ALL=C sort), or use -format hashes", err)
	}
	return err
}

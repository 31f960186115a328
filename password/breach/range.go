package breach

import (
	"fmt"
	"strconv"
	"strings"
)

// ranges are the counts of one range by the suffix of the hash, in upper case.
type ranges map[string]int

// parseRange reads the rows SUFFIX:COUNT. A row of count 0 is padding. A row
// without a count, or one that is not of this form, means that the body is not
// what the service sent: it is refused whole, since the row that mattered may
// be the one that is missing. So is an empty body: every range has rows.
//
// A body that was cut at the end of a row cannot be told by its rows; it is
// told by its length, which net/http compares (Content-Length, chunks,
// HTTP/2's end of stream; a body without any of them is refused). A cut inside the last row's count cannot be told
// either, and only makes that count smaller.
func parseRange(body []byte) (ranges, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: the answer is too long", ErrUnavailable)
	}
	text := strings.TrimRight(string(body), "\r\n")
	if text == "" {
		return nil, fmt.Errorf("%w: the answer is empty", ErrUnavailable)
	}
	rows := ranges{}
	for line := range strings.SplitSeq(text, "\n") {
		suffix, count, ok := parseRow(strings.TrimSuffix(line, "\r"))
		if !ok {
			return nil, fmt.Errorf("%w: a row is not a hash and a count", ErrUnavailable)
		}
		if count > 0 {
			rows[suffix] = max(rows[suffix], count)
		}
	}
	return rows, nil
}

func parseRow(line string) (suffix string, count int, ok bool) {
	suffix, digits, found := strings.Cut(line, ":")
	if !found || len(suffix) != suffixDigits || strings.ContainsFunc(suffix, notHex) {
		return "", 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return "", 0, false
	}
	return strings.ToUpper(suffix), int(n), true
}

func notHex(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
}

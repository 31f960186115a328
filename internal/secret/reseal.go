package secret

import (
	"errors"
	"fmt"
)

// Again opens what was sealed for row and seals it anew under the AEAD's primary
// key. What does not open is [ErrSealed].
func Again(a AEAD, row Row, sealed []byte) ([]byte, error) {
	plaintext, err := Open(a, row, sealed)
	if err != nil {
		return nil, err
	}
	return Seal(a, row, plaintext)
}

// ResealAll seals rows anew, page by page: page gives some rows after this one,
// from the start after the zero value, and none at the end; one seals a row, and
// tells whether it won the row against whatever else changes it. A row that is
// [ErrSealed] is left as it is: the rest is done, and then the error is ErrSealed
// with their number. Every other error ends it. It returns how many were won.
func ResealAll[R any](what string, page func(after R) ([]R, error), one func(R) (bool, error)) (done int64, err error) {
	failed := 0
	for after := *new(R); ; {
		rows, err := page(after)
		if err != nil {
			return done, err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			switch won, err := one(r); {
			case errors.Is(err, ErrSealed):
				failed++
			case err != nil:
				return done, err
			case won:
				done++
			}
		}
		after = rows[len(rows)-1]
	}
	if failed > 0 {
		return done, fmt.Errorf("%w: %d %s were left as they are", ErrSealed, failed, what)
	}
	return done, nil
}

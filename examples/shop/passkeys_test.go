package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/recovery"
)

// What the Guard refuses by design is no fault of the shop's.
func TestPasskeyRefusals(t *testing.T) {
	for want, err := range map[mfaweb.Code]error{
		mfaweb.CodeWrong:     accountsec.ErrWrongCode,
		mfaweb.CodeExpired:   accountsec.ErrPending,
		mfaweb.CodeStopped:   accountsec.ErrFactorsStopped,
		mfaweb.CodeDenied:    accountsec.ErrSignIn,
		mfaweb.CodeHeld:      &accountsec.HeldError{Action: recovery.ActionRemoveFactor, Until: time.Now()},
		mfaweb.CodeThrottled: &accountsec.ThrottledError{RetryAfter: time.Minute},
	} {
		var got *mfaweb.Error
		if !errors.As(told(fmt.Errorf("wrapped: %w", err)), &got) || got.Code != want || !errors.Is(got, err) {
			t.Errorf("%v is told as %v, not %q", err, got, want)
		}
	}
	if err := errors.New("disk full"); told(err) != err || told(nil) != nil {
		t.Error("what is a fault has a code of its own")
	}
}

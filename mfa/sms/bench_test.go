package sms_test

import (
	"testing"
	"time"

	"example.com/accountsec/mfa"
)

func BenchmarkChallenge(b *testing.B) {
	w := newWorld(b, open)
	f := w.enroll("kim", "010-1234-5678")
	s := f.subject()
	for b.Loop() {
		s.Now = s.Now.Add(time.Millisecond)
		if _, err := w.Challenge(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		if err := w.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefused(b *testing.B) {
	w := newWorld(b)
	f := w.enroll("kim", "010-1234-5678")
	s := f.subject()
	_, _ = w.Challenge(b.Context(), s)
	for b.Loop() {
		if _, err := w.Challenge(b.Context(), s); err == nil {
			b.Fatal("not refused")
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	f := w.enroll("kim", "010-1234-5678")
	code, _ := f.challenge()
	a := mfa.Answer{Subject: f.subject(), Challenge: f.asked, Response: code}
	for b.Loop() {
		if v, err := w.Verify(b.Context(), a); err != nil || !v.OK {
			b.Fatal(err)
		}
	}
}

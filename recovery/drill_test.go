package recovery_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/recovery"
)

// Answers go stale after a year; knowing them in a drill makes them fresh.
func TestDrill(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.DrillQuestions(ctx, "kim")
	w.want(err, recovery.ErrNoAnswers)
	_, err = w.Drill(ctx, "kim", nil, phone)
	w.want(err, recovery.ErrNoAnswers)
	w.set("kim")
	stale := func(want bool) {
		t.Helper()
		s, err := w.Configured(ctx, "kim")
		w.ok(err)
		if s.Stale != want {
			t.Errorf("stale %v, want %v", s.Stale, want)
		}
	}
	w.now = w.now.Add(365*24*time.Hour - time.Microsecond)
	stale(false)
	w.now = w.now.Add(time.Microsecond)
	stale(true)
	asked, err := w.DrillQuestions(ctx, "kim")
	w.ok(err)
	if _, recovering := w.proved("kim"); !slices.Equal(asked, recovering) {
		t.Errorf("a drill asks %v, a recovery %v", asked, recovering)
	}
	known, err := w.Drill(ctx, "kim", []string{"no", "no"}, phone)
	w.ok(err)
	if known {
		t.Error("wrong answers are known")
	}
	stale(true)
	before := w.hasher.verified.Load()
	known, err = w.Drill(ctx, "kim", answersFor(asked), phone)
	w.ok(err)
	if !known || w.hasher.verified.Load()-before != 2 {
		t.Errorf("known %v for %d hashes", known, w.hasher.verified.Load()-before)
	}
	stale(false)
	if got := w.events.types("kim"); got[len(got)-1] != activity.AnswersDrilled {
		t.Errorf("the log ends with %v", got)
	}
}

// A failed drill counts against no recovery; a stolen session has three tries a
// day.
func TestDrillHasNoConsequences(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	var throttled *recovery.ThrottledError
	for range 40 {
		failed := 0
		for {
			known, err := w.Drill(ctx, "kim", []string{"no", "no"}, phone)
			if errors.As(err, &throttled) {
				break
			}
			w.ok(err)
			if known {
				t.Fatal("known")
			}
			failed++
		}
		if failed != 3 {
			t.Fatalf("%d tries in a day", failed)
		}
		w.now = w.now.Add(25 * time.Hour)
	}
	w.granted("kim")
}

// What support may see says nothing of questions and answers.
func TestStatus(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set("kim")
	set := w.now
	w.now = w.now.Add(time.Hour)
	_, err := w.Redeem(ctx, w.granted("kim"), phone)
	w.ok(err)
	s, err := w.Configured(ctx, "kim")
	w.ok(err)
	if s != (recovery.Status{Set: 3, At: set, Used: w.now}) {
		t.Errorf("got %+v", s)
	}
}

package strength_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password/strength"
)

// recorded is what zxcvbn 4.4.2 answered; see testdata/README.md.
type recorded struct {
	Kind, Password string
	Own            []string
	Score          int
	Log10          float64
	Warning        string
	Suggestions    []string
}

var reference = strength.New(strength.Config{Reference: true, ReferenceYear: 2026})

func read(t testing.TB, name string) []recorded {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	var all []recorded
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var one recorded
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReference holds the model to zxcvbn 4.4.2: the same score for 99.9 % and
// never a higher one, the same guesses and the same feedback for 99 %.
func TestReference(t *testing.T) {
	for name, least := range map[string]int{"reference.jsonl": 300, "acceptance.jsonl.gz": 2000} {
		all := read(t, name)
		if len(all) < least {
			t.Fatalf("%s: %d passwords", name, len(all))
		}
		score, guesses, warning, suggestions := 0, 0, 0, 0
		for _, want := range all {
			got := reference.Estimate(want.Password, want.Own...)
			if got.Score > want.Score {
				t.Errorf("%s %q: score %d, zxcvbn gives %d", want.Kind, want.Password, got.Score, want.Score)
			}
			same := true
			tally := func(n *int, equal bool) {
				if equal {
					*n++
				}
				same = same && equal
			}
			tally(&score, got.Score == want.Score)
			tally(&guesses, math.Abs(got.GuessesLog10-want.Log10) < 1e-6)
			tally(&warning, got.Warning == want.Warning)
			tally(&suggestions, slices.Equal(got.Suggestions, want.Suggestions))
			if !same {
				t.Logf("%s %q: %d 10^%.7f %s %v %v\nzxcvbn: %d 10^%.7f %s %v", want.Kind, want.Password, got.Score, got.GuessesLog10, got.Warning, got.Suggestions, got.Sequence,
					want.Score, want.Log10, want.Warning, want.Suggestions)
			}
		}
		n := float64(len(all))
		t.Logf("%s: of %d passwords the same score %d, guesses %d, warning %d, suggestions %d", name, len(all), score, guesses, warning, suggestions)
		if float64(score) < 0.999*n || float64(min(guesses, warning, suggestions)) < 0.99*n {
			t.Errorf("%s: too many differ", name)
		}
	}
}

// TestBeyondTheView: of a password longer than the view, neither model says
// more than zxcvbn says of the whole.
func TestBeyondTheView(t *testing.T) {
	racing.SkipAlone(t)
	all := read(t, "long.jsonl.gz")
	more, lower := 0, 0
	for _, want := range all {
		if len(want.Password) <= strength.MaxRunes {
			t.Fatalf("%q is not long", want.Password)
		}
		for _, e := range []strength.Estimator{reference, {}} {
			got := e.Estimate(want.Password)
			if got.Score > want.Score {
				t.Errorf("%q: score %d, zxcvbn gives %d", want.Password, got.Score, want.Score)
			}
			more += count(got.GuessesLog10 > want.Log10+1e-6)
			lower += count(got.Score < want.Score)
		}
	}
	t.Logf("of %d passwords, twice: more guesses %d, a lower score %d", len(all), more, lower)
	if more*100 > 2*len(all) {
		t.Errorf("of %d passwords more guesses for %d", len(all), more)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// TestOnlyLower: what the recommended model adds only ever lowers an estimate,
// and says why wherever the score is 2 or less.
func TestOnlyLower(t *testing.T) {
	for _, one := range append(read(t, "reference.jsonl"), read(t, "acceptance.jsonl.gz")...) {
		r := strength.Estimate(one.Password, one.Own...)
		if r.GuessesLog10 > one.Log10+1e-6 {
			t.Errorf("%q: 10^%.4f, zxcvbn gives 10^%.4f", one.Password, r.GuessesLog10, one.Log10)
		}
		if one.Password != "" && (r.Score <= 2) != (r.Warning != "") {
			t.Errorf("%q: score %d, warning %q", one.Password, r.Score, r.Warning)
		}
	}
}

func TestReferenceYear(t *testing.T) {
	for year, years := range map[int]float64{0: 36, 2026: 36, 1995: 20, 2090: 100} {
		e := strength.New(strength.Config{Reference: true, ReferenceYear: year})
		if got := math.Pow(10, e.Estimate("1990").GuessesLog10); math.Abs(got-years-1) > 1e-6 {
			t.Errorf("%d: %.3f guesses for 1990, want %v", year, got, years+1)
		}
	}
}

func TestCrackTimes(t *testing.T) {
	want := strength.CrackTimes{OnlineThrottled: 36e6, OnlineUnthrottled: 1e5, OfflineSlow: 100, OfflineFast: 1e-4}
	if got := (strength.Result{GuessesLog10: 6}).CrackTimes(); math.Abs(got.OnlineThrottled/want.OnlineThrottled-1) > 1e-9 ||
		math.Abs(got.OnlineUnthrottled/want.OnlineUnthrottled-1) > 1e-9 || math.Abs(got.OfflineSlow/want.OfflineSlow-1) > 1e-9 || math.Abs(got.OfflineFast/want.OfflineFast-1) > 1e-9 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

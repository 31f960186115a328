package strength_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/accountsec/internal/racing"
	"example.com/accountsec/password/strength"
)

// hostile are inputs that make estimators slow or that fool them.
func hostile() []string {
	return []string{strings.Repeat("4@8({[<369!1|0$5+7%2", 1<<15), strings.Repeat("a", 1<<20), strings.Repeat("ab", 1<<19), strings.Repeat("password", 1<<17),
		strings.Repeat("가", 1<<18), strings.Repeat("\xff", 1<<20), strings.Repeat("\xf0\x9f", 1<<19), strings.Repeat("😀", 1<<18), strings.Repeat("e\u0301\u0327", 1<<18),
		strings.Repeat("\u0301", 1<<19), strings.Repeat("각", 1<<17), strings.Repeat("ㅔㅁㄴㄴ잭ㅇ", 1<<16), strings.Repeat("1", 99) + "/1/1", strings.Repeat("1.", 50),
		strings.Repeat("ab", 25) + strings.Repeat("abc", 17), strings.Repeat("qwertyhgfdsa", 9), strings.Repeat("ﷺ", 5000), strings.Repeat("\x00", 200), strings.Repeat("İ", 120)}
}

// Padding does not make a weak password strong, nor a strong one weak. (Three
// parts are worth 10^8 to the model whatever they are, so these are one each.)
func TestPaddingHidesNothing(t *testing.T) {
	for _, weak := range []string{"", "password", "Password1", "qwerty123", "tkfkdgo", "P@$$w0rd"} {
		for _, pad := range []string{"a", "ab", "1", " ", "가", "\xff", "😀", "!?"} {
			for _, n := range []int{60, 92, 99, 100, 101, 150, 300, 5000} {
				for _, p := range []string{weak + strings.Repeat(pad, n), strings.Repeat(pad, n) + weak} {
					if r := strength.Estimate(p); r.Score > 2 {
						t.Errorf("%.30q and %d × %q: score %d (10^%.1f)", weak, n, pad, r.Score, r.GuessesLog10)
					}
				}
			}
		}
	}
	const strong = "tR9#mK2$vL5@"
	for _, p := range []string{strong + strings.Repeat("a", 1<<20), strings.Repeat(strong, 1<<16), strings.Repeat("a", 40) + strong + strings.Repeat("b", 90)} {
		if r := strength.Estimate(p); r.Score != 4 {
			t.Errorf("%.30q…: score %d (10^%.1f)", p, r.Score, r.GuessesLog10)
		}
	}
}

// What is beyond the model's view lowers an estimate, if it does anything: a
// password is not worth more than its first hundred characters alone.
func TestLongIsNotMoreThanItsBeginning(t *testing.T) {
	racing.SkipAlone(t)
	for _, e := range []strength.Estimator{reference, {}} {
		for _, p := range pieces(300, 3) {
			begin, whole := e.Estimate(string([]rune(p)[:strength.MaxRunes])), e.Estimate(p)
			if whole.GuessesLog10 > begin.GuessesLog10+1e-9 && begin.GuessesLog10 > 1.7 {
				t.Errorf("%q: 10^%.3f, its beginning 10^%.3f", p, whole.GuessesLog10, begin.GuessesLog10)
			}
		}
	}
}

// pieces makes passwords of more than a hundred characters out of weak and
// random parts.
func pieces(n int, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 1))
	parts := []string{"password", "qwertyuiop", "aaaaaa", "abcdefgh", "1990-01-31", "2019", "dragon", " ", "P@ssw0rd", "zxcvbnm,", "x7Kp2", "사랑해", "tkfkdgo", "김민준"}
	var out []string
	for range n {
		p, unit := "", ""
		for range 1 + random.IntN(6) {
			unit += parts[random.IntN(len(parts))]
		}
		for len([]rune(p)) <= strength.MaxRunes {
			p += unit
			if random.IntN(3) == 0 {
				p += parts[random.IntN(len(parts))]
			}
		}
		out = append(out, p)
	}
	return out
}

// Every result is sound, whatever the input.
func TestHostileInput(t *testing.T) {
	for _, p := range hostile() {
		for _, e := range []strength.Estimator{reference, {}} {
			r := e.Estimate(p, p, "\xff", "", "가", strings.Repeat("x", 1<<20))
			check(t, p, r)
		}
		strength.Common(p, p)
		strength.Patterned(p)
	}
	for _, p := range []string{strings.Repeat("a", 1<<20), strings.Repeat("ab", 1<<19), strings.Repeat("password", 1<<17), strings.Repeat("가", 1<<18), strings.Repeat("\xff", 1<<20)} {
		if r := strength.Estimate(p); r.Score > 1 {
			t.Errorf("%.20q…: %+v", p, r)
		}
	}
}

// check holds what is true of every result: the numbers are numbers, and the
// sequence covers what was judged, part by part.
func check(t testing.TB, p string, r strength.Result) {
	t.Helper()
	if r.Score < 0 || r.Score > 4 || math.IsNaN(r.GuessesLog10) || math.IsInf(r.GuessesLog10, 0) || r.GuessesLog10 < 0 {
		t.Fatalf("%.40q: score %d, guesses 10^%v", p, r.Score, r.GuessesLog10)
	}
	if r.Score <= 2 && len(r.Suggestions) == 0 || r.Score > 2 && (r.Warning != "" || r.Suggestions != nil) {
		t.Fatalf("%.40q: score %d, warning %q, suggestions %v", p, r.Score, r.Warning, r.Suggestions)
	}
	if r.Warning == "residentNumber" {
		return // the number stands for the whole
	}
	at := 0
	for _, m := range r.Sequence {
		if m.I != at || m.J < m.I {
			t.Fatalf("%.40q: a part from %d to %d, where %d is next", p, m.I, m.J, at)
		}
		at = m.J + 1
	}
	if at > strength.MaxRunes {
		t.Fatalf("%.40q: %d characters were judged", p, at)
	}
}

// What is handed to the model has a bound, so its work has one.
func TestAllocations(t *testing.T) {
	strength.Estimate("")
	for _, p := range hostile() {
		if n := testing.AllocsPerRun(1, func() { strength.Estimate(p) }); n > 5000 {
			t.Errorf("%.20q…: %.0f allocations", p, n)
		}
	}
}

// TestAppendedWord: a common word raises the guesses by no more than its own
// guesses allow: those of a part (at least 50), the places it could stand in,
// and a separator's.
func TestAppendedWord(t *testing.T) {
	var all []string
	for _, one := range read(t, "reference.jsonl") {
		all = append(all, one.Password)
	}
	for _, e := range []strength.Estimator{reference, {}} {
		for _, p := range all {
			for _, w := range []string{"password", "dragon", "monkey", "love", "hannah"} {
				appended(t, e, p, w)
			}
		}
	}
}

func appended(t testing.TB, e strength.Estimator, p, word string) {
	t.Helper()
	if len([]rune(p)) > 80 {
		return
	}
	before, after, own := e.Estimate(p), e.Estimate(p+" "+word), e.Estimate(word)
	parts := float64(len(before.Sequence) + 2)
	raised := math.Log10(11) + max(own.GuessesLog10, math.Log10(50)) + math.Log10(parts*(parts-1))
	most := max(before.GuessesLog10, math.Log10(50)) + raised
	most = max(most, 4*(parts-1)) + math.Log10(2) // D^(l-1), and the sum of both terms
	if after.GuessesLog10 > most+1e-6 {
		t.Errorf("%q: 10^%.3f; with %q 10^%.3f, more than 10^%.3f: %v, %v", p, before.GuessesLog10, word, after.GuessesLog10, most, before.Sequence, after.Sequence)
	}
}

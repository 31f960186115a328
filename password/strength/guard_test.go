package strength_test

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"example.com/accountsec/internal/korean"
	"example.com/accountsec/password/strength"
)

// TestReferenceAtTheEdges: what the generated passwords do not reach, as zxcvbn
// 4.4.2 answered it for the reference year 2026.
func TestReferenceAtTheEdges(t *testing.T) {
	for p, want := range map[string]float64{
		"ab\nab\nab\n":    9.000000000434293, // units hold no line ends
		"x\r\nx\r\n":      6.000000434294264,
		"agmsy":           5.000004342923104, // a step of six is no sequence
		"2024":            3.903488631075086, // no recent year to zxcvbn
		"20191987":        4.176091259055681,
		"kk2001988qwerty": 9.359835482339886, // years do not overlap
		"p@ssword1":       4.045322978786657, // the 1 stands for i or l: it is no 1 while @ is a
		"200190199":       5.355662198585409,
	} {
		if got := reference.Estimate(p).GuessesLog10; math.Abs(got-want) > 1e-6 {
			t.Errorf("%q: 10^%.7f, zxcvbn gives 10^%.7f", p, got, want)
		}
	}
	if got := reference.Estimate("abcq", "abcq", "zzz", "abcq").GuessesLog10; math.Abs(got-math.Log10(4)) > 1e-6 {
		t.Errorf("a word that comes twice: 10^%.4f, zxcvbn takes its last rank", got)
	}
	long := strings.Repeat("kqzxvbwj", 13)[:strength.MaxRunes]
	if got := reference.Estimate(long+"f", long).GuessesLog10; got < math.Log10(51) {
		t.Errorf("a word of the user's and more: 10^%.4f", got)
	}
}

// TestOwnWordsInL33t: the user's words are read through substitutions, and only
// where every character fits.
func TestOwnWordsInL33t(t *testing.T) {
	for _, c := range []struct {
		password, word string
		found          bool
	}{
		{"h@n3ulx", "haneulx", true}, {"h@nxulx", "haneulx", false}, {"H@N3ULX", "haneulx", true},
		{"4x45@kq", "4xas", false}, // one symbol is read alike everywhere
		{"4xq4x", "axq4x", false}, {"|x1kqvz", "ixlkqvz", true}, {"|x1kqvz", "ixikqvz", false},
		{"1", "i", false}, {"h@n3", "haneulx", false}, {"p4ssk가q", "passk가q", true},
	} {
		with, without := strength.Estimate(c.password, c.word), strength.Estimate(c.password)
		if found := with.GuessesLog10 < without.GuessesLog10; found != c.found {
			t.Errorf("%q in %q: found %t", c.word, c.password, found)
		}
	}
}

func TestUserInputsHaveBounds(t *testing.T) {
	const word = "zqxjkvbw"
	inputs := make([]string, strength.MaxUserInputs, strength.MaxUserInputs+1)
	for i := range inputs {
		inputs[i] = strings.Repeat("가", i+1)
	}
	if r := strength.Estimate(word, append(inputs, word)...); r.Warning == "userInputs" {
		t.Error("a word beyond the bound is used")
	}
	inputs[len(inputs)-1] = word
	if r := strength.Estimate(word, inputs...); r.Warning != "userInputs" {
		t.Error("a word within the bound is not used")
	}
	if r := strength.Estimate(word, "a b c d e f g "+word); r.Warning != "userInputs" {
		t.Error("the eighth part of an input is not used")
	}
	if r := strength.Estimate(word, "a b c d e f g h "+word); r.Warning == "userInputs" {
		t.Error("the ninth part of an input is used")
	}
}

// TestMemory: what is beyond the bound is not even read.
func TestMemory(t *testing.T) {
	strength.Estimate("가")
	for _, p := range hostile() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		strength.Estimate(p, p, p)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%.20q…: %d bytes", p, n)
		}
	}
}

// TestLatinInKoreanMode: any English word, not only those that are typed by
// mistake often.
func TestLatinInKoreanMode(t *testing.T) {
	for _, p := range []string{"basketball", "strawberry", "butterfly1"} {
		typed := korean.Typed(p)
		if r := strength.Estimate(typed); r.Score > 1 || r.Warning != "koreanKeys" {
			t.Errorf("%s, typed %s: score %d, warning %q", p, typed, r.Score, r.Warning)
		}
	}
	if r := strength.Estimate("월화수목"); r.Warning != "sequences" {
		t.Errorf("days of the week: %q", r.Warning)
	}
	if r := strength.Estimate("2024"); r.Warning != "recentYears" {
		t.Errorf("2024: %q", r.Warning)
	}
}

// TestResultsPrintWithoutThePassword: not even by a word's rank.
func TestResultsPrintWithoutThePassword(t *testing.T) {
	r := strength.Estimate("drag0n김민준", "kim")
	for _, s := range []string{fmt.Sprintf("%v %+v", r, r), fmt.Sprintf("%#v", r), fmt.Sprint(r.Sequence[0]), string(marshal(t, r))} {
		for _, part := range []string{"drag", "김", "passwords", "Rank", "Dictionary"} {
			if strings.Contains(s, part) {
				t.Errorf("%q holds %q", s, part)
			}
		}
	}
	if r.Sequence[0].Rank == 0 || r.Sequence[0].Dictionary != "passwords" || !r.Sequence[0].L33t {
		t.Errorf("%d %q", r.Sequence[0].Rank, r.Sequence[0].Dictionary)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCommonIsTheWhole(t *testing.T) {
	for _, p := range []string{"사랑해 violet otter", "김민준", "01012345678", "swimwearkite"} {
		if strength.Common(p) {
			t.Errorf("%q is common", p)
		}
	}
	long := strings.Repeat("kqzxvbwj", 13)[:strength.MaxRunes]
	if !strength.Common(long, long) || strength.Common(long+"y", long) {
		t.Error("what is longer than the view is taken for its beginning")
	}
	if !strength.Common("사랑해1004") || !strength.Common("saranghae!") {
		t.Error("a Korean word with a tail is not common")
	}
}

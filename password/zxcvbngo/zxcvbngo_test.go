package zxcvbngo_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/accountsec/password"
	"example.com/accountsec/password/zxcvbngo"
)

func TestPolicyTakesIt(t *testing.T) {
	p := password.Policy{Estimator: zxcvbngo.Estimator{}}
	if r := p.Check("violet otter mends a kite", password.Person{}); !r.OK {
		t.Error(r)
	}
	if r := p.Check("violetta", password.Person{}); r.OK || r.Strength.Score > 1 || len(r.Strength.Suggestions) != 1 {
		t.Error(r)
	}
}

// The user's words lower an estimate, in any letter case.
func TestUserInputs(t *testing.T) {
	e := zxcvbngo.Estimator{}
	if with, without := e.Estimate("xqvjwkzp", "XQVJWKZP"), e.Estimate("xqvjwkzp"); with.Score != 0 || without.Score == 0 {
		t.Errorf("with the user's words %+v, without %+v", with, without)
	}
}

// The peer is handed little enough to answer whatever the input is.
func TestBounds(t *testing.T) {
	e := zxcvbngo.Estimator{}
	huge := strings.Repeat("a1\xffB", 1<<18)
	words := make([]string, 1000)
	for i := range words {
		words[i] = huge[:i]
	}
	if got, want := e.Estimate(huge, words...), e.Estimate(string([]rune(huge)[:zxcvbngo.MaxRunes]), words...); got.GuessesLog10 != want.GuessesLog10 {
		t.Errorf("%+v, its beginning %+v", got, want)
	}
	if utf8.ValidString(huge) {
		t.Error("the input was meant to be broken")
	}
}

// TestMeasured measures what the package comment says.
func TestMeasured(t *testing.T) {
	file, err := os.Open("../strength/testdata/reference.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	same, higher, n := 0, 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var want struct {
			Password string
			Own      []string
			Score    int
		}
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		switch got := (zxcvbngo.Estimator{}).Estimate(want.Password, want.Own...); {
		case got.Score == want.Score:
			same++
		case got.Score > want.Score:
			higher++
		}
	}
	t.Logf("of %d passwords the same score %d, a higher one %d", n, same, higher)
	if same*100 > n*60 || higher*100 < n*5 {
		t.Errorf("of %d passwords the same score %d, a higher one %d: the package comment is out of date", n, same, higher)
	}
}

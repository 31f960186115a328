package strength_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/password/strength"
)

// heldOut are the passwords of testdata/korean.txt by how they are written.
func heldOut(t *testing.T) map[string][]string {
	t.Helper()
	file, err := os.Open("testdata/korean.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // was read
	out, kind := map[string][]string{}, ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "## "):
			kind = line[3:]
		case line != "" && !strings.HasPrefix(line, "#"):
			out[kind] = append(out[kind], line)
		}
	}
	return out
}

// keys types what is Hangul with the keyboard in English, and puts more behind.
func keys(words []string, more string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		out[i] = strength.Keys(w) + more
	}
	return out
}

// Of at least 200 passwords that were chosen without the word lists in view, at
// least 95 in a hundred of each kind score 2 or less; so do 90 in a hundred of
// the words that the lists do not hold. Of phrases of several words, typed, some
// are taken for strong: no list joins them.
func TestKoreanAcceptance(t *testing.T) {
	held := heldOut(t)
	if n := len(held["hangul"]) + len(held["typed"]) + len(held["romanised"]); n < 200 {
		t.Errorf("%d passwords, want 200", n)
	}
	list, err := os.ReadFile("../../internal/korean/data/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range held["unlisted"] {
		if slices.Contains(strings.Fields(string(list)), w) {
			t.Errorf("%s is in the list", w)
		}
	}
	for _, c := range []struct {
		name      string
		passwords []string
		strong    int // in a hundred, at most
	}{
		{"hangul", held["hangul"], 5}, {"typed", held["typed"], 5}, {"romanised", held["romanised"], 5},
		{"hangul, typed", keys(held["hangul"], ""), 5},
		{"unlisted", held["unlisted"], 5}, {"unlisted, typed", keys(held["unlisted"], ""), 5}, {"unlisted, typed, digits", keys(held["unlisted"], "123"), 10},
		{"phrases", held["phrases"], 5}, {"phrases, typed", keys(held["phrases"], ""), 20},
	} {
		var strong []string
		for _, pw := range c.passwords {
			if r := strength.Estimate(pw); r.Score > 2 {
				strong = append(strong, pw)
			} else if r.Warning == "" {
				t.Errorf("%s: %s has no warning", c.name, pw)
			}
		}
		t.Logf("%s: %d of %d score 3 or 4: %v", c.name, len(strong), len(c.passwords), strong)
		if len(c.passwords) < 20 || 100*len(strong) > c.strong*len(c.passwords) {
			t.Errorf("%s: %d of %d score 3 or 4: %v", c.name, len(strong), len(c.passwords), strong)
		}
	}
}

package password_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password"
)

var owner = password.Person{Name: "김민준", Email: "persimmon.lover@post.example", Phone: "010-2345-6789", ID: "captain_gull",
	BirthDate: time.Date(1990, 3, 15, 0, 0, 0, 0, time.UTC), Shop: "Barley Field", Other: []string{"lighthouse at Homigot"}}

func detail(pw string, who password.Person) string {
	for _, v := range (password.Policy{}).Check(pw, who).Violations {
		if v.Rule == password.RulePersonal {
			return v.Detail
		}
	}
	return ""
}

// Nearly the owner's data is the owner's data; a word that is merely alike is not.
func TestPersonalNear(t *testing.T) {
	for _, c := range []struct{ password, kind string }{
		{"x persimon x", "email"}, {"x persimmonn x", "email"}, {"x persimnon x", "email"}, {"p3r5imm0n", "email"}, {"nomm1srep 2", "email"},
		{"c4pt41n-gu11", "id"}, {"captian gull", "id"}, {"rlaalswnm", "name"}, {"kim.minjvn", "name"},
		{"01023456788", "phone"}, {"19900316", "birth"}, {"l1ghthousse", "other"}, {"b@rley-f1eld", "shop"},
		{"kmj#8841", "name"}, {"ㄱㅁㅈ#8841", "name"}, {"march15 sun", "birth"}, {"3월15일 바다", "birth"},
		{"violet otter mends a kite", ""}, {"perimeter lamps", ""}, {"gull harbour nine", ""}, {"nakmjor", ""}, {"house of lights", ""}, {"3월의 바다를 본다", ""},
	} {
		if got := detail(c.password, owner); got != c.kind {
			t.Errorf("%q: %q, want %q", c.password, got, c.kind)
		}
	}
	if got := detail("my jqp forest", password.Person{Name: "John Quincy Public"}); got != "name" {
		t.Errorf("initials: %q", got)
	}
	if got := detail("thesapphire", password.Person{Name: "Sam Ape Phi"}); got != "" {
		t.Errorf("initials inside of a word: %q", got)
	}
}

// The words of bits say what Sellers' table says.
func TestDistance(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		b := make([]rune, n)
		for i := range b {
			b[i] = []rune("abc가")[random.IntN(4)]
		}
		return string(b)
	}
	for range 3000 {
		text, part := word(random.IntN(60)), word(1+random.IntN(32))
		if got, want := password.Distance(text, part), sellers([]rune(text), []rune(part)); got != want {
			t.Fatalf("%q in %q: %d, want %d", part, text, got, want)
		}
	}
}

func sellers(text, part []rune) int {
	column := make([]int, len(part)+1)
	for i := range column {
		column[i] = i
	}
	best := len(part)
	for _, r := range text {
		diagonal := 0
		for i, p := range part {
			cost := diagonal
			if p != r {
				cost++
			}
			diagonal = column[i+1]
			column[i+1] = min(cost, column[i]+1, diagonal+1)
		}
		best = min(best, column[len(part)])
	}
	return best
}

// hostile is an owner whose every field is as large as is looked at.
func hostile() password.Person {
	words := strings.Repeat("abababc ", 1<<17)
	return password.Person{Name: words, Email: words + "@" + words, Phone: strings.Repeat("12", 1<<19), ID: words, Shop: words,
		BirthDate: time.Date(1990, 3, 15, 0, 0, 0, 0, time.UTC), Other: []string{words, words, words, words, words, words, words, words, words, words, words, words, words, words, words, words, words, words}}
}

// worst is an owner of long words that no password is near to, so that every
// search goes to its end.
func worst() (who password.Person) {
	for i := range 16 {
		who.Other = append(who.Other, strings.Repeat(strings.Repeat(string(rune('b'+i)), 31)+" ", 8))
	}
	return who
}

func BenchmarkPersonal(b *testing.B) {
	for name, c := range map[string]struct {
		password string
		who      password.Person
		max      int
	}{
		"usual":                       {"violet otter mends a kite", owner, 0},
		"1 MiB":                       {strings.Repeat("ab", 1<<19), owner, 0},
		"hostile owner, 128":          {strings.Repeat("ab", 64), hostile(), 128},
		"hostile owner, 1024":         {strings.Repeat("ab", 512), hostile(), 1024},
		"nothing near, 128":           {strings.Repeat("ax", 64), worst(), 128},
		"nothing near, 1024":          {strings.Repeat("ax", 512), worst(), 1024},
		"hostile owner, 1 MiB":        {strings.Repeat("ab", 1<<19), hostile(), 1024},
		"hostile owner, 1 MiB Hangul": {strings.Repeat("가나", 1<<18), hostile(), 1024},
	} {
		b.Run(name, func(b *testing.B) {
			p := password.Policy{MaxLength: c.max, Estimator: noEstimate{}}
			for b.Loop() {
				p.Check(c.password, c.who)
			}
		})
	}
}

// noEstimate leaves the estimator, which is measured beside its own code, out.
type noEstimate struct{}

func (noEstimate) Estimate(string, ...string) password.Strength { return password.Strength{} }

func FuzzPersonal(f *testing.F) {
	f.Add("x persimon x", "김민준", "persimmon@post.example", "010-2345-6789")
	f.Add("\xff\x00가", "가\u1100", "@", "+82")
	f.Add(strings.Repeat("a", 2000), strings.Repeat("b ", 300), "a@b@c", "0")
	f.Fuzz(func(t *testing.T, pw, name, email, phone string) {
		who := password.Person{Name: name, Email: email, Phone: phone, BirthDate: time.Date(1990, 3, 15, 0, 0, 0, 0, time.UTC)}
		report := password.Policy{Estimator: noEstimate{}}.Check(pw, who)
		for _, v := range report.Violations {
			if v.Rule == password.RulePersonal && v.Detail == "" {
				t.Error("refused without a kind")
			}
		}
		// Whatever stands around it, a date of birth is found.
		if got := detail("19900315", who); got == "" {
			t.Error("the date of birth is not found")
		}
	})
}

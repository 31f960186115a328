package password_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password"
	"example.com/accountsec/password/strength"
)

const (
	good    = "violet otter mends a kite"
	other   = "nine lanterns over the quiet pier"
	another = "푸른 고래가 달을 마신다 tR9"
)

var kim = password.Person{
	Name: "김민준", Email: "mj.skywalker@haneul.example", Phone: "+82 10-1234-5678", ID: "user-4711",
	BirthDate: time.Date(1990, 3, 14, 0, 0, 0, 0, time.UTC), Shop: "Haneul Market", Other: []string{"Rexford"},
}

func failed(r password.Report) []string {
	var out []string
	for _, v := range r.Violations {
		out = append(out, string(v.Rule))
	}
	return out
}

func TestRules(t *testing.T) {
	all := password.Policy{RequireUpper: true, RequireLower: true, RequireDigit: true, RequireSymbol: true}
	for _, c := range []struct {
		policy   password.Policy
		password string
		want     []string
	}{
		{password.Policy{}, good, nil},
		{password.Policy{}, another, nil},
		{password.Policy{}, "", []string{"min_length", "strength"}},
		{password.Policy{}, "password", []string{"common", "strength"}},
		{password.Policy{}, "tR9#mK2", []string{"min_length", "strength"}},
		{password.Policy{}, "12345678", []string{"common", "sequence", "strength"}},
		{password.Policy{}, "ㅋㅋㅋㅋㅋㅋㅋㅋ", []string{"sequence", "strength"}},
		{password.Policy{}, good + "\x00", []string{"characters"}},
		{password.Policy{}, good + "\n", []string{"characters"}},
		{password.Policy{}, good + "\xff", []string{"characters"}},
		{password.Policy{}, strings.Repeat("x", 129), []string{"max_length", "sequence", "strength"}},
		{all, "violetotterkite", []string{"upper", "digit", "symbol"}},
		{all, "Violet otter 7", nil},
		{all, "ÉÈ٣ñandú…klmx", nil},
		{password.Policy{MinScore: password.NoMinScore}, "tR9#mK2x", nil},
		{password.Policy{MinScore: 4}, "x7Kp2mQz9!", []string{"strength"}},
		{password.Policy{MinScore: password.NoMinScore, AllowCommon: true, AllowSequences: true}, "12345678", nil},
		{password.Policy{Common: []string{"Moonrabbit kettle"}}, "moonrabbit KETTLE", []string{"common"}},
	} {
		r := c.policy.Check(c.password, password.Person{})
		if got := failed(r); !slices.Equal(got, c.want) || r.OK != (c.want == nil) {
			t.Errorf("%.30q: %v, want %v", c.password, got, c.want)
		}
	}
}

// Length is counted in code points after NFKC: decomposed Hangul is no longer
// than composed, and full-width letters are letters.
func TestLengthIsCountedAfterNormalisation(t *testing.T) {
	p := password.Policy{MinLength: 4, MaxLength: 4, MinScore: password.NoMinScore, AllowCommon: true}
	for _, c := range []struct {
		password string
		ok       bool
	}{{"김민준희", true}, {"김민준희", true}, {"ＡＢ１𝐜", true}, {"😀😁😂🤣", true}, {"abc", false}, {"abcde", false}, {"ﷺ", false}} {
		if r := p.Check(c.password, password.Person{}); c.ok == slices.ContainsFunc(failed(r), func(s string) bool { return strings.HasSuffix(s, "_length") }) {
			t.Errorf("%q: %v", c.password, failed(r))
		}
	}
	long := password.Policy{MaxLength: 1024}
	if r := long.Check(strings.Repeat(good+" ", 40)[:1000], password.Person{}); slices.Contains(failed(r), "max_length") {
		t.Error(r)
	}
}

func TestPersonalInformation(t *testing.T) {
	for _, c := range []struct{ password, kind string }{
		{"내이름은김민준이야 tR9", "name"}, {"민준 tR9#mK2$vL5@", "name"}, {"tR9#alswns#mK2$", "name"}, {"tR9#RLAALSWNS#mK2$", "name"},
		{"minjun+tR9#mK2$vL5", "name"}, {"tR9# kimminjun mK2$", "name"}, {"tR9#min-jun-kim#mK2", "name"}, {"tR9#nujnim#mK2", "name"},
		{"skywalker tR9#mK2$", "email"}, {"mj.skywalker!tR9", "email"}, {"tR9# haneul vL5@", "email"},
		{"tR9#01012345678#mK2", "phone"}, {"tR9#12345678vL5@mK", "phone"}, {"violet 5678 otter kite", "phone"}, {"tR9 010-1234-5678 mK2", "phone"},
		{"19900314 tR9#mK2$", "birth"}, {"tR9#900314$vL5@", "birth"}, {"violet otter 0314 kite", "birth"}, {"14.03.1990 tR9#mK2$", "birth"}, {"1990-03-14 violet otter", "birth"},
		{"user-4711!tR9#mK2", "id"}, {"tR9#HaneulMarket#mK2", "shop"}, {"violet rexford mends", "other"},
		{good, ""}, {other, ""}, {"skim the violet otter", ""},
	} {
		r := password.Policy{}.Check(c.password, kim)
		got := ""
		for _, v := range r.Violations {
			got += v.Detail
		}
		if got != c.kind {
			t.Errorf("%q: found %q, want %q", c.password, got, c.kind)
		}
	}
	// Short Latin names count only where they stand alone.
	lee := password.Person{Name: "Lee Ann"}
	for p, bad := range map[string]bool{"lee2024 violet otter": true, "sleepy violet otters": false, "planning violet otters": false, "leeann+violet otters": true} {
		if r := (password.Policy{}).Check(p, lee); slices.Contains(failed(r), "personal") != bad {
			t.Errorf("%q: %v", p, failed(r))
		}
	}
}

// Whatever a person's fields hold, a check is bounded and says nothing false.
func TestHostilePerson(t *testing.T) {
	huge := strings.Repeat("\xffa\x00김", 1<<18)
	who := password.Person{Name: huge, Email: huge, Phone: huge, ID: huge, Shop: huge, Other: slices.Repeat([]string{huge}, 1000)}
	if r := (password.Policy{}).Check(good, who); !r.OK {
		t.Errorf("%v", r)
	}
	(password.Policy{}).Check(huge, who)
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("who", "person", kim)
	if s := fmt.Sprintf("%v %+v %#v", kim, kim, kim) + logged.String(); strings.Contains(s, "민준") || strings.Contains(s, "1234") {
		t.Error("a person prints:", s)
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []password.Policy{
		{MinLength: -1}, {MaxLength: -1}, {MinLength: 20, MaxLength: 10}, {MaxLength: 7}, {MaxLength: password.MaxLengthLimit + 1},
		{MinLength: password.MaxLengthLimit + 1}, {MinScore: 5}, {MinScore: -2}, {Common: make([]string, 10001)},
		{MinLength: 1, MaxLength: 3, RequireUpper: true, RequireLower: true, RequireDigit: true, RequireSymbol: true},
	} {
		if p.Validate() == nil {
			t.Errorf("%+v is accepted", p)
		}
		p.Check(good, kim) // still bounded
	}
	for _, p := range []password.Policy{{}, {MinLength: 200}, {MinLength: 15, MinScore: 4}, {MaxLength: 64}} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// Every rule, warning, suggestion and score has a text in both languages.
func TestTexts(t *testing.T) {
	all := password.Policy{RequireUpper: true, RequireLower: true, RequireDigit: true, RequireSymbol: true}
	for _, lang := range []string{"en", "ko", "ko-KR", "fr"} {
		check := func(what, text string) {
			if text == "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "rule.") || strings.Contains(text, "refused.") ||
				strings.Contains(text, "warning.") || strings.Contains(text, "suggestion.") || strings.Contains(text, "score.") {
				t.Errorf("%s in %s: %q", what, lang, text)
			}
		}
		for _, p := range []string{"", "abc", "\x00", strings.Repeat("a", 200), "kimminjun", "01012345678", "Rexford", "123"} {
			r := all.Check(p, kim)
			for _, rule := range r.Rules {
				check(string(rule.Rule), rule.Text(lang))
				if (rule.Reason(lang) == "") != rule.OK {
					t.Errorf("%s: reason %q", rule.Rule, rule.Reason(lang))
				}
			}
			for _, v := range r.Violations {
				check(string(v.Rule), v.Reason(lang))
			}
			check("report", r.Text(lang))
		}
		for _, w := range strength.Warnings() {
			check(w, password.Report{Strength: password.Strength{Warning: w}}.Warning(lang))
		}
		for _, s := range strength.Suggestions() {
			check(s, password.Report{Strength: password.Strength{Suggestions: []string{s}}}.Suggestions(lang)[0])
		}
		for s := -1; s <= 5; s++ {
			check("score", password.Report{Strength: password.Strength{Score: s}}.StrengthLabel(lang))
		}
		check("history", password.RuleResult{Rule: password.RuleHistory}.Text(lang))
		check("history", password.RuleResult{Rule: password.RuleHistory}.Reason(lang))
		if lines := all.Describe(lang); len(lines) != 10 {
			t.Errorf("%d lines: %q", len(lines), lines)
		}
	}
}

func TestPasswordRules(t *testing.T) {
	for want, p := range map[string]password.Policy{
		"minlength: 8; maxlength: 128; allowed: unicode;":                                     {},
		"minlength: 8; maxlength: 128; required: lower; allowed: unicode;":                    {RequireLower: true},
		"minlength: 12; maxlength: 64; required: upper; required: special; allowed: unicode;": {MinLength: 12, MaxLength: 64, RequireUpper: true, RequireSymbol: true},
	} {
		if got := p.PasswordRules(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Reports and errors hold nothing of the password or the person.
func TestPitfall15ReportsHoldNoSecret(t *testing.T) {
	const secret = "kimminjun-zebra-5678"
	r := password.Policy{}.Check(secret, kim)
	for _, s := range []string{fmt.Sprintf("%v %+v %#v", r, r, r), (&password.PolicyError{Report: r}).Error(), r.Text("en"), r.Text("ko")} {
		for _, part := range []string{"zebra", "5678", "minjun", "민준"} {
			if strings.Contains(s, part) {
				t.Errorf("%q holds %q", s, part)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, p := range []string{"", good, "김민준", "\xff\x00", "ﷺﷺ", strings.Repeat("가", 300), "kim.min-jun", "0314"} {
		f.Add(p, "김민준", "010-1234-5678", "a@b.example")
	}
	f.Fuzz(func(t *testing.T, pw, name, phone, email string) {
		r := password.Policy{}.Check(pw, password.Person{Name: name, Phone: phone, Email: email})
		if r.OK != (len(r.Violations) == 0) || len(r.Rules) != 7 {
			t.Fatalf("%+v", r)
		}
		r.Text("ko")
	})
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		password.Policy{}.Check(good, kim)
	}
}

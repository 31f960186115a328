package password_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/accountsec/password"
)

func TestPresets(t *testing.T) {
	for _, c := range []struct {
		name, password string
		policy         password.Policy
		failed         []password.Rule
	}{
		{"NIST", "violet otter kite", password.NIST(), nil},
		{"NIST", "violet otter k", password.NIST(), []password.Rule{password.RuleMinLength}},
		{"KISA two kinds, ten", "vqxkzmwj47", password.KISA(), nil},
		{"KISA two kinds, nine", "vqxkzmwj4", password.KISA(), []password.Rule{password.RuleClasses}},
		{"KISA three kinds, eight", "vQxkzmw4", password.KISA(), nil},
		{"KISA one kind", "vqxkzmwjbghtr", password.KISA(), []password.Rule{password.RuleClasses}},
		{"KISA Hangul is a kind", "보라 수달이 연을 고친다", password.KISA(), nil},
		{"PCI", "violet otter 4 kites", password.PCI(), nil},
		{"PCI letters", "violet otter kites", password.PCI(), []password.Rule{password.RuleDigit}},
		{"PCI digits", "4907-2385-1476", password.PCI(), []password.Rule{password.RuleLetter}},
		{"PCI eleven", "vqxkzmwj4pd", password.PCI(), []password.Rule{password.RuleMinLength}},
	} {
		if err := c.policy.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		report := c.policy.Check(c.password, password.Person{})
		var failed []password.Rule
		for _, v := range report.Violations {
			if v.Rule != password.RuleStrength { // the estimator's, tested beside it
				failed = append(failed, v.Rule)
			}
			for _, lang := range []string{"en", "ko"} {
				if text := v.Reason(lang) + v.Text(lang); strings.ContainsAny(text, "{}/") || strings.Contains(text, "refused.") {
					t.Errorf("%s in %s: %s", c.name, lang, text)
				}
			}
		}
		if !slices.Equal(failed, c.failed) {
			t.Errorf("%s: failed %v, want %v", c.name, failed, c.failed)
		}
	}
}

// Whoever meets the stricter figures of the Korean guide meets its revision of
// 2019: eight characters of two kinds, or ten of one.
func TestKISAMeetsTheRevision(t *testing.T) {
	revised := password.Policy{MinLength: 8, Classes: []password.ClassRule{{MinLength: 8, Classes: 2}, {MinLength: 10, Classes: 1}}}
	for _, pw := range []string{"vQxkzmw4", "vqxkzmwj47", "보라수달이 4연", "VQXKZMWJ##", "VQxk4#zm"} {
		strict, lax := password.KISA().Check(pw, password.Person{}), revised.Check(pw, password.Person{})
		if slices.Contains(failed(strict), "classes") || slices.Contains(failed(lax), "classes") {
			t.Errorf("%s: %v, revised %v", pw, strict, lax)
		}
	}
}

func TestClassesText(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "Capitals, small letters, digits and signs: 10 characters with 2 of these kinds, or 8 characters with 3 of these kinds",
		"ko": "영문 대문자, 소문자, 숫자, 기호 중 2종류 이상이면 10자 이상, 3종류 이상이면 8자 이상",
	} {
		if lines := password.KISA().Describe(lang); !slices.Contains(lines, want) {
			t.Errorf("%s: %q", lang, lines)
		}
	}
}

// What a password manager makes by the attribute meets every rule of length
// and kind of the policy that gave it.
func TestPasswordRulesParse(t *testing.T) {
	for name, p := range map[string]password.Policy{
		"zero": {}, "NIST": password.NIST(), "KISA": password.KISA(), "PCI": password.PCI(),
		"all":           {RequireUpper: true, RequireLower: true, RequireDigit: true, RequireSymbol: true, RequireLetter: true, MinLength: 20, MaxLength: 30},
		"classes, some": {RequireSymbol: true, Classes: []password.ClassRule{{MinLength: 12, Classes: 3}}},
		"classes only":  {Classes: []password.ClassRule{{MinLength: 40, Classes: 1}, {MinLength: 9, Classes: 4}}},
		"letter":        {RequireLetter: true, RequireUpper: true},
		"letter, kinds": {RequireLetter: true, Classes: []password.ClassRule{{MinLength: 12, Classes: 1}}},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		rules, err := parseAppleRules(p.PasswordRules())
		if err != nil {
			t.Errorf("%s: %q: %v", name, p.PasswordRules(), err)
			continue
		}
		if rules.minLength > rules.maxLength || !slices.Equal(rules.allowed, []string{"unicode"}) {
			t.Errorf("%s: %q", name, p.PasswordRules())
		}
		for _, v := range p.Check(rules.generate(), password.Person{}).Violations {
			switch v.Rule {
			case password.RuleStrength, password.RuleCommon, password.RuleSequence:
			default:
				t.Errorf("%s: %q made by %q fails %s", name, rules.generate(), p.PasswordRules(), v.Rule)
			}
		}
	}
	for _, bad := range []string{"", "minlength 8;", "minlength: 08;", "required: letters;", "allowed: ;", "colour: red;", "minlength: 8;;", "minlength: 8 9;", "minlength: -1;", "required: upper lower;", "required: upper,;", "minlength: 8, maxlength: 9;"} {
		if _, err := parseAppleRules(bad); err == nil {
			t.Errorf("the parser accepts %q", bad)
		}
	}
}

func TestClassRulesAreValidated(t *testing.T) {
	for name, rules := range map[string][]password.ClassRule{
		"no kinds": {{MinLength: 8}}, "five kinds": {{MinLength: 8, Classes: 5}}, "too short": {{MinLength: 1, Classes: 2}},
		"beyond the maximum": {{MinLength: 129, Classes: 2}}, "too many": slices.Repeat([]password.ClassRule{{MinLength: 8, Classes: 2}}, 9),
	} {
		if (password.Policy{Classes: rules}).Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

package password

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/accountsec/password/strength"
	"golang.org/x/text/unicode/norm"
)

// bytesPerRune bounds what is normalised: no code point needs more bytes than
// this before NFKC, three conjoining jamo or a letter with its accents included.
const bytesPerRune = 16

// Check judges a password for a person, rule by rule. It is pure, never
// panics, and does bounded work on any input; the report holds nothing of the
// password.
func (p Policy) Check(password string, who Person) Report {
	q := p.withDefaults()
	clean, valid, whole := normalize(password, min(max(q.MaxLength, 0), MaxLengthLimit))
	length := utf8.RuneCountInString(clean)
	own := personal(who)
	r := Report{OK: true, Rules: p.rules()}
	r.Strength = q.Estimator.Estimate(clean, own.words()...)
	for i := range r.Rules {
		rule := &r.Rules[i]
		switch rule.Rule {
		case RuleCharacters:
			rule.OK = valid
		case RuleMinLength:
			rule.OK = length >= q.MinLength
		case RuleMaxLength:
			rule.OK = whole && length <= q.MaxLength
		case RuleUpper:
			rule.OK = strings.ContainsFunc(clean, unicode.IsUpper)
		case RuleLower:
			rule.OK = strings.ContainsFunc(clean, unicode.IsLower)
		case RuleDigit:
			rule.OK = strings.ContainsFunc(clean, unicode.IsDigit)
		case RuleSymbol:
			rule.OK = strings.ContainsFunc(clean, isSymbol)
		case RuleLetter:
			rule.OK = strings.ContainsFunc(clean, unicode.IsLetter)
		case RuleClasses:
			rule.OK = p.meetsClasses(clean, length)
		case RuleCommon:
			rule.OK = !strength.Common(clean, p.Common[:min(len(p.Common), maxCommon)]...)
		case RuleSequence:
			rule.OK = strength.Patterned(clean) <= 0.5
		case RulePersonal:
			rule.Detail = own.in(first(clean, q.MaxLength))
			if rule.Detail == "" && whole && length <= q.MaxLength {
				rule.Detail = own.near(clean)
			}
			rule.OK = rule.Detail == ""
		case RuleStrength:
			rule.OK = r.Strength.Score >= q.MinScore
		}
	}
	return r.settled()
}

// first gives the first n code points. What is longer is refused by its length.
func first(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

func isSymbol(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !unicode.IsControl(r)
}

// normalize brings a password to the form that is counted and hashed: NFKC
// (NIST SP 800-63B-4 §3.1.1.2). valid is false if it is not UTF-8 or holds
// control characters; whole is false if it was far too long to be read whole.
func normalize(password string, maxRunes int) (clean string, valid, whole bool) {
	limit := bytesPerRune * maxRunes
	whole = len(password) <= limit
	if !whole {
		password = password[:limit]
		for len(password) > 0 && !utf8.RuneStart(password[len(password)-1]) {
			password = password[:len(password)-1]
		}
	}
	valid = utf8.ValidString(password) && !strings.ContainsFunc(password, unicode.IsControl)
	return norm.NFKC.String(strings.ToValidUTF8(password, "\uFFFD")), valid, whole
}

// hashable is the form of a typed password that is hashed; false if no
// password can look like this, whatever the policy.
func hashable(password string) (string, bool) {
	clean, valid, whole := normalize(password, MaxLengthLimit)
	return clean, valid && whole && clean != "" && len(clean) <= MaxHashInput
}

// settled fills in what follows from the rules.
func (r Report) settled() Report {
	r.Violations = nil
	for _, rule := range r.Rules {
		if !rule.OK {
			r.Violations = append(r.Violations, rule)
		}
	}
	r.OK = len(r.Violations) == 0
	return r
}

// with gives a copy of the report with one more rule.
func (r Report) with(rule RuleResult) Report {
	r.Rules = append(slices.Clone(r.Rules), rule)
	return r.settled()
}

// String keeps reports short in logs: the rules that failed and the score.
func (r Report) String() string {
	var failed []string
	for _, v := range r.Violations {
		failed = append(failed, string(v.Rule))
	}
	return fmt.Sprintf("{OK:%t failed:%v score:%d}", r.OK, failed, r.Strength.Score)
}

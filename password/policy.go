package password

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/accountsec/internal/message"
	"example.com/accountsec/password/strength"
)

const (
	// DefaultMinLength and DefaultMaxLength bound a password's length in code
	// points unless the policy says otherwise. NIST SP 800-63B-4 §3.1.1.2 asks
	// for at least 8 where a second factor may follow, and for accepting at
	// least 64.
	DefaultMinLength = 8
	// DefaultMaxLength bounds the length from above; see [DefaultMinLength].
	DefaultMaxLength = 128
	// MaxLengthLimit is the longest [Policy].MaxLength.
	MaxLengthLimit = 1024
	// DefaultMinScore is the least strength unless the policy says otherwise.
	DefaultMinScore = 3
	// NoMinScore asks for no strength at all.
	NoMinScore = -1
)

// Strength is an estimate of [strength.Estimate].
type Strength = strength.Result

// Estimator judges how hard a password is to guess. Implementations must be
// pure, safe for concurrent use, and bounded on any input: invalid UTF-8 and
// megabytes included. userInputs are words that belong to the user, the most
// telling first.
type Estimator interface {
	Estimate(password string, userInputs ...string) strength.Result
}

var _ Estimator = strength.Estimator{}

// Policy says what a good password is. The zero value is the recommended
// policy. A policy is a plain value: copy it, keep it, check with it from any
// number of goroutines.
type Policy struct {
	// MinLength is the least number of code points after NFKC. Defaults to
	// [DefaultMinLength].
	MinLength int
	// MaxLength is the greatest number of code points after NFKC, at most
	// [MaxLengthLimit]. Longer passwords are refused, never cut. Defaults to
	// [DefaultMaxLength].
	MaxLength int
	// RequireUpper asks for an upper-case letter of any script. NIST
	// SP 800-63B-4 advises against this and the three that follow. Defaults to
	// false.
	RequireUpper bool
	// RequireLower asks for a lower-case letter of any script. Defaults to false.
	RequireLower bool
	// RequireDigit asks for a decimal digit. Defaults to false.
	RequireDigit bool
	// RequireSymbol asks for a character that is neither letter nor digit; a
	// space counts. Defaults to false.
	RequireSymbol bool
	// RequireLetter asks for a letter of any script. Defaults to false.
	RequireLetter bool
	// Classes asks for kinds of characters by length: a password must meet one
	// of them, such as ten characters of two kinds or eight of three. At most 8.
	// Defaults to none.
	Classes []ClassRule
	// MinScore is the least strength, 0 to 4, or [NoMinScore]. Defaults to
	// [DefaultMinScore].
	MinScore int
	// AllowPersonal accepts names, dates, numbers and addresses of the owner in
	// the password. Defaults to false.
	AllowPersonal bool
	// AllowCommon accepts words that attackers try first. Defaults to false.
	AllowCommon bool
	// AllowSequences accepts passwords that consist mostly of repeats,
	// sequences and keyboard rows. Defaults to false.
	AllowSequences bool
	// Common are further words to refuse as passwords, such as the shop's own
	// products; at most 10,000. Defaults to none.
	Common []string
	// Estimator judges the strength. Defaults to [strength.Estimator].
	Estimator Estimator
}

const maxCommon = 10000

// Validate reports what contradicts itself or is out of bounds. [New] calls it.
func (p Policy) Validate() error {
	var errs []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("password: policy: "+format, args...))
		}
	}
	q := p.withDefaults()
	refuse(p.MinLength < 0, "MinLength %d is negative", p.MinLength)
	refuse(p.MaxLength < 0, "MaxLength %d is negative", p.MaxLength)
	refuse(q.MaxLength > MaxLengthLimit, "MaxLength %d exceeds %d", q.MaxLength, MaxLengthLimit)
	refuse(q.MinLength > q.MaxLength, "MinLength %d exceeds MaxLength %d", q.MinLength, q.MaxLength)
	refuse(p.classes() > q.MaxLength, "%d required classes do not fit in %d characters", p.classes(), q.MaxLength)
	refuse(p.MinScore < NoMinScore || p.MinScore > 4, "MinScore %d is not within -1 to 4", p.MinScore)
	refuse(len(p.Common) > maxCommon, "%d common words; at most %d are accepted", len(p.Common), maxCommon)
	p.validateClasses(refuse)
	return errors.Join(errs...)
}

// charClasses counts the kinds that are asked for one by one.
func (p Policy) charClasses() int {
	n := p.classes()
	if p.RequireLetter && !p.RequireUpper && !p.RequireLower {
		n--
	}
	return n
}

func (p Policy) classes() int {
	n := 0
	for _, required := range []bool{p.RequireUpper, p.RequireLower, p.RequireDigit, p.RequireSymbol, p.RequireLetter && !p.RequireUpper && !p.RequireLower} {
		if required {
			n++
		}
	}
	return n
}

// withDefaults fills in the zero fields.
func (p Policy) withDefaults() Policy {
	if p.MinLength == 0 {
		p.MinLength = DefaultMinLength
	}
	if p.MaxLength == 0 {
		p.MaxLength = max(DefaultMaxLength, min(p.MinLength, MaxLengthLimit))
	}
	if p.MinScore == 0 {
		p.MinScore = DefaultMinScore
	}
	if p.Estimator == nil {
		p.Estimator = strength.Estimator{}
	}
	return p
}

// clone keeps the caller's later changes of the slices out.
func (p Policy) clone() Policy {
	p.Classes = slices.Clone(p.Classes)
	p.Common = slices.Clone(p.Common)
	return p
}

// Describe gives the policy as guidelines, one rule a line, in a language
// ("ko", "en", a BCP 47 tag or an Accept-Language header).
func (p Policy) Describe(lang string) []string {
	var lines []string
	for _, r := range p.rules() {
		if r.Rule != RuleCharacters {
			lines = append(lines, r.Text(lang))
		}
	}
	return lines
}

// PasswordRules gives the value of the HTML attribute passwordrules, by which
// password managers make passwords that the policy accepts:
//
//	minlength: 8; maxlength: 128; required: lower; allowed: unicode;
func (p Policy) PasswordRules() string {
	q := p.withDefaults()
	least, kinds := q.MinLength, 0
	if options := p.classOptions(); len(options) > 0 { // the one of the fewest kinds
		least, kinds = max(least, options[0].MinLength), options[0].Classes
	}
	var b strings.Builder
	fmt.Fprintf(&b, "minlength: %d; maxlength: %d; ", least, q.MaxLength)
	missing := max(kinds-p.charClasses(), 0)
	for _, class := range []struct {
		name     string
		required bool
	}{{"lower", p.RequireLower}, {"digit", p.RequireDigit}, {"upper", p.RequireUpper}, {"special", p.RequireSymbol}} {
		if !class.required && missing > 0 {
			class.required = true
			missing--
		}
		if class.required {
			b.WriteString("required: " + class.name + "; ")
		}
	}
	if p.RequireLetter && kinds == 0 && !p.RequireUpper && !p.RequireLower {
		b.WriteString("required: lower, upper; ")
	}
	b.WriteString("allowed: unicode;")
	return b.String()
}

// rules lists the rules in force, in the order of a report, none judged yet.
func (p Policy) rules() []RuleResult {
	q := p.withDefaults()
	var rules []RuleResult
	add := func(inForce bool, rule Rule, args message.Args) {
		if inForce {
			rules = append(rules, RuleResult{Rule: rule, OK: true, Args: args})
		}
	}
	add(true, RuleCharacters, nil)
	add(true, RuleMinLength, message.Args{"min": strconv.Itoa(q.MinLength)})
	add(true, RuleMaxLength, message.Args{"max": strconv.Itoa(q.MaxLength)})
	add(p.RequireLetter, RuleLetter, nil)
	add(p.RequireUpper, RuleUpper, nil)
	add(p.RequireLower, RuleLower, nil)
	add(p.RequireDigit, RuleDigit, nil)
	add(p.RequireSymbol, RuleSymbol, nil)
	add(len(p.Classes) > 0, RuleClasses, p.classArgs())
	add(!p.AllowCommon, RuleCommon, nil)
	add(!p.AllowSequences, RuleSequence, nil)
	add(!p.AllowPersonal, RulePersonal, nil)
	add(q.MinScore > 0, RuleStrength, message.Args{"score": strconv.Itoa(q.MinScore)})
	return rules
}

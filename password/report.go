package password

import (
	"embed"
	"strconv"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
)

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Rule names a rule. The strings are stable.
type Rule string

// The rules, in the order of a report.
const (
	RuleCharacters Rule = "characters" // valid UTF-8 without control characters
	RuleMinLength  Rule = "min_length"
	RuleMaxLength  Rule = "max_length"
	RuleUpper      Rule = "upper"
	RuleLower      Rule = "lower"
	RuleDigit      Rule = "digit"
	RuleSymbol     Rule = "symbol"
	RuleLetter     Rule = "letter"
	RuleClasses    Rule = "classes"  // enough kinds of characters for its length
	RuleCommon     Rule = "common"   // not one of the words that are tried first
	RuleSequence   Rule = "sequence" // not mostly repeats, sequences, keyboard rows
	RulePersonal   Rule = "personal" // nothing of the owner's
	RuleStrength   Rule = "strength" // hard enough to guess
	// RuleHistory is in the Manager's reports only, and only once all other
	// rules are met: it takes several hashes to judge.
	RuleHistory Rule = "history"
	// RuleBreached is in the Manager's reports only, when the password was found
	// in leaked data; see [Config].Breach.
	RuleBreached Rule = "breached"
)

// The kinds of personal information in [RuleResult].Detail.
const (
	PersonalName  = "name"
	PersonalEmail = "email"
	PersonalPhone = "phone"
	PersonalBirth = "birth"
	PersonalID    = "id"
	PersonalShop  = "shop"
	PersonalOther = "other"
)

// RuleResult is one rule of the policy and whether the password meets it.
type RuleResult struct {
	Rule Rule
	OK   bool
	// Args fill in the texts: "min", "max", "score", "options" (of [RuleClasses],
	// "10/2 8/3": length and kinds) or "count" (of [RuleBreached]).
	Args map[string]string
	// Detail is the kind of personal information that was found, for
	// [RulePersonal]; else "".
	Detail string
}

// Key names the rule's text in the catalogue.
func (r RuleResult) Key() string { return "rule." + string(r.Rule) }

// Text is the rule in a language: "At least 8 characters".
func (r RuleResult) Text(lang string) string { return catalogue().Text(lang, r.Key(), r.args(lang)) }

// args are the arguments as a language writes them.
func (r RuleResult) args(lang string) message.Args {
	if r.Rule == RuleClasses {
		return message.Args{"options": classText(lang, r.Args["options"])}
	}
	return r.Args
}

// Reason is what is wrong in a language; "" if the rule is met.
func (r RuleResult) Reason(lang string) string {
	switch {
	case r.OK:
		return ""
	case r.Rule == RulePersonal && catalogue().Has("refused.personal."+r.Detail):
		return catalogue().Text(lang, "refused.personal."+r.Detail, r.Args)
	}
	return catalogue().Text(lang, "refused."+string(r.Rule), r.args(lang))
}

// Report is a password's result under a policy. It holds nothing of the
// password.
type Report struct {
	// OK is true if every rule is met.
	OK bool
	// Rules are all rules in force, met or not, in a fixed order.
	Rules []RuleResult
	// Violations are those not met.
	Violations []RuleResult
	// Strength is the estimate.
	Strength Strength
}

// StrengthLabel is the score in words of a language, "Very weak" to "Strong".
func (r Report) StrengthLabel(lang string) string {
	return catalogue().Text(lang, "score."+strconv.Itoa(min(max(r.Strength.Score, 0), 4)), nil)
}

// Warning is what makes the password weak, in a language; "" if nothing does.
func (r Report) Warning(lang string) string {
	if r.Strength.Warning == "" {
		return ""
	}
	return catalogue().Text(lang, "warning."+r.Strength.Warning, nil)
}

// Suggestions are what would make it stronger, in a language.
func (r Report) Suggestions(lang string) []string {
	var out []string
	for _, s := range r.Strength.Suggestions {
		out = append(out, catalogue().Text(lang, "suggestion."+s, nil))
	}
	return out
}

// Text is the whole report in a language, one sentence a line: what is wrong,
// then the warning and the suggestions. "" if nothing is to be said.
func (r Report) Text(lang string) string {
	var lines []string
	for _, v := range r.Violations {
		lines = append(lines, v.Reason(lang))
	}
	if w := r.Warning(lang); w != "" {
		lines = append(lines, w)
	}
	return strings.Join(append(lines, r.Suggestions(lang)...), "\n")
}

package password

import (
	"strconv"
	"time"

	"example.com/accountsec/internal/message"
)

// LintCode names a setting that is known to harm. The strings are stable.
type LintCode string

// What Lint warns of.
const (
	LintShortMinimum   LintCode = "short_minimum"   // below 8: NIST SP 800-63B-4 §3.1.1.2
	LintShortMaximum   LintCode = "short_maximum"   // below 64: phrases and generated passwords are refused
	LintComposition    LintCode = "composition"     // kinds of characters are asked for: answered by "Password1!"
	LintNoStrength     LintCode = "no_strength"     // guessable passwords are accepted
	LintAllowCommon    LintCode = "allow_common"    // what attackers try first is accepted
	LintAllowPersonal  LintCode = "allow_personal"  // the owner's data are accepted
	LintAllowSequences LintCode = "allow_sequences" // rows of keys are accepted
	LintNoHistory      LintCode = "no_history"      // the password that leaked may be set again
	LintEarlyAge       LintCode = "early_age"       // owners are told to change it more than once a year
)

// Advice is a warning of a setting. It is no error: a regulation may ask for
// what harms.
type Advice struct {
	Code LintCode
	// Args fill in the text: "have" is what is set, "want" what is advised.
	Args map[string]string
}

// Text says in a language what is wrong with the setting and what to do.
func (a Advice) Text(lang string) string {
	return catalogue().Text(lang, "lint."+string(a.Code), a.Args)
}

const (
	leastMaximum = 64                   // code points: NIST SP 800-63B-4 §3.1.1.2
	earliestAge  = 365 * 24 * time.Hour // sooner is an expiry in disguise
	day          = 24 * time.Hour
)

// Lint warns of settings that are known to do more harm than good; nil if there
// are none. It expects a policy that [Policy.Validate] accepts.
func (p Policy) Lint() []Advice {
	q := p.withDefaults()
	var out []Advice
	warn := func(bad bool, code LintCode, args message.Args) {
		if bad {
			out = append(out, Advice{code, args})
		}
	}
	warn(q.MinLength < DefaultMinLength, LintShortMinimum, bounds(q.MinLength, DefaultMinLength))
	warn(q.MaxLength < leastMaximum, LintShortMaximum, bounds(q.MaxLength, leastMaximum))
	warn(p.classes() > 0 || len(p.Classes) > 0, LintComposition, nil)
	warn(q.MinScore < 2, LintNoStrength, nil)
	warn(p.AllowCommon, LintAllowCommon, nil)
	warn(p.AllowPersonal, LintAllowPersonal, nil)
	warn(p.AllowSequences, LintAllowSequences, nil)
	return out
}

// Lint is [Policy.Lint] with the manager's own settings.
func (c Config) Lint() []Advice {
	out := c.Policy.Lint()
	if c.History == NoHistory {
		out = append(out, Advice{Code: LintNoHistory})
	}
	if c.AdviseAfter > 0 && c.AdviseAfter < earliestAge {
		out = append(out, Advice{LintEarlyAge, bounds(int(c.AdviseAfter/day), int(earliestAge/day))})
	}
	return out
}

func bounds(have, want int) message.Args {
	return message.Args{"have": strconv.Itoa(have), "want": strconv.Itoa(want)}
}

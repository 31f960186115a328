package passwordweb

import (
	"embed"
	"strconv"
	"strings"
	"sync"

	"example.com/accountsec/internal/message"
	"example.com/accountsec/password"
)

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// ruleView is one rule, ticked or crossed, in the visitor's language.
type ruleView struct {
	Rule  string `json:"rule"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`  // the rule, or what is wrong
	State string `json:"state"` // for those who do not see the mark

	Plain string `json:"-"` // the rule, whatever the result
	Quiet bool   `json:"-"` // shown only when it fails
}

// view is a report in the visitor's language; the handler's answer.
type view struct {
	OK      bool       `json:"ok"`
	Score   int        `json:"score"` // 0 to 4
	Verdict string     `json:"verdict"`
	Advice  string     `json:"advice"`
	Summary string     `json:"summary"` // all of it in a sentence, to be spoken
	Rules   []ruleView `json:"rules"`
}

func viewOf(report password.Report, lang string) view {
	v := view{OK: report.OK, Score: report.Strength.Score, Verdict: report.StrengthLabel(lang)}
	v.Advice = strings.TrimSpace(report.Warning(lang) + " " + strings.Join(report.Suggestions(lang), " "))
	met := 0
	for _, rule := range report.Rules {
		one := ruleView{Rule: string(rule.Rule), OK: rule.OK, Plain: rule.Text(lang), State: text(lang, "unmet", nil), Quiet: isQuiet(rule.Rule)}
		one.Text = rule.Reason(lang)
		if rule.OK {
			one.Text, one.State, met = one.Plain, text(lang, "met", nil), met+1
		}
		v.Rules = append(v.Rules, one)
	}
	v.Summary = text(lang, "summary", message.Args{"verdict": v.Verdict, "met": strconv.Itoa(met), "all": strconv.Itoa(len(v.Rules))})
	return v
}

// isQuiet tells of rules that nearly every password meets.
func isQuiet(r password.Rule) bool {
	return r == password.RuleCharacters || r == password.RuleMaxLength
}

func text(lang, key string, args message.Args) string { return catalogue().Text(lang, key, args) }

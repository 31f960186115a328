package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/password"
)

// ruleView is one rule of the policy, ticked or crossed.
type ruleView struct {
	Rule string `json:"rule"`
	Text string `json:"text"`
	Mark string `json:"mark"` // for those who do not see the tick
	OK   bool   `json:"ok"`

	Quiet bool `json:"-"` // shown only when it fails
}

// reportView is a password's report in the visitor's language.
type reportView struct {
	Rules   []ruleView `json:"rules"`
	Score   int        `json:"score"` // 0 to 4
	Verdict string     `json:"verdict"`
	Advice  string     `json:"advice"`
	Spoken  string     `json:"spoken"` // all of it in one sentence

	Judged    bool   `json:"-"` // false: nothing was typed yet
	HTMLRules string `json:"-"`
}

// emptyReport lists the rules before anything was typed.
func (a *app) emptyReport(p *page, who accountsec.Account) reportView {
	report := a.guard.CheckPassword(who, "")
	v := a.report(p, report)
	for i, rule := range report.Rules {
		v.Rules[i].Text = rule.Text(p.Lang)
	}
	v.Judged, v.Verdict, v.Advice, v.Spoken = false, "", "", ""
	return v
}

func (a *app) report(p *page, report password.Report) reportView {
	v := reportView{Judged: true, HTMLRules: a.policy.PasswordRules(), Score: report.Strength.Score}
	met := 0
	for _, rule := range report.Rules {
		mark, text := "password.unmet", rule.Reason(p.Lang)
		if rule.OK {
			mark, text, met = "password.met", rule.Text(p.Lang), met+1
		}
		v.Rules = append(v.Rules, ruleView{
			Rule: string(rule.Rule), Text: text, Mark: p.T(mark), OK: rule.OK,
			Quiet: rule.Rule == password.RuleCharacters || rule.Rule == password.RuleMaxLength,
		})
	}
	v.Verdict = report.StrengthLabel(p.Lang)
	v.Advice = strings.TrimSpace(report.Warning(p.Lang) + " " + strings.Join(report.Suggestions(p.Lang), " "))
	v.Spoken = p.T("password.spoken", "strength", v.Verdict, "met", met, "all", len(v.Rules), "advice", v.Advice)
	return v
}

// refused shows why a new password was refused; false if err is not that.
func (a *app) refused(p *page, err error, v *reportView) bool {
	var policy *password.PolicyError
	if !errors.As(err, &policy) {
		return false
	}
	*v = a.report(p, policy.Report)
	p.wrong("password", "password.refused")
	return true
}

// maxCheck bounds the JSON of one check.
const maxCheck = 16 << 10

// checkPassword judges a password while it is typed. Nothing of it is kept.
func (a *app) checkPassword(w http.ResponseWriter, r *http.Request) {
	var in struct{ Password, Name, Email, Phone, Birth string }
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCheck))
	if r.Header.Get("Content-Type") != "application/json" || dec.Decode(&in) != nil {
		http.Error(w, "want a small JSON object", http.StatusBadRequest)
		return
	}
	who := accountsec.Account{Name: canon.Line(in.Name, maxName), Email: canon.Line(in.Email, maxEmail), Phone: canon.Line(in.Phone, maxPhone)}
	who.BirthDate, _ = time.Parse(time.DateOnly, in.Birth) // half a date is no date yet
	if me := visitorOf(r).me; me != nil {
		who = me.account()
	}
	p := &page{Lang: a.langOf(r), text: a.text}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(a.report(p, a.guard.CheckPassword(who, in.Password))); err != nil {
		a.log.DebugContext(r.Context(), "write report", "err", err)
	}
}

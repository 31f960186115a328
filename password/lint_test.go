package password_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/password"
)

func TestLint(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  password.Config
		want []password.LintCode
	}{
		"zero":         {},
		"NIST":         {cfg: password.Config{Policy: password.NIST()}},
		"KISA":         {password.Config{Policy: password.KISA()}, []password.LintCode{password.LintComposition}},
		"PCI":          {password.Config{Policy: password.PCI()}, []password.LintCode{password.LintComposition}},
		"short":        {password.Config{Policy: password.Policy{MinLength: 6, MaxLength: 20}}, []password.LintCode{password.LintShortMinimum, password.LintShortMaximum}},
		"63":           {password.Config{Policy: password.Policy{MaxLength: 63}}, []password.LintCode{password.LintShortMaximum}},
		"64":           {cfg: password.Config{Policy: password.Policy{MaxLength: 64}}},
		"anything":     {password.Config{Policy: password.Policy{MinScore: password.NoMinScore, AllowCommon: true, AllowPersonal: true, AllowSequences: true}}, []password.LintCode{password.LintNoStrength, password.LintAllowCommon, password.LintAllowPersonal, password.LintAllowSequences}},
		"ninety days":  {password.Config{AdviseAfter: 90 * 24 * time.Hour}, []password.LintCode{password.LintEarlyAge}},
		"a year":       {cfg: password.Config{AdviseAfter: 365 * 24 * time.Hour}},
		"no history":   {password.Config{History: password.NoHistory}, []password.LintCode{password.LintNoHistory}},
		"require sign": {password.Config{Policy: password.Policy{RequireSymbol: true}}, []password.LintCode{password.LintComposition}},
	} {
		var got []password.LintCode
		for _, a := range c.cfg.Lint() {
			got = append(got, a.Code)
			for _, lang := range []string{"en", "ko"} {
				if text := a.Text(lang); text == "" || strings.Contains(text, "lint.") || strings.ContainsAny(text, "{}") {
					t.Errorf("%s in %s: %q", a.Code, lang, text)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

package sms

import (
	"strconv"

	"example.com/accountsec/internal/message"
	"example.com/accountsec/mfa"
)

// Guide implements [mfa.Method].
func (m *Method) Guide(lang string) mfa.Guide {
	args := message.Args{"shop": m.cfg.Brand, "digits": strconv.Itoa(Digits), "minutes": strconv.Itoa(int(Lifetime.Minutes()))}
	text := func(keys ...string) (out []string) {
		for _, key := range keys {
			out = append(out, catalogue().Text(lang, key, args))
		}
		return out
	}
	return mfa.Guide{
		Method: Name, Title: text("title")[0],
		Why: text("why.1", "why.2"), Steps: text("step.1", "step.2", "step.3", "step.4"),
		Pros: text("pro.1", "pro.2"), Cons: text("con.1", "con.2", "con.3", "con.4"),
		Recommendation: text("recommendation")[0],
	}
}

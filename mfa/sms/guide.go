package sms

import (
	"errors"
	"strconv"
	"time"

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

// Explain tells a customer, in a language, what an error of Enroll or Challenge
// means; "" if it is none of this package's. The Manager wraps them.
func Explain(lang string, err error) string {
	var limit *LimitError
	key, args := "", message.Args{}
	switch {
	case errors.Is(err, ErrNumber):
		key = "error.number"
	case errors.Is(err, ErrCountry):
		key = "error.country"
	case errors.Is(err, ErrNumberType):
		key = "error.type"
	case errors.Is(err, ErrEnrolled):
		key = "error.enrolled"
	case errors.Is(err, ErrBusy):
		key = "error.busy"
	case !errors.As(err, &limit):
		return ""
	case limit.Paused:
		key = "error.paused"
	case limit.RetryAfter <= 90*time.Second:
		key, args["n"] = "error.seconds", units(limit.RetryAfter, time.Second)
	default:
		key, args["n"] = "error.minutes", units(limit.RetryAfter, time.Minute)
	}
	return catalogue().Text(lang, key, args)
}

// units counts, rounding up.
func units(d, unit time.Duration) string { return strconv.Itoa(int((d + unit - 1) / unit)) }

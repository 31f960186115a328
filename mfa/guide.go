package mfa

import (
	"embed"
	"sync"

	"example.com/accountsec/internal/message"
)

// Guide helps a customer to choose a method and to set it up. All texts are
// plain text in one language.
type Guide struct {
	// Method is the name of the method, Title what customers call it.
	Method, Title string
	// Why says what it is good for.
	Why []string
	// Steps lead through the enrolment, in order.
	Steps []string
	// Pros and Cons are its advantages and drawbacks.
	Pros, Cons []string
	// Recommendation says for whom it is the right choice.
	Recommendation string
}

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Guide explains a method on offer, or recovery codes for [RecoveryCode], in a
// language (a BCP 47 tag or an Accept-Language header; English if it is not
// known). Errors: [ErrNoMethod].
func (m *Manager) Guide(lang, method string) (Guide, error) {
	if method == RecoveryCode {
		return recoveryGuide(lang), nil
	}
	found, ok := m.methods[method]
	if !ok {
		return Guide{}, ErrNoMethod
	}
	g := found.Guide(lang)
	g.Method = method
	return g, nil
}

func recoveryGuide(lang string) Guide {
	text := func(keys ...string) (out []string) {
		for _, key := range keys {
			out = append(out, catalogue().Text(lang, "recovery."+key, message.Args{"n": itoa(RecoveryCodes), "few": itoa(FewRecoveryCodes)}))
		}
		return out
	}
	return Guide{
		Method: RecoveryCode, Title: text("title")[0],
		Why: text("why.1", "why.2"), Steps: text("step.1", "step.2", "step.3"),
		Pros: text("pro.1", "pro.2"), Cons: text("con.1", "con.2"),
		Recommendation: text("recommendation")[0],
	}
}

package webauthn

import (
	"embed"
	"sync"

	"example.com/accountsec/internal/message"
	"example.com/accountsec/mfa"
)

//go:embed messages
var messageFiles embed.FS

var catalogue = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Guide implements [mfa.Method].
func (m *Method) Guide(lang string) mfa.Guide {
	args := message.Args{"shop": m.cfg.RPName}
	text := func(keys ...string) (out []string) {
		for _, key := range keys {
			out = append(out, catalogue().Text(lang, key, args))
		}
		return out
	}
	return mfa.Guide{
		Method: Name, Title: text("title")[0],
		Why: text("why.1", "why.2"), Steps: text("step.1", "step.2", "step.3"),
		Pros: text("pro.1", "pro.2", "pro.3"), Cons: text("con.1", "con.2"),
		Recommendation: text("recommendation")[0],
	}
}

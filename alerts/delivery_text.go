package alerts

import "example.com/accountsec/internal/message"

// Text says in a language (a BCP 47 tag or an Accept-Language header) how far
// the delivery is and why, for a page that its owner sees.
func (d Delivery) Text(lang string) string {
	t := Tried{State: d.State}
	if n := len(d.Log); n > 0 && d.Log[n-1].State == d.State {
		t.Reason = d.Log[n-1].Reason
	}
	return t.Text(lang)
}

// Text says the same of one attempt.
func (t Tried) Text(lang string) string {
	state := texts().Text(lang, "delivery.state."+string(t.State), nil)
	key := "delivery.reason." + string(t.Reason)
	if t.Reason == "" || !texts().Has(key) { // of a later version
		return state
	}
	return texts().Text(lang, "delivery.why", message.Args{"state": state, "reason": texts().Text(lang, key, nil)})
}

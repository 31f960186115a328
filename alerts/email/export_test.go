package email

import (
	"bytes"

	"example.com/accountsec/alerts"
)

// Mail is the mail that Notify would send.
func (n *Notifier) Mail(m alerts.Message) ([]byte, error) {
	msg, err := n.build(m)
	if err != nil {
		return nil, err
	}
	if err := n.cfg.DKIM.sign(msg, n.cfg.Now()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = msg.WriteTo(&out)
	return out.Bytes(), err
}

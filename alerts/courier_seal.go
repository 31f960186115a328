package alerts

import (
	"encoding/json"
	"fmt"

	"example.com/accountsec/internal/secret"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive. Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// What is sealed is bound to its row: it opens nowhere else.
func codeRow(d *Delivery) secret.Row   { return secret.At("alerts.code", d.Account, d.ID) }
func toRow(d *Delivery) secret.Row     { return secret.At("alerts.to", d.Account, d.ID) }
func linkRow(d *Delivery) secret.Row   { return secret.At("alerts.link", d.Account, d.ID) }
func phraseRow(d *Delivery) secret.Row { return secret.At("alerts.phrase", d.Account, d.ID) }

// envelope is an alert's payload: the alert, and sealed what of it is for the
// owner alone.
type envelope struct {
	*Alert
	// SealedTo is an earlier address to go to in place of the present one.
	SealedTo []byte `json:"sealed_to,omitempty"`
	// SealedLink and SealedPhrase are those of the [Alert].
	SealedLink   []byte `json:"sealed_link,omitempty"`
	SealedPhrase []byte `json:"sealed_phrase,omitempty"`
}

// sealAlert makes a delivery's payload; to is "" for the present address. An
// earlier one may have been an intruder's: the phrase is not for it.
func (d Delivery) sealAlert(aead AEAD, a Alert, to Private) (data []byte, err error) {
	if to != "" {
		a.Phrase = ""
	}
	e := envelope{Alert: &a}
	for _, s := range []struct {
		into *[]byte
		row  secret.Row
		text Private
	}{{&e.SealedTo, toRow(&d), to}, {&e.SealedLink, linkRow(&d), a.Link}, {&e.SealedPhrase, phraseRow(&d), a.Phrase}} {
		if s.text == "" {
			continue
		}
		if *s.into, err = secret.Seal(aead, s.row, []byte(s.text)); err != nil {
			return nil, err
		}
	}
	if data, err = json.Marshal(e); err != nil {
		return nil, fmt.Errorf("alerts: encode: %w", err)
	}
	return data, nil
}

// sealedCode is what is sealed of a code. Rows of before hold the bare code,
// which never begins with a brace and a quote.
type sealedCode struct {
	Code   string `json:"code"`
	Phrase string `json:"phrase,omitempty"`
	Lang   string `json:"lang,omitempty"`
}

func (d Delivery) sealCode(aead AEAD, m CodeMessage) ([]byte, error) {
	data, err := json.Marshal(sealedCode{m.Code, string(m.Phrase), m.Lang})
	if err != nil {
		return nil, fmt.Errorf("alerts: encode: %w", err)
	}
	return secret.Seal(aead, codeRow(&d), data)
}

// unseal opens the delivery's payload into the message, whose recipient then has
// but a language, and into the earlier address that it goes to.
func (k *call) unseal(aead AEAD) (err error) {
	d, m := &k.d, &k.m
	m.ID, m.Kind, m.CreatedAt, m.ExpiresAt, m.Attempt = d.ID, d.Kind, d.CreatedAt, d.ExpiresAt, d.Attempts
	if d.Kind.carriesCode() {
		return d.unsealCode(aead, m)
	}
	e := envelope{Alert: &m.Alert}
	if err := json.Unmarshal(d.Payload, &e); err != nil {
		return fmt.Errorf("alerts: the payload of delivery %s is malformed", d.ID)
	}
	if m.Alert.Account != d.Account || m.Alert.Kind != d.Kind {
		return fmt.Errorf("alerts: the payload of delivery %s belongs to another", d.ID)
	}
	if m.Alert.Link, err = open(aead, d, linkRow, e.SealedLink); err != nil {
		return err
	}
	if m.Phrase, err = open(aead, d, phraseRow, e.SealedPhrase); err != nil {
		return err
	}
	if k.to, err = open(aead, d, toRow, e.SealedTo); err != nil {
		return err
	}
	if m.Earlier = k.to != ""; m.Earlier { // rows of before have one
		m.Phrase = ""
	}
	m.Alert.Phrase, m.Recipient.Lang = m.Phrase, m.Alert.Lang
	return nil
}

func (d *Delivery) unsealCode(aead AEAD, m *Message) error {
	plain, err := secret.Open(aead, codeRow(d), d.Payload)
	if err != nil {
		return err
	}
	c := sealedCode{Code: string(plain)}
	if len(plain) > 1 && string(plain[:2]) == `{"` {
		c = sealedCode{}
		if err := json.Unmarshal(plain, &c); err != nil {
			return fmt.Errorf("alerts: the payload of delivery %s is malformed", d.ID)
		}
	}
	m.Code, m.Phrase, m.Recipient.Lang = c.Code, Private(c.Phrase), c.Lang
	return nil
}

func open(aead AEAD, d *Delivery, row func(*Delivery) secret.Row, sealed []byte) (Private, error) {
	if sealed == nil {
		return "", nil
	}
	plain, err := secret.Open(aead, row(d), sealed)
	return Private(plain), err
}

package main

import (
	"context"
	"errors"
	"net/http"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// newTexting is the method of codes by text message. The demo has no provider:
// its texts arrive in the mailbox, beside the mail.
func (a *app) newTexting(key []byte) (*sms.Method, error) {
	store, err := sms.NewSQLStore(a.db, "sqlite")
	if err != nil {
		return nil, err
	}
	return sms.New(store, sms.Config{
		Sender: mailboxSender{a}, Key: key, Brand: brand, Domain: "haneul.example", Region: "KR",
		Countries: []string{"KR", "US", "GB", "DE", "FR", "JP"}, Lang: a.langOfAccount, Now: a.now, Logger: a.log,
	})
}

func (a *app) langOfAccount(ctx context.Context, account string) string {
	c, err := a.customers.one(ctx, "id", account)
	if err != nil {
		return ""
	}
	return c.Lang
}

// mailboxSender is a provider that puts a text into the demo's mailbox.
type mailboxSender struct{ *app }

func (s mailboxSender) SendSMS(ctx context.Context, to, text string) error {
	raw := "From: " + brand + " <sms@haneul.example>\r\nTo: " + to + "\r\nSubject: SMS\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text
	_, err := s.db.ExecContext(ctx, "INSERT INTO mails (received, sender, rcpt, tls, raw) VALUES (?,?,?,?,?)",
		s.now().UnixMicro(), "sms", to, "SMS", []byte(raw))
	return err
}

// text notes in the pending step that a code was sent for a factor.
func (c *pendingCode) text(factor string, show any) {
	if sent, ok := show.(sms.Sent); ok {
		c.Sent, c.Number = factor, sent.Number
	}
}

// sendSignIn sends the code of a sign-in.
func (a *app) sendSignIn(w http.ResponseWriter, r *http.Request) {
	var pending pendingCode
	if !a.get(r, keyPending, &pending) {
		redirect(w, r, "/signin")
		return
	}
	factor := r.PostFormValue("factor")
	show, err := a.guard.PrepareSignIn(r.Context(), pending.Token, factor, a.client(r))
	if err == nil {
		pending.text(factor, show)
		err = a.put(r, keyPending, pending)
	}
	a.sent(w, r, "/signin/code", err)
}

// sendRecovery sends the code of a recovery's second step.
func (a *app) sendRecovery(w http.ResponseWriter, r *http.Request, s recoveryState) {
	factor := r.PostFormValue("factor")
	show, err := a.guard.PrepareRecoveryFactor(r.Context(), s.Token, s.Pending.Token, factor, a.client(r))
	if err == nil {
		s.Pending.text(factor, show)
		err = a.put(r, keyRecovery, s)
	}
	a.sent(w, r, "/recover/factor", err)
}

// sendManage sends the code that changes of factors ask for.
func (a *app) sendManage(w http.ResponseWriter, r *http.Request) {
	pending, err := a.guard.StartManage(r.Context(), visitorOf(r).me.ID, a.client(r))
	if err == nil {
		a.sessions.Put(r.Context(), keyManage, pending.Token)
		_, err = a.guard.PrepareManage(r.Context(), pending.Token, r.PostFormValue("factor"), a.client(r))
	}
	a.sent(w, r, "/security/factors", err)
}

// sent leads back to the form, and says how the sending went.
func (a *app) sent(w http.ResponseWriter, r *http.Request, back string, err error) {
	key := "flash.texted"
	if err != nil {
		if key = textRefused(err); key == "" {
			a.fail(w, r, err)
			return
		}
	}
	a.flash(r, key)
	redirect(w, r, back)
}

// textRefused explains why no message was sent; "" if err is something else.
func textRefused(err error) string {
	var limit *sms.LimitError
	_, throttled := retryAfter(err)
	switch {
	case errors.As(err, &limit) && limit.Paused:
		return "flash.text_paused"
	case errors.As(err, &limit), errors.Is(err, sms.ErrBusy), throttled:
		return "flash.text_later"
	case errors.Is(err, accountsec.ErrFactorsStopped), errors.Is(err, mfa.ErrStopped):
		return "code.stopped"
	case errors.Is(err, accountsec.ErrPending), errors.Is(err, accountsec.ErrWrongCode), errors.Is(err, mfa.ErrNoFactor):
		return "flash.over"
	}
	return ""
}

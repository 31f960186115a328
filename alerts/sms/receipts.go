package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
)

// WithReceipts is n for a provider that reports what became of each message, as
// Twilio does with [TwilioConfig].ReceiptURL: the queue then waits for the
// receipt at most within (up to an hour counts), and falls back to another
// channel if none comes. Give OnReceipt to the queue: [alerts.Dispatcher.Receipt].
// It is an error where no receipt can come, so that every urgent message would go
// by another channel as well: the provider is no [Tagger], is a [Twilio] without
// ReceiptURL, or there is no time to wait. With a provider whose receipts this
// package does not read ([Solapi]), the shop reads them.
func WithReceipts(n *Notifier, within time.Duration) (alerts.Receipted, error) {
	twilio, ok := n.cfg.Provider.(*Twilio)
	_, tags := n.cfg.Provider.(Tagger)
	switch {
	case !tags:
		return nil, errors.New("sms: WithReceipts: the provider passes on no ID by which a receipt would be known")
	case ok && twilio.cfg.ReceiptURL == "":
		return nil, errors.New("sms: WithReceipts: TwilioConfig.ReceiptURL is required")
	case within <= 0:
		return nil, errors.New("sms: WithReceipts: there is no time to wait")
	}
	return receipted{n, within}, nil
}

type receipted struct {
	*Notifier
	within time.Duration
}

func (r receipted) ReceiptWithin() time.Duration { return r.within }

// Format keeps every verb redacted.
func (r receipted) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) } //nolint:errcheck

// TwilioReceiptsConfig configures [NewTwilioReceipts].
type TwilioReceiptsConfig struct {
	// AuthToken is the account's auth token, which Twilio signs with; an API
	// key's secret is not. Required.
	AuthToken string
	// URL is [TwilioConfig].ReceiptURL to the letter. What the request says of
	// its host is not believed. Required.
	URL string
	// OnReceipt learns that the message with an ID of ours was delivered to the
	// phone, or will not be: [alerts.Dispatcher.Receipt] is one. It may be called
	// more than once for a message. After an error it is called again for some
	// seconds: the sending may just be being stored, and Twilio repeats a receipt
	// that was refused only if its webhook settings say so. The last error is
	// answered with status 500, but [alerts.ErrNoDelivery]. Required.
	OnReceipt func(ctx context.Context, messageID string, delivered bool) error
}

// String tells no secret.
func (TwilioReceiptsConfig) String() string { return "[twilio receipts config]" }

// Format keeps every verb redacted.
func (c TwilioReceiptsConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c TwilioReceiptsConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// NewTwilioReceipts is the page at [TwilioConfig].ReceiptURL. It takes what
// Twilio signed (X-Twilio-Signature, HMAC-SHA1 over the URL and the sorted
// parameters, https://www.twilio.com/docs/usage/webhooks/webhooks-security) and
// refuses everything else with status 403. Statuses on the way are passed over.
func NewTwilioReceipts(cfg TwilioReceiptsConfig) (http.Handler, error) {
	if cfg.AuthToken == "" || cfg.OnReceipt == nil {
		return nil, errors.New("sms: TwilioReceiptsConfig.AuthToken and OnReceipt are required")
	}
	if err := checkReceiptURL(cfg.URL); err != nil {
		return nil, err
	}
	return &twilioReceipts{cfg}, nil
}

type twilioReceipts struct{ cfg TwilioReceiptsConfig }

// Format keeps every verb redacted.
func (t twilioReceipts) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[twilio receipts]") } //nolint:errcheck

// LogValue is redacted.
func (t twilioReceipts) LogValue() slog.Value { return slog.StringValue("[twilio receipts]") }

func (t *twilioReceipts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" {
		http.Error(w, "not a receipt", http.StatusBadRequest)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxAnswer)
	if r.ParseForm() != nil || !t.signed(r) {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	id, delivered, final := receipt(r)
	if final {
		// A second receipt, "read" after "delivered", is none that is waited for.
		if err := t.tell(r.Context(), id, delivered); err != nil && !errors.Is(err, alerts.ErrNoDelivery) {
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// pauses are the waits for a sending to be stored. Twilio waits for an answer for
// 15 seconds (https://www.twilio.com/docs/api/errors/11205).
var pauses = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

const maxTelling = 10 * time.Second

// tell calls OnReceipt until it takes the receipt.
func (t *twilioReceipts) tell(ctx context.Context, id string, delivered bool) error {
	ctx, cancel := context.WithTimeout(ctx, maxTelling)
	defer cancel()
	err := t.cfg.OnReceipt(ctx, id, delivered)
	for _, pause := range pauses {
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		err = t.cfg.OnReceipt(ctx, id, delivered)
	}
	return err
}

func (t *twilioReceipts) signed(r *http.Request) bool {
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil {
		return false
	}
	address := t.cfg.URL
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	mac := hmac.New(sha1.New, []byte(t.cfg.AuthToken))
	mac.Write([]byte(address + sorted(r.PostForm)))
	return hmac.Equal(given, mac.Sum(nil))
}

// sorted joins names and values in order, without anything between them; a value
// that is given twice counts once.
func sorted(form url.Values) string {
	var b strings.Builder
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			b.WriteString(name + v)
		}
	}
	return b.String()
}

// receipt reads whose message it is and how it ended
// (https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks).
func receipt(r *http.Request) (id string, delivered, final bool) {
	id = r.URL.Query().Get("id")
	if canon.CheckID(id) != nil {
		return "", false, false
	}
	switch r.PostForm.Get("MessageStatus") {
	case "delivered", "read":
		return id, true, true
	case "undelivered", "failed", "canceled":
		return id, false, true
	}
	return id, false, false
}

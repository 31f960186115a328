package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// TwilioConfig configures a [Twilio].
type TwilioConfig struct {
	// AccountSID names the account, "AC" and 32 hex digits. Required.
	AccountSID string
	// KeySID is an API key's, "SK" and 32 hex digits: better than the account's
	// own token, which cannot be restricted. Defaults to AccountSID.
	KeySID string
	// Secret is KeySID's secret, or the account's auth token. Required.
	Secret string
	// From is the sender: a number in E.164 form, a short code, or an
	// alphanumeric sender ID of at most 11 letters, digits and spaces, bought or
	// registered at Twilio. This or MessagingServiceSID is required.
	From string
	// MessagingServiceSID is a pool of senders, "MG" and 32 hex digits.
	MessagingServiceSID string
	// ReceiptURL is where Twilio reports what became of a message, see
	// [NewTwilioReceipts]: HTTPS. The delivery's ID is added as the parameter
	// "id". Defaults to none.
	ReceiptURL string
	// HTTP is how Twilio is reached. Defaults to https://api.twilio.com.
	HTTP HTTP
}

// String tells no secret.
func (TwilioConfig) String() string { return "[twilio config]" }

// Format keeps every verb redacted.
func (c TwilioConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c TwilioConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Twilio sends through Twilio's Messages resource
// (https://www.twilio.com/docs/messaging/api/message-resource). The resource
// takes no idempotency key: what is sent again after an answer was lost arrives
// twice. Safe for concurrent use.
type Twilio struct {
	cfg    TwilioConfig
	client *client
}

var (
	_ Provider = (*Twilio)(nil)
	_ Tagger   = (*Twilio)(nil)
)

var (
	twilioAccount = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	twilioKey     = regexp.MustCompile(`^(AC|SK)[0-9a-fA-F]{32}$`)
	twilioService = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	shortCode     = regexp.MustCompile(`^[0-9]{3,8}$`)
	alphanumeric  = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z ]{0,9}[0-9A-Za-z])?$`)
	hasLetter     = regexp.MustCompile(`[A-Za-z]`)
)

// NewTwilio checks the configuration. It does not connect.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	if cfg.KeySID == "" {
		cfg.KeySID = cfg.AccountSID
	}
	isFrom := isE164(cfg.From) || shortCode.MatchString(cfg.From) || alphanumeric.MatchString(cfg.From) && hasLetter.MatchString(cfg.From)
	switch {
	case !twilioAccount.MatchString(cfg.AccountSID) || !twilioKey.MatchString(cfg.KeySID):
		return nil, errors.New("sms: TwilioConfig.AccountSID or KeySID is malformed")
	case cfg.Secret == "":
		return nil, errors.New("sms: TwilioConfig.Secret is required")
	case (cfg.From == "") == (cfg.MessagingServiceSID == ""):
		return nil, errors.New("sms: TwilioConfig needs either From or MessagingServiceSID")
	case cfg.From != "" && !isFrom:
		return nil, errors.New("sms: TwilioConfig.From is no number in E.164 form, short code or alphanumeric sender ID")
	case cfg.MessagingServiceSID != "" && !twilioService.MatchString(cfg.MessagingServiceSID):
		return nil, errors.New("sms: TwilioConfig.MessagingServiceSID is malformed")
	}
	if cfg.ReceiptURL != "" {
		if err := checkReceiptURL(cfg.ReceiptURL); err != nil {
			return nil, err
		}
	}
	c, err := newClient("twilio", "https://api.twilio.com", cfg.HTTP)
	if err != nil {
		return nil, err
	}
	return &Twilio{cfg, c}, nil
}

// checkReceiptURL accepts what is signed as it stands, and may get "?id=…".
func checkReceiptURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.String() != s {
		return errors.New("sms: the URL for receipts is not a plain https URL without query")
	}
	return nil
}

// SendSMS implements [Provider].
func (t *Twilio) SendSMS(ctx context.Context, to, text string) error {
	return t.SendSMSWithID(ctx, "", to, text)
}

// maxTwilio is the longest body, in characters.
const maxTwilio = 1600

// SendSMSWithID implements [Tagger]: the ID comes back in receipts.
func (t *Twilio) SendSMSWithID(ctx context.Context, id, to, text string) error {
	switch {
	case !isE164(to):
		return unsendable("twilio", errNumber)
	case text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxTwilio:
		return unsendable("twilio", errText)
	}
	form := url.Values{"To": {to}, "Body": {text}}
	if t.cfg.From != "" {
		form.Set("From", t.cfg.From)
	} else {
		form.Set("MessagingServiceSid", t.cfg.MessagingServiceSID)
	}
	if t.cfg.ReceiptURL != "" && id != "" {
		form.Set("StatusCallback", t.cfg.ReceiptURL+"?id="+url.QueryEscape(id))
	}
	auth := http.Request{Header: http.Header{}}
	auth.SetBasicAuth(t.cfg.KeySID, t.cfg.Secret)
	a, err := t.client.post(ctx, "/2010-04-01/Accounts/"+t.cfg.AccountSID+"/Messages.json",
		"application/x-www-form-urlencoded", []byte(form.Encode()), auth.Header)
	if err != nil {
		return err
	}
	return t.judge(a)
}

// twilioAnswer is a message (status is a word) or an error (status is a number).
type twilioAnswer struct {
	SID       string          `json:"sid"`
	Status    json.RawMessage `json:"status"`
	ErrorCode *int            `json:"error_code"`
	Code      int             `json:"code"`
}

// twilioBusy are codes of limits that pass, though their status is 400:
// rates, full queues, and the account's hourly and daily bounds
// (https://www.twilio.com/docs/api/errors).
var twilioBusy = []int{14107, 20429, 21611, 30001, 60728, 63017, 63038}

// judge reads a code as https://www.twilio.com/docs/api/errors has it: 21211 and
// 21614 (the number), 21610 (the owner opted out), 21606, 21659 and 21660 (the
// sender is not the account's), 21408 (a country that is not enabled) come with
// status 400 and are final, as is any other code with that status.
func (t *Twilio) judge(a answer) error {
	var body twilioAnswer
	whole := decode(a, &body)
	code := ""
	if body.Code != 0 {
		code = strconv.Itoa(body.Code)
	}
	switch {
	case a.status >= 300 && slices.Contains(twilioBusy, body.Code):
		return t.client.refused(a, code, later)
	case a.status >= 300:
		return t.client.refused(a, code, byStatus)
	case whole && body.SID == "" && body.Code != 0: // an error with a status of success
		return t.client.refused(a, code, never)
	case !whole || body.SID == "":
		return t.client.unclear(a)
	}
	var status string
	_ = json.Unmarshal(body.Status, &status) // a number in errors only
	if slices.Contains([]string{"failed", "undelivered", "canceled"}, status) {
		if body.ErrorCode != nil {
			code = strconv.Itoa(*body.ErrorCode)
		}
		return t.client.refused(a, code, never)
	}
	return nil
}

// String tells no secret.
func (Twilio) String() string { return "[twilio]" }

// Format keeps every verb redacted.
func (t Twilio) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) } //nolint:errcheck

// LogValue is String.
func (t Twilio) LogValue() slog.Value { return slog.StringValue(t.String()) }

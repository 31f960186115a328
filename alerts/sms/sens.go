package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
)

// SENSConfig configures a [SENS].
type SENSConfig struct {
	// ServiceID is the SMS service's, "ncp:sms:kr:123456789012:shop". Required.
	ServiceID string
	// AccessKey and SecretKey are those of a sub-account that may send only.
	// Required.
	AccessKey, SecretKey string
	// From is the sender's number, registered in the console: "02-930-2266",
	// "1588-0000". Required.
	From string
	// HTTP is how SENS is reached. Defaults to https://sens.apigw.ntruss.com;
	// public institutions have https://sens.apigw.gov-ntruss.com.
	HTTP HTTP
}

// String tells no secret.
func (SENSConfig) String() string { return "[sens config]" }

// Format keeps every verb redacted.
func (c SENSConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c SENSConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// SENS sends through NAVER Cloud's Simple & Easy Notification Service, v2
// (https://api.ncloud-docs.com/docs/sens-sms-send), signed as in
// https://api.ncloud-docs.com/docs/en/common-ncpapi. A request has no field for
// an ID of ours and nothing that tells repetitions apart: what is sent again
// after an answer was lost arrives twice. Safe for concurrent use.
type SENS struct {
	cfg    SENSConfig
	client *client
}

var _ Provider = (*SENS)(nil)

// serviceID needs no escaping in a path, so that what is signed is what is sent.
var serviceID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z:_.-]{0,127}$`)

// NewSENS checks the configuration. It does not connect.
func NewSENS(cfg SENSConfig) (*SENS, error) {
	switch {
	case !serviceID.MatchString(cfg.ServiceID):
		return nil, errors.New("sms: SENSConfig.ServiceID is malformed")
	case !isToken(cfg.AccessKey) || cfg.SecretKey == "":
		return nil, errors.New("sms: SENSConfig.AccessKey and SecretKey are required")
	}
	digits, ok := registered(cfg.From)
	if !ok {
		return nil, errors.New("sms: SENSConfig.From is not a Korean number with its area code")
	}
	cfg.From = digits
	c, err := newClient("sens", "https://sens.apigw.ntruss.com", cfg.HTTP)
	if err != nil {
		return nil, err
	}
	return &SENS{cfg, c}, nil
}

type sensRequest struct {
	Type        string          `json:"type"`
	ContentType string          `json:"contentType"`
	CountryCode string          `json:"countryCode"`
	From        string          `json:"from"`
	Content     string          `json:"content"`
	Messages    []sensRecipient `json:"messages"`
}

type sensRecipient struct {
	To string `json:"to"`
}

// SendSMS implements [Provider].
func (s *SENS) SendSMS(ctx context.Context, to, text string) error {
	if err := checkKorean("sens", to, text); err != nil {
		return err
	}
	country, national := split(to)
	body, err := json.Marshal(sensRequest{
		Type: messageType(country, text), ContentType: "COMM", CountryCode: country,
		From: s.cfg.From, Content: text, Messages: []sensRecipient{{national}},
	})
	if err != nil {
		return unsendable("sens", errText)
	}
	path := "/sms/v2/services/" + s.cfg.ServiceID + "/messages"
	at := strconv.FormatInt(s.client.now().UnixMilli(), 10)
	a, err := s.client.post(ctx, path, "application/json; charset=utf-8", body, http.Header{
		"X-Ncp-Apigw-Timestamp":    {at},
		"X-Ncp-Iam-Access-Key":     {s.cfg.AccessKey},
		"X-Ncp-Apigw-Signature-V2": {s.signature(path, at)},
	})
	if err != nil {
		return err
	}
	return s.judge(a)
}

func (s *SENS) signature(path, at string) string {
	mac := hmac.New(sha256.New, []byte(s.cfg.SecretKey))
	mac.Write([]byte("POST " + path + "\n" + at + "\n" + s.cfg.AccessKey))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sensAnswer is that of the service or of the gateway before it.
type sensAnswer struct {
	RequestID  string `json:"requestId"`
	StatusCode string `json:"statusCode"`
	StatusName string `json:"statusName"`
	Error      struct {
		Code string `json:"errorCode"`
	} `json:"error"`
}

// judge takes 202 for a yes, outside and inside. A sender that is not registered
// and a number that is none are 400, so it says no more than that.
func (s *SENS) judge(a answer) error {
	var body sensAnswer
	whole := decode(a, &body)
	inside, _ := strconv.Atoi(body.StatusCode)
	switch {
	case a.status >= 300:
		return s.client.refused(a, body.Error.Code, byStatus)
	case whole && inside >= 300 && inside < 600:
		a.status = inside
		return s.client.refused(a, body.Error.Code, byStatus)
	case whole && body.StatusName == "fail":
		return s.client.refused(a, body.Error.Code, never)
	case a.status != http.StatusAccepted || !whole || body.RequestID == "" || inside != http.StatusAccepted:
		return s.client.unclear(a)
	}
	return nil
}

// String tells no secret.
func (SENS) String() string { return "[sens]" }

// Format keeps every verb redacted.
func (s SENS) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck

// LogValue is String.
func (s SENS) LogValue() slog.Value { return slog.StringValue(s.String()) }

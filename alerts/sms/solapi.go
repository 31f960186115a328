package sms

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/accountsec/internal/gsm"
)

// SolapiConfig configures a [Solapi].
type SolapiConfig struct {
	// APIKey and APISecret come from Solapi's console. Required.
	APIKey, APISecret string
	// From is the sender's number, registered in the console: "02-930-2266",
	// "1588-0000". Required.
	From string
	// HTTP is how Solapi is reached. Defaults to https://api.solapi.com.
	HTTP HTTP
}

// String tells no secret.
func (SolapiConfig) String() string { return "[solapi config]" }

// Format keeps every verb redacted.
func (c SolapiConfig) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c SolapiConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Solapi sends through Solapi (CoolSMS), by
// https://developers.solapi.com/references/messages/sendManyDetail, which its
// own client uses, signed as in
// https://developers.solapi.com/references/authentication/api-key. Nothing in a
// request tells repetitions apart: allowDuplicates is about one number twice in
// one request. What is sent again after an answer was lost arrives twice, under
// the same custom field "id" in Solapi's list. Safe for concurrent use.
type Solapi struct {
	cfg    SolapiConfig
	client *client
}

var (
	_ Provider = (*Solapi)(nil)
	_ Tagger   = (*Solapi)(nil)
)

// NewSolapi checks the configuration. It does not connect.
func NewSolapi(cfg SolapiConfig) (*Solapi, error) {
	if !isToken(cfg.APIKey) || cfg.APISecret == "" {
		return nil, errors.New("sms: SolapiConfig.APIKey and APISecret are required")
	}
	digits, ok := registered(cfg.From)
	if !ok {
		return nil, errors.New("sms: SolapiConfig.From is not a Korean number with its area code")
	}
	cfg.From = digits
	c, err := newClient("solapi", "https://api.solapi.com", cfg.HTTP)
	if err != nil {
		return nil, err
	}
	return &Solapi{cfg, c}, nil
}

// isToken accepts what can stand in a header and in what is signed.
func isToken(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || r == ',' || r == '"'
	})
}

// maxLong is the length of a long Korean message, in bytes of EUC-KR.
const maxLong = 2000

// messageType tells short from long messages; abroad there are short ones only.
// Solapi and SENS take 90 bytes as a short one, yet what the carrier's
// "[Web발신]" pushes out of it is cut off (some carriers' terms have 80 bytes),
// and a code's last line stands there: so it is short as long as it is billed as
// such here.
func messageType(country, text string) string {
	if country == "82" && gsm.KoreanBytes(text) > gsm.MaxKorean {
		return "LMS"
	}
	return "SMS"
}

// checkKorean refuses what a Korean provider cannot send.
func checkKorean(provider, to, text string) error {
	switch {
	case !isE164(to):
		return unsendable(provider, errNumber)
	case text == "" || !utf8.ValidString(text) || gsm.KoreanBytes(text) > maxLong:
		return unsendable(provider, errText)
	}
	return nil
}

type solapiMessage struct {
	To      string            `json:"to"`
	From    string            `json:"from"`
	Text    string            `json:"text"`
	Type    string            `json:"type"`
	Country string            `json:"country"`
	Custom  map[string]string `json:"customFields,omitempty"`
}

type solapiRequest struct {
	Messages        []solapiMessage `json:"messages"`
	AllowDuplicates bool            `json:"allowDuplicates"`
}

// SendSMS implements [Provider].
func (s *Solapi) SendSMS(ctx context.Context, to, text string) error {
	return s.SendSMSWithID(ctx, "", to, text)
}

// SendSMSWithID implements [Tagger]: the ID is the custom field "id".
func (s *Solapi) SendSMSWithID(ctx context.Context, id, to, text string) error {
	if err := checkKorean("solapi", to, text); err != nil {
		return err
	}
	country, national := split(to)
	m := solapiMessage{To: national, From: s.cfg.From, Text: text, Type: messageType(country, text), Country: country}
	if id != "" && len(id) <= 100 {
		m.Custom = map[string]string{"id": id}
	}
	body, err := json.Marshal(solapiRequest{Messages: []solapiMessage{m}})
	if err != nil {
		return unsendable("solapi", errText)
	}
	a, err := s.client.post(ctx, "/messages/v4/send-many/detail", "application/json",
		body, http.Header{"Authorization": {s.authorization(s.client.now())}})
	if err != nil {
		return err
	}
	return s.judge(a)
}

// authorization is good for one request.
func (s *Solapi) authorization(now time.Time) string {
	var random [16]byte
	rand.Read(random[:]) //nolint:errcheck // never fails since Go 1.24
	date, salt := now.UTC().Format(time.RFC3339), hex.EncodeToString(random[:])
	return fmt.Sprintf("HMAC-SHA256 apiKey=%s, date=%s, salt=%s, signature=%s",
		s.cfg.APIKey, date, salt, solapiSignature(s.cfg.APISecret, date, salt))
}

func solapiSignature(secret, date, salt string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(date + salt))
	return hex.EncodeToString(mac.Sum(nil))
}

// solapiAnswer is a group of messages, or an error.
type solapiAnswer struct {
	Group *struct {
		Count struct {
			Registered int `json:"registeredSuccess"`
		} `json:"count"`
	} `json:"groupInfo"`
	Failed []struct {
		Code    string `json:"statusCode"`
		Message string `json:"statusMessage"`
	} `json:"failedMessageList"`
	ErrorCode string `json:"errorCode"`
}

// judge reads the answer. A message that was not taken is in failedMessageList,
// with status 200.
func (s *Solapi) judge(a answer) error {
	var body solapiAnswer
	whole := decode(a, &body)
	switch {
	case a.status >= 300:
		return s.client.refused(a, body.ErrorCode, byStatus)
	case whole && len(body.Failed) > 0:
		return s.client.refused(a, body.Failed[0].Code, solapiVerdict(body.Failed[0].Message))
	case whole && body.ErrorCode != "":
		return s.client.refused(a, body.ErrorCode, never)
	case !whole || body.Group == nil || body.Group.Count.Registered < 1:
		return s.client.unclear(a)
	}
	return nil
}

// solapiVerdict tells why a message was not taken. The list of codes is not
// published, the words are: about the sender's number (not registered) or the
// recipient's, it is final; about the balance or a limit, or unknown, it may pass.
func solapiVerdict(message string) verdict {
	for _, word := range []string{"발신번호", "수신번호"} {
		if strings.Contains(strings.ReplaceAll(message, " ", ""), word) {
			return never
		}
	}
	return later
}

// String tells no secret.
func (Solapi) String() string { return "[solapi]" }

// Format keeps every verb redacted.
func (s Solapi) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) } //nolint:errcheck

// LogValue is String.
func (s Solapi) LogValue() slog.Value { return slog.StringValue(s.String()) }

package webpush

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// push is one message, the same for every browser of the account.
type push struct {
	data    []byte
	topic   string
	urgency webpush.Urgency
	ttl     time.Duration
}

// payload is what the service worker shows, as JSON.
type payload struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Lang  string `json:"lang"`
	// Tag is the delivery's id: a message that comes twice is shown once.
	Tag string `json:"tag"`
	// URL is opened when the notification is pressed.
	URL string `json:"url,omitempty"`
	// Timestamp is when it happened, in milliseconds since 1970.
	Timestamp int64  `json:"timestamp"`
	Icon      string `json:"icon,omitempty"`
	// Sticky stays until it is pressed or closed.
	Sticky bool `json:"sticky,omitempty"`
}

const (
	maxTitle = 240 // bytes
	maxBody  = 480
)

var errLarge = errors.New("webpush: the message does not fit")

func (n *Notifier) push(m alerts.Message) (push, error) {
	c, s := alerts.Compose(n.cfg.Sender, m), n.cfg.Sender.At(m.CreatedAt)
	url, icon := link(s, m), n.cfg.Icon
	if icon == "" {
		icon = s.Logo.URL
	}
	data, err := encode(payload{
		Title: canon.Line(c.Subject, maxTitle), Body: body(c, m, s.Domain, url != ""), Lang: c.Lang, Tag: m.ID, URL: url,
		Timestamp: happened(m).UnixMilli(), Icon: icon, Sticky: m.Alert.Severity >= activity.Critical,
	})
	if err != nil {
		return push{}, err
	}
	p := push{data: data, topic: topic(m.ID), urgency: webpush.UrgencyLow, ttl: 6 * time.Hour}
	switch {
	case m.Alert.Severity >= activity.Critical:
		p.urgency, p.ttl = webpush.UrgencyHigh, 72*time.Hour
	case m.Alert.Severity >= activity.Warning:
		p.urgency, p.ttl = webpush.UrgencyNormal, 24*time.Hour
	}
	return p, nil
}

// encode writes JSON as short as it can be.
func encode(p payload) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	data := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(data) > maxPayload {
		return nil, errLarge
	}
	return data, nil
}

// happened is when what the message is about did, or when it was made.
func happened(m alerts.Message) time.Time {
	if m.Alert.At.IsZero() {
		return m.CreatedAt
	}
	return m.Alert.At
}

// body says where and on which device, what to do, and the notice's short form.
// It is read on lock screens, by whoever is near: it holds no IP address, no name
// and not the owner's phrase.
func body(c alerts.Content, m alerts.Message, domain string, linked bool) string {
	if m.Kind == alerts.SenderChange { // about the shop, not the account
		return canon.Line(c.Intro, maxBody) + "\n" + c.Phishing.Short
	}
	var what []string
	for _, s := range []string{
		alerts.Where(c.Lang, m.Alert.Location, netip.Addr{}), activity.DeviceLabel(c.Lang, canon.Line(m.Alert.Device.Name, maxLabel)),
	} {
		if s != "" {
			what = append(what, s)
		}
	}
	key := "type"
	if linked {
		key = "open"
	}
	act := texts().Text(c.Lang, key, message.Args{"domain": domain})
	act += "\n" + c.Phishing.Short
	if len(what) == 0 {
		return act
	}
	return canon.Line(strings.Join(what, " · "), max(0, maxBody-len(act)-1)) + "\n" + act
}

// link is where a press leads: to where it is undone, to where it is answered,
// or to the security page.
func link(s alerts.Sender, m alerts.Message) string {
	for _, l := range []string{string(m.Alert.Link), string(m.Links.NotMine), s.SecurityURL} {
		if l != "" && s.CheckLink(l) == nil {
			return l
		}
	}
	return ""
}

// topic has a service keep one of the copies of a delivery (RFC 8030 §5.4): at
// most 32 characters of base64url. It is a hash, so that the service learns
// no id.
func topic(id string) string {
	sum := sha256.Sum256([]byte("accountsec/v1|webpush.topic|" + id))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

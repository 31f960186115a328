package webpush_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	library "github.com/SherClockHolmes/webpush-go"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/secret/secrettest"
)

// nowhere takes every message without a network.
type nowhere struct{}

func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	io.Copy(io.Discard, r.Body) //nolint:errcheck
	return &http.Response{StatusCode: 201, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}, nil
}

// One message to one browser, beside the library alone with a text that is
// ready: what is ours is the text, the row and its seal.
func BenchmarkNotify(b *testing.B) {
	keys, err := webpush.NewKeys()
	fine(b, err)
	n, err := webpush.New(webpush.NewMemoryStore(), webpush.Config{Sender: sender, Keys: keys, AEAD: secrettest.AEAD()})
	fine(b, err)
	webpush.Send(n, nowhere{})
	d, err := webpush.NewDevices(n, webpush.DevicesConfig{Recorder: &recorder{}})
	fine(b, err)
	to := newBrowser(b, "/wp/a")
	_, err = d.Subscribe(b.Context(), "kim", to.json(), chrome)
	fine(b, err)
	m := message(activity.Critical, "ko")
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			fine(b, n.Notify(b.Context(), m))
		}
	})
	b.Run("library", func(b *testing.B) {
		text := []byte(strings.Repeat("x", 300))
		s := &library.Subscription{Endpoint: to.endpoint, Keys: library.Keys{Auth: enc(to.auth), P256dh: enc(to.key.PublicKey().Bytes())}}
		o := &library.Options{
			HTTPClient: &http.Client{Transport: nowhere{}}, RecordSize: webpush.BodySize, Subscriber: "security@shop.example", Topic: "t", Urgency: library.UrgencyHigh,
			TTL: 60, VAPIDPublicKey: keys.Public, VAPIDPrivateKey: keys.Private,
		}
		for b.Loop() {
			res, err := library.SendNotificationWithContext(b.Context(), text, s, o)
			fine(b, err)
			res.Body.Close() //nolint:errcheck
		}
	})
}

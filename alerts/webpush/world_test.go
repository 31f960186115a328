package webpush_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/secret/secrettest"
)

var (
	t0     = time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	sender = alerts.Sender{Brand: "예시샵", Domain: "shop.example", From: "security@shop.example", SecurityURL: "https://shop.example/security"}
	chrome = activity.Client{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"}
)

// world is a notifier with its store, the events and the log.
type world struct {
	*testing.T
	n       *webpush.Notifier
	devices *webpush.Devices
	store   *webpush.MemoryStore
	keys    webpush.Keys
	events  *recorder
	log     *bytes.Buffer
	now     time.Time
}

func newWorld(t *testing.T, change ...func(*webpush.Config)) *world {
	t.Helper()
	w := &world{T: t, store: webpush.NewMemoryStore(), events: &recorder{}, log: &bytes.Buffer{}, now: t0}
	var err error
	w.keys, err = webpush.NewKeys()
	fine(t, err)
	cfg := webpush.Config{
		Sender: sender, Keys: w.keys, AEAD: secrettest.AEAD(), Now: func() time.Time { return w.now },
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&cfg)
	}
	w.n, err = webpush.New(w.store, cfg)
	fine(t, err)
	w.devices, err = webpush.NewDevices(w.n, webpush.DevicesConfig{Recorder: w.events, Max: 3})
	fine(t, err)
	return w
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type recorder struct {
	fail error
	got  []activity.Event
}

func (r *recorder) Record(_ context.Context, e activity.Event) error {
	if r.fail == nil {
		r.got = append(r.got, e)
	}
	return r.fail
}

// browser is the receiving end: what a browser keeps to itself.
type browser struct {
	endpoint string
	key      *ecdh.PrivateKey
	auth     []byte
}

func newBrowser(t testing.TB, path string) browser {
	t.Helper()
	b := browser{endpoint: "https://fcm.googleapis.com" + path, auth: make([]byte, 16)}
	rand.Read(b.auth) //nolint:errcheck // never fails since Go 1.24
	var err error
	b.key, err = ecdh.P256().GenerateKey(rand.Reader)
	fine(t, err)
	return b
}

var enc = base64.RawURLEncoding.EncodeToString

// json is what PushSubscription.toJSON gives.
func (b browser) json() []byte {
	return fmt.Appendf(nil, `{"endpoint":%q,"expirationTime":null,"keys":{"p256dh":%q,"auth":%q}}`, b.endpoint, enc(b.key.PublicKey().Bytes()), enc(b.auth))
}

func (w *world) subscribe(account, path string) browser {
	w.Helper()
	b := newBrowser(w, path)
	_, err := w.devices.Subscribe(w.Context(), account, b.json(), chrome)
	fine(w, err)
	return b
}

// decrypt reads a message's body as RFC 8291 §3 and RFC 8188 §2 say.
func (b browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 86+17 || body[20] != 65 {
		return nil, errors.New("no header")
	}
	salt, public, sealed := body[:16], body[21:86], body[86:]
	peer, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(peer)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(public), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	plain, ok := bytes.CutSuffix(bytes.TrimRight(plain, "\x00"), []byte{2})
	if !ok {
		return nil, errors.New("the padding does not end")
	}
	return plain, nil
}

// service is a push service on loopback. It answers as the endpoint's path
// says: /410/x with 410, /429+7/x with 429 and Retry-After: 7, else 201.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	got    []request
	answer http.HandlerFunc // if set, in place of all that
}

type request struct {
	path   string
	header http.Header
	body   []byte
	proto  int
}

func (w *world) serve() *service {
	w.Helper()
	s := &service{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.handle))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.EnableHTTP2 = true
	s.StartTLS()
	w.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	webpush.Loopback(w.n, s.Listener.Addr().String(), roots)
	return s
}

func (s *service) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.got = append(s.got, request{r.URL.Path, r.Header, body, r.ProtoMajor})
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	status, wait := 201, ""
	if first, _, ok := strings.Cut(r.URL.Path[1:], "/"); ok {
		code, after, _ := strings.Cut(first, "+")
		wait = after
		if _, err := fmt.Sscan(code, &status); err != nil {
			status = 201
		}
	}
	if wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	if status == 307 {
		w.Header().Set("Location", "https://fcm.googleapis.com/moved")
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, "for %s", r.URL.Path)
}

// answers has it answer by do from now on.
func (s *service) answers(do http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = do
}

func (s *service) take() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// message is one about a sign-in, with all that must not be on a lock screen.
func message(severity activity.Severity, lang string) alerts.Message {
	return alerts.Message{
		ID: "delivery-1", Kind: alerts.NewCountry, Phrase: "blue whale", CreatedAt: t0, Attempt: 1,
		Recipient: alerts.Recipient{Name: "Kim Minji", Email: "kim@example.net", Phone: "+821012345678", Lang: lang, TimeZone: "Asia/Seoul"},
		Alert: alerts.Alert{
			ID: "alert-1", Account: "kim", Kind: alerts.NewCountry, Severity: severity, At: t0, Client: chrome,
			Location: activity.Location{Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4},
			Device:   activity.Device{Name: "Chrome on Windows"},
		},
	}
}

type shown struct {
	Title, Body, Lang, Tag, URL, Icon string
	Timestamp                         int64
	Sticky                            bool
}

func read(t *testing.T, b browser, r request) (shown, string) {
	t.Helper()
	plain, err := b.decrypt(r.body)
	fine(t, err)
	var s shown
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	fine(t, d.Decode(&s))
	return s, string(plain)
}

package webpush_test

import (
	"bufio"
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/webpush"
)

// node runs testdata/pushservice.js, which decrypts by http_ece 1.2.1, an
// implementation by an author of the standards (MIT, testdata/LICENSE.ece).
type node struct {
	*testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

func startNode(t *testing.T, config map[string]string) *node {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not installed, and in CI this test may not be skipped")
		}
		t.Skip("SKIPPED, NOT PASSED: needs node (apt-get install nodejs)")
	}
	cmd := exec.CommandContext(t.Context(), path, "testdata/pushservice.js")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	fine(t, err)
	out, err := cmd.StdoutPipe()
	fine(t, err)
	fine(t, cmd.Start())
	t.Cleanup(func() {
		in.Close() //nolint:errcheck // ends it
		cmd.Wait() //nolint:errcheck
	})
	n := &node{t, in, bufio.NewReader(out)}
	line, err := json.Marshal(config)
	fine(t, err)
	_, err = n.in.Write(append(line, '\n'))
	fine(t, err)
	return n
}

func (n *node) read(v any) {
	n.Helper()
	line, err := n.out.ReadBytes('\n')
	fine(n, err)
	fine(n, json.Unmarshal(line, v))
}

// The example of RFC 8291, Appendix A.
const (
	rfcAuth       = "BTBZMqHH6r4Tts7J_aSIgg"
	rfcPrivateKey = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
	rfcBody       = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	rfcText       = "When I grow up, I want to be a watermelon"
)

// The judges themselves read the standard's example: node's and these tests'.
func TestRFC8291Example(t *testing.T) {
	var got string
	startNode(t, map[string]string{"decrypt": rfcBody, "privateKey": rfcPrivateKey, "auth": rfcAuth}).read(&got)
	if got != rfcText {
		t.Errorf("node reads %q", got)
	}
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		fine(t, err)
		return b
	}
	key, err := ecdh.P256().NewPrivateKey(raw(rfcPrivateKey))
	fine(t, err)
	plain, err := browser{key: key, auth: raw(rfcAuth)}.decrypt(raw(rfcBody))
	if err != nil || string(plain) != rfcText {
		t.Errorf("%q, %v", plain, err)
	}
}

// A push service that shares no code with this one checks the token and reads
// what the browser would.
func TestIndependentService(t *testing.T) {
	w := newWorld(t, func(c *webpush.Config) { c.Contact = "mailto:support@shop.example" })
	b := w.subscribe("kim", "/wp/a%20b?token=c")
	cert, key, roots := certificate(t)
	n := startNode(t, map[string]string{"cert": cert, "key": key, "privateKey": enc(b.key.Bytes()), "auth": enc(b.auth)})
	var port json.Number
	n.read(&port)
	webpush.Loopback(w.n, net.JoinHostPort("127.0.0.1", port.String()), roots)
	fine(t, w.n.Notify(t.Context(), message(activity.Critical, "ko")))
	var got struct {
		Path, Method, Text, Error string
		Headers                   map[string]string
		Claims                    struct{ Sub, Aud, Key string }
	}
	n.read(&got)
	if got.Error != "" || got.Method != "POST" || got.Path != "/wp/a%20b?token=c" {
		t.Fatalf("%+v", got)
	}
	for name, want := range map[string]string{
		"ttl": "259200", "urgency": "high", "content-encoding": "aes128gcm", "content-length": "2816", "host": "fcm.googleapis.com",
	} {
		if got.Headers[name] != want {
			t.Errorf("%s: %q, want %q", name, got.Headers[name], want)
		}
	}
	if len(got.Headers["topic"]) != 32 || got.Claims.Sub != "mailto:support@shop.example" || got.Claims.Key != w.keys.Public {
		t.Errorf("%+v", got)
	}
	var s shown
	fine(t, json.Unmarshal([]byte(got.Text), &s))
	if s.Tag != "delivery-1" || s.Lang != "ko" || !strings.HasPrefix(s.Title, "[예시샵] ") {
		t.Errorf("%+v", s)
	}
	// The service refuses what is meant for another browser.
	other := w.subscribe("lee", "/wp/lee")
	m := message(activity.Critical, "ko")
	m.Alert.Account = "lee"
	if err := w.n.Notify(t.Context(), m); err == nil {
		t.Error("the judge takes everything")
	}
	n.read(&got)
	if got.Error == "" {
		t.Error("the judge reads everything")
	}
	w.quiet("refused", nil, other)
}

// certificate makes one for a service on loopback.
func certificate(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fine(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.com"}, DNSNames: []string{"example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	fine(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	fine(t, err)
	text := func(kind string, der []byte) string {
		var b bytes.Buffer
		fine(t, pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}))
		return b.String()
	}
	parsed, err := x509.ParseCertificate(der)
	fine(t, err)
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return text("CERTIFICATE", der), text("PRIVATE KEY", pkcs8), roots
}

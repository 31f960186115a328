package email_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// sender is a shop with everything set.
var sender = alerts.Sender{
	Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example", SupportEmail: "help@shop.example",
	SecurityURL: "https://shop.example/security", PrivacyURL: "https://shop.example/privacy",
	SecurityPolicyURL: "https://www.shop.example/policy", SupportURL: "https://shop.example/help",
	SupportPhone: "+82 2-0000-0000", Address: "1 Example Road, Seoul",
}

var t0 = time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)

// authority vouches for the test's servers.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fine(t, err)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	fine(t, err)
	cert, err := x509.ParseCertificate(der)
	fine(t, err)
	return &authority{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue makes a certificate for 127.0.0.1 that is valid for d from now, or for
// another name.
func (a *authority) issue(t *testing.T, name string, d time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fine(t, err)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(d),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		tpl.IPAddresses = []net.IP{ip}
	} else {
		tpl.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, a.cert, key.Public(), a.key)
	fine(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// mail is what the server took.
type mail struct {
	from, to string
	params   smtp.MailOptions
	raw      []byte
	tls      bool
	user     string
}

// server is a real SMTP server on loopback that keeps what it takes.
type server struct {
	port     int
	password string // not "": asks for it
	mailErr  error
	rcptErr  error
	dataErr  error
	inData   func()
	stage    func(at string) bool // told of "content" and "taken"; true closes the connection
	lmtp     bool

	mu    sync.Mutex
	mails []mail
	froms int // MAIL FROM commands seen
	conns int
}

type session struct {
	s    *server
	conn *smtp.Conn
	m    mail
}

func (s *session) AuthMechanisms() []string {
	if s.s.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if password != s.s.password {
			return smtp.ErrAuthFailed
		}
		s.m.user = username
		return nil
	}), nil
}

func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	s.s.mu.Lock()
	s.s.froms++
	s.s.mu.Unlock()
	if s.s.password != "" && s.m.user == "" {
		return smtp.ErrAuthRequired
	}
	s.m.from = from
	if opts != nil {
		s.m.params = *opts
	}
	_, s.m.tls = s.conn.TLSConnectionState()
	return s.s.mailErr
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.to = to
	return s.s.rcptErr
}

func (s *session) Data(r io.Reader) error {
	if s.s.inData != nil {
		s.s.inData()
	}
	if s.s.stage != nil && s.s.stage("content") {
		io.CopyN(io.Discard, r, 100) //nolint:errcheck
		return s.conn.Conn().Close()
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.s.dataErr != nil {
		return s.s.dataErr
	}
	s.m.raw = raw
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.mails = append(s.s.mails, s.m)
	if s.s.stage != nil && s.s.stage("taken") {
		return s.conn.Conn().Close()
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// start serves on loopback; a nil certificate offers no STARTTLS.
func (s *server) start(t *testing.T, cert *tls.Certificate, implicit bool) *server {
	t.Helper()
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		s.conns++
		s.mu.Unlock()
		return &session{s: s, conn: c}, nil
	}))
	srv.Domain, srv.ErrorLog = "mail.example", silent{}
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, 10*time.Second
	srv.EnableSMTPUTF8, srv.LMTP = true, s.lmtp
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	s.port = ln.Addr().(*net.TCPAddr).Port
	if cert != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
	}
	if implicit {
		ln = tls.NewListener(ln, srv.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(ln); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		ln.Close()  //nolint:errcheck // a server that was closed before it began serves for ever
		srv.Close() //nolint:errcheck
		<-done
	})
	return s
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (s *server) taken() (mails []mail, froms int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mail(nil), s.mails...), s.froms
}

// notifier talks to s and trusts the authority.
func notifier(t *testing.T, s *server, a *authority, change func(*email.Config)) *email.Notifier {
	t.Helper()
	cfg := email.Config{
		Host: "127.0.0.1", Port: s.port, RootCAs: a.pool(), Sender: sender, Timeout: 5 * time.Second,
		Now: func() time.Time { return t0.Add(time.Minute) },
	}
	if change != nil {
		change(&cfg)
	}
	n, err := email.New(cfg)
	fine(t, err)
	return n
}

// secure gives a server with STARTTLS and a notifier that trusts it.
func secure(t *testing.T, s *server, change func(*email.Config)) (*server, *email.Notifier) {
	t.Helper()
	a := newAuthority(t)
	cert := a.issue(t, "127.0.0.1", time.Hour)
	s.start(t, &cert, false)
	return s, notifier(t, s, a, change)
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func lines(raw []byte) [][]byte { return bytes.Split(raw, []byte("\r\n")) }

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// mailServer is the demo's own mail server: it listens on loopback, takes mail
// over STARTTLS alone, relays nothing, and puts everything in the mailbox. The
// shop sends to it exactly as it would to a real one.
type mailServer struct {
	server *smtp.Server
	roots  *x509.CertPool // the authority made for this run
	port   int
	done   chan struct{}
}

const (
	mailHost     = "mail.haneul.example"
	maxMailBytes = 1 << 20
)

func startMailServer(db *sql.DB, now func() time.Time, logger *slog.Logger) (*mailServer, error) {
	cert, roots, err := newAuthority(mailHost)
	if err != nil {
		return nil, fmt.Errorf("mail server's certificate: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &delivery{conn: c, db: db, now: now}, nil
	}))
	s.Domain = mailHost
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	s.MaxMessageBytes, s.MaxRecipients, s.MaxLineLength = maxMailBytes, 4, 4000
	s.ReadTimeout, s.WriteTimeout = 30*time.Second, 30*time.Second
	s.EnableSMTPUTF8 = true
	s.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelDebug)
	m := &mailServer{server: s, roots: roots, port: ln.Addr().(*net.TCPAddr).Port, done: make(chan struct{})}
	go func() {
		defer close(m.done)
		if err := s.Serve(ln); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			logger.Error("the mail server stopped", "err", err)
		}
	}()
	return m, nil
}

func (m *mailServer) close() error {
	err := m.server.Close()
	<-m.done
	return err
}

// delivery is one SMTP session.
type delivery struct {
	conn       *smtp.Conn
	db         *sql.DB
	now        func() time.Time
	from, rcpt string
}

var errNeedTLS = &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Must issue a STARTTLS command first"}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	if _, ok := d.conn.TLSConnectionState(); !ok {
		return errNeedTLS
	}
	d.from = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.rcpt = to
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	state, _ := d.conn.TLSConnectionState()
	_, err = d.db.ExecContext(context.Background(), "INSERT INTO mails (received, sender, rcpt, tls, raw) VALUES (?,?,?,?,?)",
		d.now().UnixMicro(), d.from, d.rcpt, tls.VersionName(state.Version), raw)
	return err
}

func (d *delivery) Reset()        { d.from, d.rcpt = "", "" }
func (d *delivery) Logout() error { return nil }

// newAuthority makes a certificate authority that lives in memory and vouches
// for one host, so that the shop's mails go over verified TLS with no set-up.
func newAuthority(host string) (tls.Certificate, *x509.CertPool, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	start := time.Now().Add(-time.Hour) // TLS looks at the real clock
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Haneul Market demo authority"},
		NotBefore: start, NotAfter: start.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return tls.Certificate{}, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: start, NotAfter: ca.NotAfter,
		DNSNames: []string{host}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	return tls.Certificate{Certificate: [][]byte{der, caDER}, PrivateKey: key}, roots, nil
}

package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"example.com/accountsec/alerts"
)

// TLSMode is how a connection becomes encrypted.
type TLSMode int

const (
	// StartTLS upgrades the connection and refuses to go on without (port 587 or
	// 25).
	StartTLS TLSMode = iota
	// Implicit speaks TLS from the first byte (port 465).
	Implicit
)

// Config configures a [Notifier]. It is not changed after New.
type Config struct {
	// Host is the mail server's name or address; its certificate must name it.
	// Required.
	Host string
	// Port defaults to 587 with StartTLS and 465 with Implicit.
	Port int
	// TLS defaults to StartTLS. There is no mode without.
	TLS TLSMode
	// RootCAs are the authorities that may vouch for the server. Defaults to
	// the system's.
	RootCAs *x509.CertPool
	// Username and Password authenticate to the server, by PLAIN or LOGIN,
	// inside TLS only. Defaults to none.
	Username, Password string
	// Sender is who mails come from. Required.
	Sender alerts.Sender
	// DKIM signs the mails. Defaults to no signature: then the mail server has
	// to sign.
	DKIM DKIM
	// HTML and Text are the sources of templates for the two bodies, as of
	// html/template and text/template, which see an
	// [alerts.Content] and may call add (of two numbers) and tone (of Severity). New
	// tries them with every kind of message, in both languages, with values that
	// break mails, and refuses what lacks something that readers need (who
	// writes, the facts, what to do, the notices, the links), and what loads, runs
	// or leads elsewhere. Only Sender.Logo may be loaded. Defaults to the
	// templates that come with the package.
	HTML, Text string
	// HelloName is how this machine introduces itself. Defaults to
	// Sender.Domain.
	HelloName string
	// Timeout bounds connecting. What follows has the rest of the queue's time
	// ([alerts.CourierConfig].Timeout); where ctx has no deadline, connecting and
	// delivering take at most twice the Timeout. A server may take minutes to answer
	// for a mail (RFC 5321 §4.5.3.2.6), and one that was not waited for may arrive
	// twice: give the courier more time if yours is slow. Defaults to 20 seconds.
	Timeout time.Duration
	// Now is the clock that dates mails. Defaults to time.Now.
	Now func() time.Time
}

// String hides the password.
func (c Config) String() string {
	return fmt.Sprintf("email.Config{%s, from %s}", c.addr(), c.Sender.From)
}

// Format keeps every verb redacted.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) } //nolint:errcheck

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

func (c Config) addr() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// Notifier sends mail. It holds no connection between messages. Safe for
// concurrent use.
type Notifier struct {
	cfg       Config
	tls       *tls.Config
	templates templates
	old       DKIM // signs as Sender.Change.Old
}

var _ alerts.Notifier = (*Notifier)(nil)

// String tells no more than the type: the password and the keys are inside.
func (Notifier) String() string { return "[email notifier]" }

// Format keeps every verb redacted.
func (n Notifier) Format(f fmt.State, _ rune) { fmt.Fprint(f, n.String()) } //nolint:errcheck

// LogValue is String.
func (n Notifier) LogValue() slog.Value { return slog.StringValue(n.String()) }

// New checks the configuration. It does not connect.
func New(cfg Config) (*Notifier, error) {
	if err := cfg.Sender.Validate(); err != nil {
		return nil, fmt.Errorf("email: Config.Sender: %w", err)
	}
	if cfg.Host == "" {
		return nil, errors.New("email: Config.Host is required")
	}
	if cfg.TLS != StartTLS && cfg.TLS != Implicit {
		return nil, errors.New("email: Config.TLS is neither StartTLS nor Implicit")
	}
	if cfg.Port == 0 {
		cfg.Port = map[TLSMode]int{StartTLS: 587, Implicit: 465}[cfg.TLS]
	}
	if cfg.Port < 1 || cfg.Port > 65535 {
		return nil, fmt.Errorf("email: Config.Port is %d", cfg.Port)
	}
	if (cfg.Username == "") != (cfg.Password == "") {
		return nil, errors.New("email: Config.Username and Password come together or not at all")
	}
	if cfg.HelloName == "" {
		cfg.HelloName = cfg.Sender.Domain
	}
	if !isHost(cfg.HelloName) {
		return nil, errors.New("email: Config.HelloName is not a host's name")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.Timeout < 0 {
		return nil, errors.New("email: Config.Timeout is negative")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := cfg.DKIM.check(cfg.Sender, cfg.Now()); err != nil {
		return nil, fmt.Errorf("email: Config.DKIM: %w", err)
	}
	n := &Notifier{cfg: cfg, tls: &tls.Config{ServerName: cfg.Host, RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12}}
	var err error
	if n.old, err = cfg.DKIM.forOld(cfg.Sender, cfg.Now()); err != nil {
		return nil, fmt.Errorf("email: Config.DKIM, as Sender.Change.Old: %w", err)
	}
	if n.templates, err = newTemplates(cfg); err != nil {
		return nil, fmt.Errorf("email: Config templates: %w", err)
	}
	return n, nil
}

// Channel is "email".
func (n *Notifier) Channel() string { return "email" }

// Notify sends one message. A recipient without an address is
// [alerts.ErrNoRecipient]; an address that is malformed, or that the server
// refuses for good, an [alerts.PermanentError]. Whatever else goes wrong is
// temporary: an operator may mend it. What a server refused is a [*ServerError]
// in either case. Errors hold no address.
func (n *Notifier) Notify(ctx context.Context, m alerts.Message) error {
	if m.Recipient.Email == "" {
		return alerts.ErrNoRecipient
	}
	if err := checkAddress(m.Recipient.Email); err != nil {
		return &alerts.PermanentError{Err: err}
	}
	msg, from, err := n.build(m)
	if err != nil {
		return &alerts.PermanentError{Err: err}
	}
	if err := n.dkimFor(from).sign(msg, n.cfg.Now()); err != nil {
		return fmt.Errorf("email: sign: %w", err)
	}
	return n.send(ctx, msg)
}

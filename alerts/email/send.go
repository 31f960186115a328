package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"example.com/accountsec/alerts"
)

// send delivers msg over a connection of its own. The connection is ours, not
// the client's, so that it is closed on every path and when ctx ends.
func (n *Notifier) send(ctx context.Context, msg *mail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, 2*n.cfg.Timeout)
	defer cancel()
	conn, err := n.dial(ctx)
	if err != nil {
		return fmt.Errorf("email: connect: %w", err)
	}
	defer conn.Close()                                      //nolint:errcheck // the server said what matters
	defer context.AfterFunc(ctx, func() { conn.Close() })() //nolint:errcheck
	client, err := n.client(conn)
	if err != nil {
		return fmt.Errorf("email: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return classify(ctx, err)
	}
	err = client.Send(msg)
	if msg.IsDelivered() { // what fails after the server took it is no failure
		client.Close() //nolint:errcheck
		return nil
	}
	return classify(ctx, err)
}

func (n *Notifier) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	if n.cfg.TLS == Implicit {
		return (&tls.Dialer{Config: n.tls}).DialContext(ctx, "tcp", n.cfg.addr())
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", n.cfg.addr())
}

func (n *Notifier) client(conn net.Conn) (*mail.Client, error) {
	opts := []mail.Option{
		mail.WithPort(n.cfg.Port), mail.WithTimeout(n.cfg.Timeout), mail.WithHELO(n.cfg.HelloName), mail.WithTLSConfig(n.tls),
		mail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
	}
	if n.cfg.TLS == Implicit {
		opts = append(opts, mail.WithSSL())
	} else {
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if n.cfg.Username != "" {
		opts = append(opts, mail.WithSMTPAuthCustom(&passwordAuth{n.cfg.Username, n.cfg.Password, n.cfg.Host, nil}))
	}
	return mail.NewClient(n.cfg.Host, opts...)
}

// passwordAuth is PLAIN where the server has it, else LOGIN, and neither
// outside of TLS.
type passwordAuth struct {
	username, password, host string
	chosen                   smtp.Auth
}

var errNoAuth = errors.New("the server offers no authentication by password inside TLS")

func (a *passwordAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	switch {
	case !server.TLS:
		return "", nil, errNoAuth
	case slices.Contains(server.Auth, "PLAIN"):
		a.chosen = smtp.PlainAuth("", a.username, a.password, a.host, false)
	case slices.Contains(server.Auth, "LOGIN"):
		a.chosen = smtp.LoginAuth(a.username, a.password, a.host, false)
	default:
		return "", nil, errNoAuth
	}
	return a.chosen.Start(server)
}

func (a *passwordAuth) Next(fromServer []byte, more bool) ([]byte, error) {
	return a.chosen.Next(fromServer, more)
}

// classify tells permanent failures from temporary ones. Permanent are the
// server's 5xx about this recipient and this content; a 5xx about us (sender,
// password) is the operator's to mend and no reason to drop the message.
func classify(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("email: %w", ctx.Err())
	}
	var sent *mail.SendError
	if !errors.As(err, &sent) {
		return fmt.Errorf("email: %w", err)
	}
	refused := &ServerError{sent.Reason.String(), sent.ErrorCode(), sent.EnhancedStatusCode()}
	aboutMessage := sent.Reason == mail.ErrSMTPRcptTo || sent.Reason == mail.ErrSMTPData || sent.Reason == mail.ErrSMTPDataClose
	if aboutMessage && !refused.Temporary() {
		return &alerts.PermanentError{Err: refused}
	}
	return refused
}

// ServerError is what a mail server refused, or that it went away. The server's
// own words are left out: they like to repeat the address.
type ServerError struct {
	// Stage says what was being done.
	Stage string
	// Code is the reply's (RFC 5321 §4.2): 450 and 451 are also what greylisting
	// answers. 0 when the connection was lost.
	Code int
	// Enhanced is the enhanced status code (RFC 3463), "4.7.1"; may be empty.
	Enhanced string
}

func (e *ServerError) Error() string {
	if e.Code == 0 {
		return "email: " + e.Stage + ": the connection was lost"
	}
	return strings.TrimSpace(fmt.Sprintf("email: %s: %d %s", e.Stage, e.Code, e.Enhanced))
}

// Temporary tells whether the server asks to be tried again later.
func (e *ServerError) Temporary() bool { return e.Code < 500 }

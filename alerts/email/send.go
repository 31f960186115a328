package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"example.com/accountsec/alerts"
)

// send delivers msg over a connection of its own. The connection is ours, not
// the client's, so that it is closed on every path and when ctx ends. A server
// may take ten minutes to answer for the content (RFC 5321 §4.5.3.2.6), and a mail
// that is broken off then may arrive twice: it has all the time that ctx leaves.
func (n *Notifier) send(ctx context.Context, msg *mail.Msg) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 2*n.cfg.Timeout)
		defer cancel()
	}
	conn, err := n.dial(ctx)
	if err != nil {
		return fmt.Errorf("email: connect: %w", err)
	}
	defer conn.Close()                                      //nolint:errcheck // the server said what matters
	defer context.AfterFunc(ctx, func() { conn.Close() })() //nolint:errcheck
	client, err := n.client(ctx, conn)
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

func (n *Notifier) client(ctx context.Context, conn net.Conn) (*mail.Client, error) {
	deadline, _ := ctx.Deadline()
	left := max(time.Until(deadline), time.Millisecond) // ctx ends it, whatever the client does
	opts := []mail.Option{
		mail.WithPort(n.cfg.Port), mail.WithTimeout(left), mail.WithHELO(n.cfg.HelloName), mail.WithTLSConfig(n.tls),
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
// password, relaying, quota) is the operator's to mend and no reason to drop the
// message.
func classify(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("email: %w", ctx.Err())
	}
	var sent *mail.SendError
	if !errors.As(err, &sent) {
		return fmt.Errorf("email: %w", err)
	}
	refused := &ServerError{sent.Reason.String(), sent.ErrorCode(), sent.EnhancedStatusCode()}
	permanent := false
	switch sent.Reason {
	case mail.ErrSMTPRcptTo: // some say no more than "550 relay not permitted"
		permanent = refused.aboutRecipient() && !strings.Contains(strings.ToLower(err.Error()), "relay")
	case mail.ErrSMTPData, mail.ErrSMTPDataClose:
		permanent = refused.aboutContent()
	}
	if permanent {
		return &alerts.PermanentError{Err: refused}
	}
	return refused
}

// aboutRecipient tells whether a RCPT was refused because of the address. Many
// servers say there what they hold against the client or the sender: Postfix
// puts it off until then (smtpd_delay_reject). So, of RFC 3463 §3.2 and §3.3,
// these are left: the mailbox, and the address but for 5.1.0, which Postfix uses
// of senders, 5.1.7 and 5.1.8, which are of senders, and 5.1.9. Without an
// enhanced code it is what RFC 5321 §4.2.2 has for mailboxes, and RFC 7504's 556.
func (e *ServerError) aboutRecipient() bool {
	if e.Enhanced == "" {
		return slices.Contains([]int{550, 551, 553, 556}, e.Code)
	}
	return e.Code >= 500 && (strings.HasPrefix(e.Enhanced, "5.2.") ||
		slices.Contains([]string{"5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"}, e.Enhanced))
}

// aboutContent tells whether DATA was refused because of the mail: its recipient,
// its size (5.3.4), its content or what a policy has against it (RFC 3463 §3.3,
// §3.7 and §3.8). Without an enhanced code that is any 5xx but those of
// authentication (RFC 4954 §6).
func (e *ServerError) aboutContent() bool {
	if e.Code < 500 || e.Code == 530 || e.Code == 534 || e.Code == 535 || e.Code == 538 {
		return false
	}
	return e.Enhanced == "" || e.Enhanced == "5.3.4" || strings.HasPrefix(e.Enhanced, "5.2.") ||
		strings.HasPrefix(e.Enhanced, "5.6.") || strings.HasPrefix(e.Enhanced, "5.7.") || e.aboutRecipient()
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

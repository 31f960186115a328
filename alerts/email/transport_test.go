package email_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// scripted is a server that answers each command as told and keeps them all.
type scripted struct {
	mu       sync.Mutex
	commands []string
}

// start serves on loopback. A reply of "TLS" is 220 and a handshake; a command
// without a reply gets none, ever.
func (s *scripted) start(t *testing.T, cfg *tls.Config, replies map[string]string) (port int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.talk(conn, cfg, replies) })
		}
	})
	t.Cleanup(func() {
		ln.Close() //nolint:errcheck
		open.Wait()
	})
	return ln.Addr().(*net.TCPAddr).Port
}

func (s *scripted) talk(conn net.Conn, cfg *tls.Config, replies map[string]string) {
	defer func() { conn.Close() }()                                                //nolint:errcheck
	fmt.Fprint(conn, strings.ReplaceAll(replies["greeting"], "\n", "\r\n")+"\r\n") //nolint:errcheck
	for in := bufio.NewScanner(conn); in.Scan(); {
		s.mu.Lock()
		s.commands = append(s.commands, in.Text())
		s.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " ")
		switch reply := replies[verb]; reply {
		case "":
		case "TLS":
			fmt.Fprint(conn, "220 go\r\n") //nolint:errcheck
			secure := tls.Server(conn, cfg)
			if secure.Handshake() != nil {
				return
			}
			conn = secure
			in = bufio.NewScanner(conn)
		default:
			fmt.Fprint(conn, strings.ReplaceAll(reply, "\n", "\r\n")+"\r\n") //nolint:errcheck
		}
	}
}

// Somebody on the way who removes or refuses STARTTLS, or offers only an old
// TLS, learns neither password, nor sender, nor recipient, nor content.
func TestDowngradeSendsNothing(t *testing.T) {
	a := newAuthority(t)
	cert := a.issue(t, "127.0.0.1", time.Hour)
	old := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	const without, with = "250-mail.example\n250 AUTH PLAIN LOGIN", "250-mail.example\n250-STARTTLS\n250 AUTH PLAIN LOGIN"
	common := map[string]string{"greeting": "220 mail.example", "AUTH": "235 ok", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "QUIT": "221 bye", "NOOP": "250 ok", "RSET": "250 ok"}
	for name, c := range map[string]map[string]string{
		"stripped from the answer": {"EHLO": without},
		"no EHLO at all":           {"EHLO": "502 what", "HELO": "250 mail.example"},
		"refused":                  {"EHLO": with, "STARTTLS": "454 not now"},
		"unknown":                  {"EHLO": with, "STARTTLS": "502 what"},
		"TLS 1.1":                  {"EHLO": with, "STARTTLS": "TLS"},
		"answers in advance":       {"EHLO": with, "STARTTLS": "220 go\n250-mail.example\n250 AUTH PLAIN\n235 ok\n250 ok\n250 ok\n354 go\n250 ok"},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range common {
				c[k] = v
			}
			s := &scripted{}
			port := s.start(t, old, c)
			n, err := email.New(email.Config{
				Host: "127.0.0.1", Port: port, RootCAs: a.pool(), Sender: sender, Username: "shop", Password: "correct", Timeout: time.Second,
			})
			fine(t, err)
			err = n.Notify(t.Context(), message(alerts.RecoveryCode, "en"))
			var permanent *alerts.PermanentError
			if err == nil || errors.As(err, &permanent) {
				t.Errorf("got %v, want a temporary error", err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.commands) == 0 {
				t.Error("the server was not asked")
			}
			for _, line := range s.commands {
				verb, _, _ := strings.Cut(line, " ")
				for _, bad := range []string{"AUTH", "MAIL", "RCPT", "DATA"} {
					if strings.EqualFold(verb, bad) {
						t.Errorf("the server was sent %q", line)
					}
				}
				for _, bad := range []string{"security@", "kim", "83019274", "correct"} {
					if strings.Contains(line, bad) {
						t.Errorf("the server was sent %q", line)
					}
				}
			}
		})
	}
}

// A server that goes away may be tried again, whether or not it took the mail;
// if it did, the second carries the same Message-ID.
func TestServerGoesAway(t *testing.T) {
	for name, took := range map[string]bool{"in the middle of the content": false, "before it says that it took the mail": true} {
		t.Run(name, func(t *testing.T) {
			var back atomic.Bool
			s := &server{stage: func(at string) bool { return !back.Load() && (at == "taken") == took }}
			s, n := secure(t, s, nil)
			err := n.Notify(t.Context(), message(alerts.NewDevice, "en"))
			var lost *email.ServerError
			var permanent *alerts.PermanentError
			if !errors.As(err, &lost) || !lost.Temporary() || lost.Code != 0 || errors.As(err, &permanent) || strings.Contains(err.Error(), "customer") {
				t.Errorf("got %v", err)
			}
			back.Store(true)
			fine(t, n.Notify(t.Context(), message(alerts.NewDevice, "en")))
			mails, _ := s.taken()
			if took && (len(mails) != 2 || field(t, mails[0].raw, "Message-Id")[0] != field(t, mails[1].raw, "Message-Id")[0]) || !took && len(mails) != 1 {
				t.Errorf("%d mails", len(mails))
			}
		})
	}
}

// A greylisting server is tried again and then takes the mail.
func TestGreylisting(t *testing.T) {
	s, n := secure(t, &server{rcptErr: &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "kim@customer.example: come back later"}}, nil)
	err := n.Notify(t.Context(), message(alerts.NewDevice, "en"))
	var later *email.ServerError
	if !errors.As(err, &later) || later.Code != 450 || later.Enhanced != "4.7.1" || !later.Temporary() {
		t.Fatalf("got %#v", err)
	}
	if err.Error() != "email: sending SMTP RCPT TO command: 450 4.7.1" {
		t.Errorf("it says %q", err)
	}
	s.rcptErr = nil
	fine(t, n.Notify(t.Context(), message(alerts.NewDevice, "en")))
	s.rcptErr = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no kim@customer.example"}
	err = n.Notify(t.Context(), message(alerts.NewDevice, "en"))
	var permanent *alerts.PermanentError
	if !errors.As(err, &permanent) || !errors.As(err, &later) || later.Code != 550 || later.Temporary() {
		t.Errorf("got %v", err)
	}
}

// A server that takes its time over the content is waited for as long as the
// caller has, so that no mail is sent twice.
func TestSlowAnswer(t *testing.T) {
	const timeout = 200 * time.Millisecond
	s, n := secure(t, &server{inData: func() { <-time.After(3 * timeout) }}, func(c *email.Config) { c.Timeout = timeout })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fine(t, n.Notify(ctx, message(alerts.NewDevice, "en")))
	if mails, _ := s.taken(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
}

// A server that stops answering, whenever it does, is left after the timeout.
func TestSlowServer(t *testing.T) {
	a := newAuthority(t)
	cert := a.issue(t, "127.0.0.1", time.Hour)
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}}
	whole := map[string]string{"greeting": "220 mail.example", "EHLO": "250-mail.example\n250 STARTTLS", "STARTTLS": "TLS", "NOOP": "250 ok", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go"}
	for _, silent := range []string{"EHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "."} {
		replies := map[string]string{}
		for verb, reply := range whole {
			if verb != silent {
				replies[verb] = reply
			}
		}
		n, err := email.New(email.Config{Host: "127.0.0.1", Port: (&scripted{}).start(t, cfg, replies), RootCAs: a.pool(), Sender: sender, Timeout: 300 * time.Millisecond})
		fine(t, err)
		var permanent *alerts.PermanentError
		if err := n.Notify(t.Context(), message(alerts.NewDevice, "en")); err == nil || errors.As(err, &permanent) {
			t.Errorf("silent at %s: %v", silent, err)
		}
	}
}

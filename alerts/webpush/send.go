package webpush

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
)

const (
	// bodySize is the size of every message's body, whatever it says: length
	// would tell. 4,096 is the most that services must take, but Firefox on
	// Android has them take at most 3,070.
	bodySize = 2816
	// maxPayload is what fits: less the header (RFC 8188 §2.1, with a key of 65
	// bytes), the tag and the byte that ends the padding.
	maxPayload = bodySize - 86 - 16 - 1

	maxAnswer     = 64 << 10
	maxRetryAfter = time.Hour
)

// send posts a push to one browser. No error holds the endpoint or a key.
func (n *Notifier) send(ctx context.Context, r Row, p push) error {
	s, err := open(n.cfg.AEAD, r)
	if err != nil { // a process that has the key may come by
		return err
	}
	if err := s.check(n.cfg.Services); err != nil { // the list may have become shorter
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	// The library pads the text where it lies: clipped, each call pads its own.
	res, err := webpush.SendNotificationWithContext(ctx, slices.Clip(p.data), &webpush.Subscription{
		Endpoint: s.Endpoint, Keys: webpush.Keys{Auth: s.Keys.Auth, P256dh: s.Keys.P256DH},
	}, &webpush.Options{
		HTTPClient: n.client, RecordSize: bodySize, Subscriber: n.cfg.Contact, Topic: p.topic, Urgency: p.urgency,
		TTL: int(p.ttl / time.Second), VAPIDPublicKey: n.cfg.Keys.Public, VAPIDPrivateKey: n.cfg.Keys.Private,
	})
	if err != nil {
		return unreachable(ctx, err)
	}
	defer res.Body.Close()                                   //nolint:errcheck // it was read
	io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) //nolint:errcheck // so that the connection can be used again
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return nil
	}
	return &StatusError{Status: res.StatusCode, RetryAfter: retryAfter(res.Header, n.cfg.Now())}
}

// unreachable says what went wrong in words of our own: those of package net
// and net/http name the endpoint.
func unreachable(ctx context.Context, err error) error {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ErrAddress):
		return ErrAddress
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", errTimeout, ctx.Err())
	case errors.As(err, &name):
		return errName
	case errors.As(err, &certificate):
		return errCertificate
	}
	return errConnection
}

var (
	errTimeout     = errors.New("webpush: the push service did not answer in time")
	errName        = errors.New("webpush: the push service's name could not be resolved")
	errCertificate = errors.New("webpush: the push service's certificate was not accepted")
	errConnection  = errors.New("webpush: the connection to the push service failed")
)

// retryAfter reads seconds or a date (RFC 9110 §10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

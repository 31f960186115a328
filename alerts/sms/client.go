package sms

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.com/accountsec/alerts"
)

const (
	maxAnswer     = 64 << 10       // bytes of an answer that are read
	maxRetryAfter = 24 * time.Hour // longest wait that is believed
)

// HTTP is how a provider is reached. The zero value is right in production.
type HTTP struct {
	// BaseURL replaces the provider's own address: https and a host, or http and
	// a loopback address, for tests. No path. Defaults to the provider's.
	BaseURL string
	// RootCAs are the authorities that may vouch for the provider. Defaults to
	// the system's.
	RootCAs *x509.CertPool
	// Timeout bounds one message, from connecting to the end of the answer.
	// Defaults to 10 seconds.
	Timeout time.Duration
	// Now is the clock that requests are signed by: providers refuse signatures
	// that are 5 (SENS) or 15 (Solapi) minutes off. Defaults to time.Now.
	Now func() time.Time
}

// client asks one provider, over TLS 1.2 or later, and follows no redirect: it
// would take the credentials along.
type client struct {
	name, base string
	http       *http.Client
	now        func() time.Time
}

func newClient(name, base string, cfg HTTP) (*client, error) {
	if cfg.BaseURL != "" {
		if err := checkBase(cfg.BaseURL); err != nil {
			return nil, fmt.Errorf("sms: %s: HTTP.BaseURL %w", name, err)
		}
		base = strings.TrimSuffix(cfg.BaseURL, "/")
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("sms: %s: HTTP.Timeout is negative", name)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &client{name: name, base: base, now: cfg.Now, http: &http.Client{
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
			MaxResponseHeaderBytes: maxAnswer,
			MaxIdleConnsPerHost:    8,
			IdleConnTimeout:        30 * time.Second,
			DisableCompression:     true,
		},
	}}, nil
}

func checkBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return errors.New("is not a scheme and a host")
	case u.Scheme == "https":
		return nil
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme != "http" || err != nil || !ip.IsLoopback() {
		return errors.New("is neither https nor on a loopback address")
	}
	return nil
}

// answer is what a provider said. body is nil if it is not JSON, or not whole.
type answer struct {
	status int
	body   []byte
	after  time.Duration
}

// post asks once. It never asks again: whether a request that failed was obeyed
// is not known. (Only a connection that turns out closed before a byte was
// written is replaced, by net/http.)
func (c *client) post(ctx context.Context, path, contentType string, body []byte, header http.Header) (answer, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, &SendError{Provider: c.name, reason: "malformed request", unsent: true}
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "accountsec")
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.failed(ctx, err, !connected.Load())
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	a := answer{status: resp.StatusCode, after: c.retryAfter(resp.Header.Get("Retry-After"))}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && len(data) <= maxAnswer && kind == "application/json" {
		a.body = data
	}
	return a, nil
}

// failed words why there was no answer. It quotes nothing: errors of net/http
// hold the URL, and what a broken server said.
func (c *client) failed(ctx context.Context, err error, unsent bool) error {
	e := &SendError{Provider: c.name, reason: "no answer", unsent: unsent}
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.reason, e.cause = "cancelled", context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout():
		e.reason, e.cause = "timed out", context.DeadlineExceeded
	case errors.As(err, &cert):
		e.reason = "the certificate is not valid"
	case errors.As(err, &op):
		e.reason = "no answer (" + op.Op + ")"
	}
	return e
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3).
func (c *client) retryAfter(s string) time.Duration {
	if s == "" {
		return 0
	}
	var after time.Duration
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		after = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(s); err == nil {
		after = at.Sub(c.now())
	}
	return min(max(after, 0), maxRetryAfter)
}

// verdict is what a refusal means.
type verdict int

const (
	byStatus verdict = iota
	never            // the same request will be refused again
	later            // it may be taken another time
)

// refused judges an answer that says no. Where the provider's code does not tell,
// the status does: what the request asks for is refused for good (400, 413, 422);
// what the account or the moment is refused for may be mended (401, 403, 404,
// 429). A server's own failure may have come too late to stop the message, and
// a redirect comes from nobody knows whom.
func (c *client) refused(a answer, code string, v verdict) error {
	e := &SendError{Provider: c.name, Status: a.status, Code: plainCode(code), After: a.after, reason: "refused", unsent: true}
	if v == byStatus {
		v = later
		switch s := a.status; {
		case s < 400 || s >= 500 || s == http.StatusRequestTimeout || s == http.StatusConflict:
			e.reason, e.unsent = "failed", false
		case s == http.StatusBadRequest || s == http.StatusRequestEntityTooLarge || s == http.StatusUnprocessableEntity:
			v = never
		}
	}
	if v == never {
		return hopeless(e)
	}
	return temporary(e)
}

// unclear is an answer that does not tell whether the message was taken.
func (c *client) unclear(a answer) error {
	return temporary(&SendError{Provider: c.name, Status: a.status, After: a.after, reason: "an answer that makes no sense"})
}

// temporary tells the queue how long the provider asks to wait, if it does.
func temporary(e *SendError) error {
	if e.After > 0 {
		return &alerts.RetryError{Err: e, After: e.After}
	}
	return e
}

// decode reads a JSON object; false if the answer is none.
func decode(a answer, v any) bool { return len(a.body) > 0 && json.Unmarshal(a.body, v) == nil }

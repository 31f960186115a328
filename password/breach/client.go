package breach

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrUnavailable reports that the check could not be made. It says nothing
// about the password.
var ErrUnavailable = errors.New("breach: the check could not be made")

const (
	// DefaultBaseURL is Have I Been Pwned's public service.
	DefaultBaseURL = "https://api.pwnedpasswords.com"

	prefixDigits = 5
	suffixDigits = 35

	// maxBody bounds an answer, in bytes. A padded one has about 1,000 rows of
	// some 40 bytes.
	maxBody = 1 << 20
)

// ClientConfig wires a [Client].
type ClientConfig struct {
	// UserAgent names the application to the service, which refuses requests
	// without one. Required: there is no default.
	UserAgent string
	// BaseURL is where the service lives; "/range/" and the prefix are added.
	// It must be https, except on a loopback address given by number, and has
	// neither user, query nor fragment. Defaults to [DefaultBaseURL].
	BaseURL string
	// Transport carries the requests. Defaults to a copy of
	// http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds one check, body included. Defaults to 2 s.
	Timeout time.Duration
	// CacheSize is how many answers are kept, about 40 kB each, so that a page
	// that checks while the customer types does not ask twice. -1 for none.
	// Defaults to 64.
	CacheSize int
	// CacheFor is how long an answer is kept. Defaults to 10 minutes.
	CacheFor time.Duration
	// Now is the clock of the cache. Defaults to time.Now.
	Now func() time.Time
}

// Client asks a range service. Safe for concurrent use.
type Client struct {
	base    string
	agent   string
	timeout time.Duration
	http    *http.Client
	cache   *cache
}

// NewClient checks cfg. It sends nothing.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.UserAgent == "" || strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("breach: a UserAgent of printable ASCII is required")
	}
	base, err := checkBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 || cfg.CacheFor < 0 || cfg.CacheSize < -1 {
		return nil, errors.New("breach: Timeout, CacheFor and CacheSize must not be negative")
	}
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &Client{
		base: base, agent: cfg.UserAgent, timeout: or(cfg.Timeout, 2*time.Second),
		http:  &http.Client{Transport: cfg.Transport, CheckRedirect: refuseRedirect},
		cache: newCache(max(or(cfg.CacheSize, 64), 0), or(cfg.CacheFor, 10*time.Minute), cfg.Now),
	}, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// checkBase keeps the answers from being read or forged on their way.
func checkBase(s string) (string, error) {
	if s == "" {
		return DefaultBaseURL, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("breach: BaseURL must be an absolute URL without user, query or fragment")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || ip == nil || !ip.IsLoopback()) {
		return "", errors.New("breach: BaseURL must be https")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// refuseRedirect: no range service redirects, and a prefix is nobody else's.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Breached tells how often the password was seen in breaches; 0 if it is not
// known from any. Errors: [ErrUnavailable]; with the context's own, if the
// caller left.
func (c *Client) Breached(ctx context.Context, password string) (count int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	sum := sha1.Sum([]byte(password))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	prefix, suffix := digits[:prefixDigits], digits[prefixDigits:]
	rows, ok := c.cache.get(prefix)
	if !ok {
		if rows, err = c.fetch(ctx, prefix); err != nil {
			return 0, err
		}
		c.cache.put(prefix, rows)
	}
	return rows[suffix], nil
}

// fetch asks for one range and reads it whole or not at all.
func (c *Client) fetch(ctx context.Context, prefix string) (ranges, error) {
	wait, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(wait, http.MethodGet, c.base+"/range/"+prefix, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the request cannot be made", ErrUnavailable)
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Add-Padding", "true")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unavailable(wait, "no answer")
	}
	defer resp.Body.Close() //nolint:errcheck // was read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", ErrUnavailable, resp.StatusCode)
	}
	if endUnknown(resp) {
		return nil, fmt.Errorf("%w: the answer does not say where it ends", ErrUnavailable)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || wait.Err() != nil { // a server may end a body because we left
		return nil, unavailable(wait, "the answer was cut short")
	}
	return parseRange(body)
}

// endUnknown tells of a body that ends where the connection does: a cut one
// looks whole.
func endUnknown(resp *http.Response) bool {
	return resp.ProtoMajor < 2 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 && !resp.Uncompressed
}

// unavailable leaves out the transport's error, which quotes the address with
// the prefix of the hash.
func unavailable(ctx context.Context, why string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, why, err)
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, why)
}

package email

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Resolver answers DNS questions. A [*net.Resolver] is one. Names end with a
// dot. A name or record that does not exist is a [*net.DNSError] with
// IsNotFound.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

const (
	maxQuestions = 120
	questionTime = 5 * time.Second
	maxRecords   = 50
	maxText      = 8 << 10 // bytes of text records under one name
)

var (
	errAbsent    = errors.New("email: no such record")
	errQuestions = errors.New("email: too many questions")
	errOversize  = errors.New("email: far too many or too long records")
)

// lookups asks a resolver a bounded number of questions, for a bounded time and
// size each.
type lookups struct {
	resolver Resolver
	left     int
}

// ask counts and times one question. What was found counts even if the answer
// held more that is malformed, as the standard library then says.
func ask[T any](ctx context.Context, l *lookups, question func(context.Context) ([]T, error)) ([]T, error) {
	if l.left--; l.left < 0 {
		return nil, errQuestions
	}
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	found, err := question(ctx)
	var dns *net.DNSError
	switch {
	case len(found) > maxRecords:
		return nil, errOversize
	case len(found) > 0:
		return found, nil
	case err == nil, errors.As(err, &dns) && dns.IsNotFound:
		return nil, errAbsent
	}
	return nil, err
}

func (l *lookups) txt(ctx context.Context, name string) ([]string, error) {
	found, err := ask(ctx, l, func(ctx context.Context) ([]string, error) { return l.resolver.LookupTXT(ctx, rooted(name)) })
	total := 0
	for _, text := range found {
		total += len(text)
	}
	if total > maxText {
		return nil, errOversize
	}
	return found, err
}

// records are the texts that begin with a version, as a policy's must.
func (l *lookups) records(ctx context.Context, name string, is func(text string) bool) ([]string, error) {
	found, err := l.txt(ctx, name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, text := range found {
		if is(text) {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return nil, errAbsent
	}
	return out, nil
}

func (l *lookups) mx(ctx context.Context, name string) ([]*net.MX, error) {
	return ask(ctx, l, func(ctx context.Context) ([]*net.MX, error) { return l.resolver.LookupMX(ctx, rooted(name)) })
}

func (l *lookups) addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	found, err := ask(ctx, l, func(ctx context.Context) ([]netip.Addr, error) {
		return l.resolver.LookupNetIP(ctx, "ip", rooted(host))
	})
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, err
}

func (l *lookups) names(ctx context.Context, addr netip.Addr) ([]string, error) {
	return ask(ctx, l, func(ctx context.Context) ([]string, error) { return l.resolver.LookupAddr(ctx, addr.String()) })
}

// rooted keeps the machine's search list out.
func rooted(name string) string { return strings.TrimSuffix(name, ".") + "." }

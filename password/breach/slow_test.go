package breach_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"example.com/accountsec/password/breach"
)

// slowService answers over a pipe in memory, so that a bubble's clock rules: the
// answer comes at once, its body one byte every so often, for as long as
// somebody reads.
func slowService(every time.Duration) http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close() //nolint:errcheck // a pipe
			if _, err := http.ReadRequest(bufio.NewReader(there)); err != nil {
				return
			}
			gone := make(chan struct{})
			go func() {
				io.Copy(io.Discard, there) //nolint:errcheck // ends with the pipe
				close(gone)
			}()
			fmt.Fprintf(there, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
			for tick := time.NewTicker(every); ; {
				select {
				case <-gone:
					return
				case <-tick.C:
					there.Write([]byte{'A'}) //nolint:errcheck // gone tells
				}
			}
		}()
		return here, nil
	}}
}

// Pitfall 18: an answer that trickles ends with the check's time, to the
// moment, as it does when the caller leaves before that.
func TestPitfall18SlowBodyEndsWithItsTime(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(context.Context) (context.Context, context.CancelFunc)
		after time.Duration
		err   error
	}{
		"the client's time": {context.WithCancel, 3 * time.Second, context.DeadlineExceeded},
		"the caller's time": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 2*time.Second)
		}, 2 * time.Second, context.DeadlineExceeded},
		"the caller leaves": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, leave := context.WithCancel(ctx)
			time.AfterFunc(time.Second, leave)
			return ctx, leave
		}, time.Second, context.Canceled},
		"the caller has left": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, leave := context.WithCancel(ctx)
			leave()
			return ctx, leave
		}, 0, context.Canceled},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, err := breach.NewClient(breach.ClientConfig{UserAgent: "shop", BaseURL: "http://127.0.0.1", Transport: slowService(70 * time.Millisecond), Timeout: 3 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			ctx, leave := c.leave(t.Context())
			defer leave()
			began := time.Now()
			n, err := client.Breached(ctx, secret)
			if took := time.Since(began); n != 0 || !errors.Is(err, breach.ErrUnavailable) || !errors.Is(err, c.err) || took != c.after {
				t.Errorf("%s: %d, %v after %v, want %v", name, n, err, took, c.after)
			}
		})
	}
}

// Without a Timeout in the configuration a check still ends: after 2 s.
func TestDefaultTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := breach.NewClient(breach.ClientConfig{UserAgent: "shop", BaseURL: "http://127.0.0.1", Transport: slowService(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := client.Breached(t.Context(), secret); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// A server that ends its body properly because the time is over has not said
// all that it knows.
func TestPitfall18BodyThatEndsWithTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := breach.NewClient(breach.ClientConfig{UserAgent: "shop", BaseURL: "http://127.0.0.1", Transport: endsWithTime{}})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := client.Breached(t.Context(), secret); n != 0 || !errors.Is(err, breach.ErrUnavailable) {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// endsWithTime answers with one row and ends when the request's time is over.
type endsWithTime struct{}

func (endsWithTime) RoundTrip(r *http.Request) (*http.Response, error) {
	body, w := io.Pipe()
	go func() {
		fmt.Fprint(w, stranger+":1\r\n")
		<-r.Context().Done()
		w.Close() //nolint:errcheck // io.EOF to the reader
	}()
	return &http.Response{StatusCode: http.StatusOK, ProtoMajor: 2, ContentLength: -1, Body: body, Request: r}, nil
}

// endless is a body of rows without an end, which counts what is read of it.
type endless struct{ read int }

func (e *endless) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, ProtoMajor: 2, ContentLength: -1, Body: io.NopCloser(e), Request: r}, nil
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 16<<20 {
		return 0, errors.New("read far too much")
	}
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

// An endless body is left where the bound is, not where the memory ends.
func TestPitfall18EndlessBody(t *testing.T) {
	body := &endless{}
	client, err := breach.NewClient(breach.ClientConfig{UserAgent: "shop", BaseURL: "http://127.0.0.1", Transport: body, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Breached(t.Context(), secret); !errors.Is(err, breach.ErrUnavailable) || body.read > 4<<20 {
		t.Errorf("%v after %d bytes", err, body.read)
	}
}

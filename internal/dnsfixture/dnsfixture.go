// Package dnsfixture is a real DNS server on loopback for tests: what a zone
// file says, and the faults of the real thing.
package dnsfixture

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers over UDP and TCP from a zone. Safe for concurrent use.
type Server struct {
	// Addr is its host:port.
	Addr string

	mu      sync.Mutex
	records map[string][]dns.RR
	silent  map[string]bool
	failing map[string]bool
	asked   int
}

// Start serves the records of a zone file until the test ends. Names are
// absolute with or without their last dot.
func Start(tb testing.TB, zone string) *Server {
	tb.Helper()
	s := &Server{records: map[string][]dns.RR{}, silent: map[string]bool{}, failing: map[string]bool{}}
	s.Add(tb, zone)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.Addr = tcp.Addr().String()
	udp, err := net.ListenPacket("udp", s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	for _, srv := range []*dns.Server{{Listener: tcp, Handler: s}, {PacketConn: udp, Handler: s}} {
		up, done := make(chan struct{}), make(chan struct{})
		srv.NotifyStartedFunc = func() { close(up) }
		go func() {
			defer close(done)
			srv.ActivateAndServe() //nolint:errcheck // ends with Shutdown
		}()
		<-up
		tb.Cleanup(func() {
			srv.Shutdown() //nolint:errcheck
			<-done
		})
	}
	return s
}

// Add adds the records of a zone file.
func (s *Server) Add(tb testing.TB, zone string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := dns.NewZoneParser(strings.NewReader(zone), ".", "")
	p.SetDefaultTTL(60)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		name := strings.ToLower(rr.Header().Name)
		s.records[name] = append(s.records[name], rr)
	}
	if err := p.Err(); err != nil {
		tb.Fatal(err)
	}
}

// Silence leaves questions for a name without an answer.
func (s *Server) Silence(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent[dns.CanonicalName(name)] = true
}

// Fail answers questions for a name with SERVFAIL.
func (s *Server) Fail(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[dns.CanonicalName(name)] = true
}

// Asked counts the questions so far.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Resolver is the standard library's, asking this server alone.
func (s *Server) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Addr)
	}}
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	m := new(dns.Msg).SetReply(r)
	m.Authoritative, m.RecursionAvailable = true, true
	s.mu.Lock()
	s.asked++
	silent := len(r.Question) != 1 || !s.answer(m, r.Question[0])
	s.mu.Unlock()
	if silent {
		return
	}
	size := dns.MaxMsgSize
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		size = dns.MinMsgSize
		if opt := r.IsEdns0(); opt != nil {
			size = int(opt.UDPSize())
			m.SetEdns0(opt.UDPSize(), false)
		}
	}
	m.Truncate(size)
	w.WriteMsg(m) //nolint:errcheck // the asker went away
}

// answer follows aliases for a while, so that a loop of them is answered as
// servers do: with a part of it.
func (s *Server) answer(m *dns.Msg, q dns.Question) bool {
	name := dns.CanonicalName(q.Name)
	m.Rcode = dns.RcodeNameError
	for range 8 {
		if s.silent[name] {
			return false
		}
		if s.failing[name] {
			m.Rcode = dns.RcodeServerFailure
			return true
		}
		if len(s.records[name]) > 0 {
			m.Rcode = dns.RcodeSuccess
		}
		alias := ""
		for _, rr := range s.records[name] {
			if rr.Header().Rrtype == q.Qtype {
				m.Answer = append(m.Answer, rr)
			} else if c, ok := rr.(*dns.CNAME); ok {
				m.Answer = append(m.Answer, rr)
				alias = dns.CanonicalName(c.Target)
			}
		}
		if alias == "" {
			break
		}
		name = alias
	}
	return true
}

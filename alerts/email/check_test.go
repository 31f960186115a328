package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/dnsfixture"
)

// goodZone is a domain at which there is nothing to find.
func goodZone() string {
	return `shop.example. IN TXT "google-site-verification=abc"
shop.example. IN TXT "v=spf1 mx -all"
shop.example. IN MX 10 mx1.shop.example.
mx1.shop.example. IN A 192.0.2.1
_dmarc.shop.example. IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"
_mta-sts.shop.example. IN TXT "v=STSv1; id=20261123000000"
_smtp._tls.shop.example. IN TXT "v=TLSRPTv1; rua=mailto:tls@shop.example"
1.2.0.192.in-addr.arpa. IN PTR mx1.shop.example.
` + zone(map[string]string{"rsa1._domainkey.shop.example": keyRecord(keys().rsa.Public()), "ed1._domainkey.shop.example": keyRecord(keys().ed.Public())})
}

const goodPolicy = "version: STSv1\r\nmode: enforce\r\nmx: mx1.shop.example\r\nmax_age: 604800\r\n"

// rewritten replaces the lines of a zone that begin with a key; a key that is
// nowhere, or "+", adds.
func rewritten(zone string, changes map[string]string) string {
	for key, to := range changes {
		var kept []string
		for line := range strings.Lines(zone) {
			if key == "+" || !strings.HasPrefix(line, key) {
				kept = append(kept, line)
			}
		}
		zone = strings.Join(kept, "") + to + "\n"
	}
	return zone
}

// world is a domain's DNS and the server of its policy.
type world struct {
	zone, policy string
	handler      http.HandlerFunc // instead of the policy
	cfg          email.CheckConfig
	dns          *dnsfixture.Server
}

func goodWorld() *world {
	return &world{zone: goodZone(), policy: goodPolicy, cfg: email.CheckConfig{
		DKIM: bothKeys(), Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, HelloName: "mx1.shop.example",
		Now: func() time.Time { return t0 },
	}}
}

func (w *world) check(t *testing.T) email.Report {
	t.Helper()
	w.dns = dnsfixture.Start(t, w.zone)
	w.cfg.Resolver = w.dns.Resolver()
	handler := w.handler
	if handler == nil {
		handler = func(rw http.ResponseWriter, r *http.Request) {
			if r.Host != "mta-sts.shop.example" || r.URL.Path != "/.well-known/mta-sts.txt" {
				http.NotFound(rw, r)
				return
			}
			rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(rw, w.policy) //nolint:errcheck
		}
	}
	w.cfg.Transport = policyTransport(t, handler)
	r, err := email.CheckDomain(t.Context(), "shop.example", w.cfg)
	fine(t, err)
	return r
}

// policyTransport reaches a real HTTPS server under the policy's name.
func policyTransport(t *testing.T, handler http.Handler) *http.Transport {
	t.Helper()
	a := newAuthority(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		srv.Serve(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{a.issue(t, "mta-sts.shop.example", time.Hour)}})) //nolint:errcheck
	}()
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.pool(), MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != "mta-sts.shop.example:443" {
				return nil, errors.New("an address of elsewhere: " + addr)
			}
			return (&net.Dialer{}).DialContext(ctx, network, ln.Addr().String())
		},
	}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close() //nolint:errcheck
		<-done
	})
	return tr
}

// found lists what a report says beyond "good".
func found(r email.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Severity != email.Good {
			out = append(out, f.Severity.String()+" "+f.Code)
		}
	}
	return out
}

func TestCheckDomainGood(t *testing.T) {
	w := goodWorld()
	r := w.check(t)
	var codes []string
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	want := "[dmarc.ok spf.ok dkim.ok mx.ok mta_sts.ok tls_rpt.ok ptr.ok]"
	if fmt.Sprint(codes) != want || r.Worst() != email.Good || r.Domain != "shop.example" || r.Organization != "shop.example" {
		t.Errorf("%+v", r)
	}
}

func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Each fault is found, alone, explained in both languages; what is to be
// published for it mends it.
func TestCheckDomainFaults(t *testing.T) {
	seen := map[string]bool{}
	for name, c := range faults() {
		t.Run(name, func(t *testing.T) {
			w := goodWorld()
			w.zone = rewritten(w.zone, c.change)
			if c.also != nil {
				c.also(w)
			}
			r := w.check(t)
			if got := fmt.Sprint(found(r)); got != c.want {
				t.Fatalf("found %s, want %s", got, c.want)
			}
			for _, f := range r.Findings {
				seen[f.Code] = true
				explained(t, f)
				if f.Publish == nil || f.Code == "mta_sts.policy_missing" { // which takes the record as well
					continue
				}
				w := goodWorld()
				w.zone = rewritten(w.zone, c.change)
				if c.also != nil {
					c.also(w)
				}
				published(w, *f.Publish)
				if again := w.check(t); slices.ContainsFunc(again.Findings, func(g email.Finding) bool { return g.Code == f.Code }) {
					t.Errorf("%s is still there after publishing %s", f.Code, f.Publish)
				}
			}
		})
	}
	// Codes that other tests see.
	for _, code := range []string{"dns.timeout", "dns.failed", "dns.questions", "dmarc.inherited", "dmarc.no_organization", "mx.no_tls", "mx.certificate", "mx.unreachable"} {
		seen[code] = true
	}
	for _, key := range email.MessageKeys() {
		if area, _, _ := strings.Cut(key, "."); (area == "dns" || slices.Contains(email.Areas(), area)) && !seen[key] {
			t.Errorf("%s was not found by any test", key)
		}
	}
}

// published does what a finding says.
func published(w *world, r email.Record) {
	switch r.Type {
	case "FILE":
		w.policy, w.handler = r.Value, nil
	case "TXT":
		version, _, _ := strings.Cut(strings.Fields(r.Value)[0], ";")
		prefix := r.Name + `. IN TXT "` + version
		if strings.Contains(r.Name, "_domainkey") || strings.HasPrefix(r.Name, "_") {
			prefix = r.Name + "."
		}
		w.zone = rewritten(w.zone, map[string]string{prefix: r.String()})
	default:
		w.zone = rewritten(w.zone, map[string]string{r.Name: r.String()})
	}
}

func explained(t *testing.T, f email.Finding) {
	t.Helper()
	en, ko := f.Text("en"), f.Text("ko")
	if en == f.Code || ko == f.Code || en == ko || strings.Contains(strings.ReplaceAll(en+ko, "%{", ""), "{") {
		t.Errorf("%s: %q %q", f.Code, en, ko)
	}
}

package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"blitiri.com.ar/go/spf"

	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/dnsfixture"
)

// Servers that do not answer, or only with an error, cost bounded time, and
// what was not seen is not called missing.
func TestCheckDomainWithoutAnswers(t *testing.T) {
	names := []string{"shop.example", "mx1.shop.example", "_dmarc.shop.example", "_mta-sts.shop.example", "_smtp._tls.shop.example", "rsa1._domainkey.shop.example", "ed1._domainkey.shop.example", "1.2.0.192.in-addr.arpa"}
	for code, spoil := range map[string]func(*dnsfixture.Server, string){"dns.timeout": (*dnsfixture.Server).Silence, "dns.failed": (*dnsfixture.Server).Fail} {
		s := dnsfixture.Start(t, goodZone())
		for _, name := range names {
			spoil(s, name)
		}
		w := goodWorld()
		w.cfg.Resolver, w.cfg.Timeout = s.Resolver(), 500*time.Millisecond
		r, err := email.CheckDomain(t.Context(), "shop.example", w.cfg)
		fine(t, err)
		for _, f := range r.Findings {
			if f.Code != code && !(code == "dns.failed" && f.Code == "dns.timeout") {
				t.Errorf("%s: found %s %s", code, f.Code, f.Name)
			}
			explained(t, f)
		}
		if len(r.Findings) < 5 || r.Worst() != email.Warning {
			t.Errorf("%s: %v", code, found(r))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := email.CheckDomain(ctx, "shop.example", email.CheckConfig{Resolver: dnsfixture.Start(t, "").Resolver()}); !errors.Is(err, context.Canceled) || len(r.Findings) != 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// timed notes how long each question may take.
type timed struct {
	email.Resolver
	most time.Duration
}

func (r *timed) LookupTXT(ctx context.Context, name string) ([]string, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	r.most = max(r.most, time.Until(deadline))
	return r.Resolver.LookupTXT(ctx, name)
}

// The whole check has a deadline, and each question an earlier one.
func TestCheckDomainDeadlines(t *testing.T) {
	for timeout, most := range map[time.Duration]time.Duration{time.Second: time.Second, 0: 5 * time.Second} {
		r := &timed{Resolver: dnsfixture.Start(t, goodZone()).Resolver()}
		w := goodWorld()
		w.cfg.Resolver, w.cfg.Timeout, w.cfg.Transport = r, timeout, policyTransport(t, http.NotFoundHandler())
		_, err := email.CheckDomain(t.Context(), "shop.example", w.cfg)
		fine(t, err)
		if r.most > most || r.most <= 0 {
			t.Errorf("timeout %v: a question may take %v", timeout, r.most)
		}
	}
}

// A record can refer to a hundred others, and these to further ones: the number
// of questions stays bounded.
func TestCheckDomainBounds(t *testing.T) {
	zone := goodZone()
	for i := range 12 {
		var b strings.Builder
		fmt.Fprintf(&b, "i%d.shop.example. IN TXT \"v=spf1\"", i)
		for j := range 12 {
			fmt.Fprintf(&b, " \" mx:m%d-%d.shop.example include:i%d.shop.example\"", i, j, i+1)
		}
		zone += b.String() + "\n"
		for j := range 12 {
			for k := range 10 {
				zone += fmt.Sprintf("m%d-%d.shop.example. IN MX %d h%d.shop.example.\n", i, j, k, k)
			}
		}
	}
	w := goodWorld()
	w.zone = rewritten(zone, map[string]string{spfLine: spfLine + ` include:i0.shop.example -all"`})
	r := w.check(t)
	if got := w.dns.Asked(); got > 3*120 { // an address is two questions, a timed out one may be repeated
		t.Errorf("%d questions", got)
	}
	if !slices.Contains(found(r), "fault spf.lookups") || !slices.Contains(found(r), "warning dns.questions") {
		t.Errorf("found %v", found(r))
	}
	for _, f := range r.Findings {
		explained(t, f)
	}
}

// A subdomain is under the policy of the registered domain, sp= if there is
// one.
func TestCheckDomainInherits(t *testing.T) {
	for _, c := range []struct{ record, want, publish string }{
		{"v=DMARC1; p=reject; rua=mailto:d@shop.example", "", ""},
		{"v=DMARC1; p=reject; sp=none; rua=mailto:d@shop.example", "warning dmarc.none", "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@shop.example"},
		{"v=DMARC1; p=quarantine; rua=mailto:d@shop.example", "advice dmarc.quarantine", "v=DMARC1; p=reject; rua=mailto:d@shop.example"},
	} {
		s := dnsfixture.Start(t, zone(map[string]string{"_dmarc.shop.co.kr": strings.ReplaceAll(c.record, "shop.example", "shop.co.kr"), "_dmarc.co.kr": "v=DMARC1; p=none"}))
		r, err := email.CheckDomain(t.Context(), "mail.alerts.shop.co.kr", email.CheckConfig{Resolver: s.Resolver()})
		fine(t, err)
		if r.Organization != "shop.co.kr" || r.Findings[0].Code != "dmarc.inherited" || r.Findings[0].Name != "_dmarc.shop.co.kr" {
			t.Errorf("%+v", r)
		}
		got, publish := "", ""
		for _, f := range r.Findings {
			if f.Area == "dmarc" && f.Severity != email.Good {
				got, publish = f.Severity.String()+" "+f.Code, strings.ReplaceAll(f.Publish.Value, "shop.co.kr", "shop.example")
			}
		}
		if got != c.want || publish != c.publish {
			t.Errorf("%s: %q %q", c.record, got, publish)
		}
	}
}

// Above the domain the record with the fewest labels applies, or one that says
// that it is the organisation's (RFC 9989 §4.10.2).
func TestCheckDomainWalks(t *testing.T) {
	const deep = "a.b.c.d.e.f.alerts.shop.example" // nine labels: b is passed over
	rec := func(p string) string { return "v=DMARC1; p=" + p + "; rua=mailto:d@shop.example" }
	for name, c := range map[string]struct {
		texts map[string]string
		want  string
	}{
		"its own":         {map[string]string{deep: rec("none"), "alerts.shop.example": rec("reject"), "shop.example": rec("reject")}, "warning dmarc.none _dmarc." + deep},
		"the highest":     {map[string]string{"f.alerts.shop.example": rec("none"), "alerts.shop.example": rec("none"), "shop.example": rec("reject")}, "good dmarc.inherited _dmarc.shop.example, good dmarc.ok " + deep},
		"psd=n":           {map[string]string{"alerts.shop.example": "v=DMARC1; psd=n; p=reject; rua=mailto:d@shop.example", "shop.example": rec("none")}, "good dmarc.inherited _dmarc.alerts.shop.example, good dmarc.ok " + deep},
		"between":         {map[string]string{"e.f.alerts.shop.example": rec("none"), "alerts.shop.example": rec("reject")}, "good dmarc.inherited _dmarc.alerts.shop.example, warning dmarc.no_organization _dmarc.shop.example"},
		"too many labels": {map[string]string{"b.c.d.e.f.alerts.shop.example": rec("reject")}, "fault dmarc.missing _dmarc." + deep},
		"none":            {map[string]string{"example": rec("reject")}, "fault dmarc.missing _dmarc." + deep},
	} {
		texts := map[string]string{}
		for domain, record := range c.texts {
			texts["_dmarc."+domain] = record
		}
		r, err := email.CheckDomain(t.Context(), deep, email.CheckConfig{Resolver: dnsfixture.Start(t, zone(texts)).Resolver()})
		fine(t, err)
		var got []string
		for _, f := range r.Findings {
			if f.Area == "dmarc" {
				got = append(got, f.Severity.String()+" "+f.Code+" "+f.Name)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

// A policy of a subdomain alone leaves the rest of the organisation open.
func TestCheckDomainOrganization(t *testing.T) {
	const record = "v=DMARC1; p=reject; rua=mailto:d@shop.example"
	texts := map[string]string{"_dmarc.mail.shop.example": record}
	for _, want := range []bool{true, false} {
		r, err := email.CheckDomain(t.Context(), "mail.shop.example", email.CheckConfig{Resolver: dnsfixture.Start(t, zone(texts)).Resolver()})
		fine(t, err)
		at := slices.IndexFunc(r.Findings, func(f email.Finding) bool { return f.Code == "dmarc.no_organization" })
		if (at >= 0) != want {
			t.Fatalf("found %v", found(r))
		}
		if want {
			explained(t, r.Findings[at])
			texts[r.Findings[at].Publish.Name] = r.Findings[at].Publish.Value
		}
	}
}

// Mail exchangers are called only when asked, and their TLS is looked at.
func TestCheckDomainExchangers(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	good, wrong, foreign := a.issue(t, "mx1.shop.example", time.Hour), a.issue(t, "mx.elsewhere.example", time.Hour), other.issue(t, "mx1.shop.example", time.Hour)
	for name, c := range map[string]struct {
		cert *tls.Certificate
		want string
	}{"good": {&good, "[]"}, "none": {nil, "[fault mx.no_tls]"}, "wrong name": {&wrong, "[warning mx.certificate]"}, "foreign": {&foreign, "[warning mx.certificate]"}} {
		s := (&server{}).start(t, c.cert, false)
		w := goodWorld()
		w.cfg.RootCAs = a.pool()
		var called []string
		w.cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			called = append(called, addr)
			return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", s.port))
		}
		r := w.check(t)
		if got := fmt.Sprint(found(r)); got != c.want || fmt.Sprint(called) != "[mx1.shop.example:25]" {
			t.Errorf("%s: found %s after calling %v", name, got, called)
		}
		if _, froms := s.taken(); froms != 0 {
			t.Errorf("%s: a mail was begun", name)
		}
		for _, f := range r.Findings {
			explained(t, f)
		}
	}
	w := goodWorld()
	w.cfg.Timeout = 2 * time.Second
	w.cfg.Dial = func(context.Context, string, string) (net.Conn, error) { // mute
		client, server := net.Pipe()
		t.Cleanup(func() { server.Close() }) //nolint:errcheck
		return client, nil
	}
	if got := fmt.Sprint(found(w.check(t))); !strings.HasPrefix(got, "[warning mx.unreachable") {
		t.Errorf("mute: found %s", got)
	}
}

// What cannot be meant is an error, before a question is asked.
func TestCheckDomainRefuses(t *testing.T) {
	s := dnsfixture.Start(t, "")
	for _, domain := range []string{"", "example", "co.kr", "shop..example", "shop.example/", "가게.example", "a b.example", "-a.example", strings.Repeat("a.", 130) + "example", "127.0.0.1", "shop.example\r\n"} {
		if _, err := email.CheckDomain(t.Context(), domain, email.CheckConfig{Resolver: s.Resolver()}); err == nil {
			t.Errorf("%q was accepted", domain)
		}
	}
	for name, c := range map[string]email.CheckConfig{
		"selector": {Selectors: []string{"a b"}}, "selectors": {Selectors: make([]string, 17)}, "envelope": {EnvelopeDomain: "a@b"}, "address": {Addrs: []netip.Addr{{}}},
		"hello": {HelloName: "x\r\nQUIT"}, "timeout": {Timeout: -1}, "key": {DKIM: email.DKIM{Keys: []email.DKIMKey{{Selector: "a"}}}}, "domain": {DKIM: email.DKIM{Domain: "x y"}},
	} {
		c.Resolver = s.Resolver()
		if _, err := email.CheckDomain(t.Context(), "shop.example", c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if s.Asked() != 0 {
		t.Errorf("%d questions", s.Asked())
	}
}

// Text from DNS is a stranger's: one line, no control characters, bounded.
func TestCheckDomainHostileRecords(t *testing.T) {
	w := goodWorld()
	w.zone = rewritten(w.zone, map[string]string{
		"_dmarc": `_dmarc.shop.example. IN TXT "v=DMARC1; p=reject; rua=mailto:a@b.example\010<script>\226\128\174, x"`,
		spfLine:  `shop.example. IN TXT "v=spf1 \027[31m` + strings.Repeat("x", 200) + `" "` + strings.Repeat("y", 250) + ` -all"`,
	})
	for _, f := range w.check(t).Findings {
		for _, lang := range []string{"en", "ko"} {
			if text := f.Text(lang); strings.ContainsAny(text, "\n\r\x1b\u202e") || len(text) > 2000 {
				t.Errorf("%s: %q", f.Code, text)
			}
		}
	}
}

// An independent evaluator agrees about who may send.
func TestSPFAgreesWithAnother(t *testing.T) {
	const rest = `shop.example. IN MX 10 mx1.shop.example.
shop.example. IN A 192.0.2.7
mx1.shop.example. IN A 192.0.2.1
mx1.shop.example. IN AAAA 2001:db8::1
pass.example. IN TXT "v=spf1 ip4:192.0.2.64/26 ip6:2001:db8:1::/48 -all"
neutral.example. IN TXT "v=spf1 ?all"
soft.example. IN TXT "v=spf1 a:mx1.shop.example ~all"
deep.example. IN TXT "v=spf1 include:pass.example include:soft.example -all"
noend.example. IN TXT "v=spf1 ip4:192.0.2.200"
`
	addrs := []string{"192.0.2.1", "192.0.2.7", "192.0.2.64", "192.0.2.127", "192.0.2.128", "192.0.2.200", "198.51.100.1", "2001:db8::1", "2001:db8:1::9", "2001:db8:2::9"}
	for _, record := range []string{
		"-all", "mx -all", "a -all", "a mx ~all", "mx/25 -all", "mx//64 -all", "a:mx1.shop.example/30//127 ?all", "include:pass.example -all", "include:deep.example -all",
		"-include:pass.example mx a ip4:192.0.2.0/24 -all", "include:neutral.example include:soft.example -all", "redirect=deep.example", "mx redirect=pass.example",
		"-ip4:192.0.2.1 mx -all", "~mx +all", "ip4:192.0.2.0/24 -all include:pass.example", "exists:mx1.shop.example -all", "exists:none.example ip6:2001:db8::/32 -all",
		"include:noend.example mx -all", "redirect=noend.example", "-all mx", "redirect=pass.example -mx a", "MX -ALL", "+Mx:SHOP.example. -all", "?ip4:192.0.2.1 ip4:192.0.2.1 -all",
	} {
		s := dnsfixture.Start(t, rest+`shop.example. IN TXT "v=spf1 `+record+`"`)
		cfg := email.CheckConfig{Resolver: s.Resolver()}
		for _, a := range addrs {
			cfg.Addrs = append(cfg.Addrs, netip.MustParseAddr(a))
		}
		r, err := email.CheckDomain(t.Context(), "shop.example", cfg)
		fine(t, err)
		for _, a := range addrs {
			result, err := spf.CheckHostWithSender(net.ParseIP(a), "mail.shop.example", "security@shop.example", spf.WithResolver(s.Resolver()), spf.WithContext(t.Context()))
			refused := slices.ContainsFunc(r.Findings, func(f email.Finding) bool { return f.Code == "spf.address" && f.Args["address"] == a })
			if refused == (result == spf.Pass) {
				t.Errorf("%q, %s: refused is %v, another says %s (%v)", record, a, refused, result, err)
			}
		}
	}
}

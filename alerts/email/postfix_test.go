package email_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"blitiri.com.ar/go/spf"
	"github.com/emersion/go-msgauth/dmarc"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/dnsfixture"
)

// A real mail server takes the mails over TLS with a certificate of a
// self-made authority and hands them on; what arrives passes DKIM, SPF and
// DMARC by independent verifiers that ask a DNS server on loopback.
func TestPostfix(t *testing.T) {
	needs(t, "dkimverify")
	needs(t, "dkimproxy-verify")
	a := newAuthority(t)
	arrived := make(chan struct{}, 10)
	inbox := (&server{lmtp: true, stage: func(at string) bool {
		if at == "taken" {
			arrived <- struct{}{}
		}
		return false
	}}).start(t, nil, false)
	p := startPostfix(t, a.issue(t, "127.0.0.1", time.Hour), inbox.port)

	send := func(port int, mode email.TLSMode, lang string) error {
		n, err := email.New(email.Config{
			Host: "127.0.0.1", Port: port, TLS: mode, RootCAs: a.pool(), Sender: sender, DKIM: bothKeys(),
			Now: func() time.Time { return t0 },
		})
		fine(t, err)
		return n.Notify(t.Context(), message(alerts.NewCountry, lang))
	}
	if err := send(p.clear, email.StartTLS, "ko"); err == nil || len(arrived) != 0 {
		t.Errorf("without TLS: %v, %d mails", err, len(arrived))
	}
	fine(t, send(p.startTLS, email.StartTLS, "ko"))
	fine(t, send(p.implicit, email.Implicit, "en"))
	for range 2 {
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Fatalf("no mail arrived:\n%s", p.log())
		}
	}
	mails, _ := inbox.taken()
	if len(mails) != 2 {
		t.Fatalf("%d mails arrived", len(mails))
	}
	texts := keyRecords("shop.example")
	texts["shop.example"] = "v=spf1 ip4:127.0.0.1 -all"
	texts["_dmarc.shop.example"] = "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@shop.example"
	dns := dnsfixture.Start(t, zone(texts)+"shop.example. IN MX 10 mx.shop.example.\nmx.shop.example. IN A 127.0.0.1\n")
	for _, m := range mails {
		received := strings.Join(strings.Fields(field(t, m.raw, "Received")[0]), " ")
		if !regexp.MustCompile(`^from shop\.example .*\[127\.0\.0\.1\]\) \(using TLSv1\.[23] with cipher`).MatchString(received) {
			t.Errorf("it came %s", received)
		}
		judge(t, dns, m)
	}
	var raws [][]byte
	for _, m := range mails {
		raws = append(raws, m.raw)
	}
	for _, got := range dkimpy(t, texts, written(t, raws)) {
		if got != "rsa-sha256 pass ed25519-sha256 pass" {
			t.Errorf("dkimpy: %s", got)
		}
	}
	for _, got := range mailDKIM(t, texts, written(t, raws)) {
		if got != "rsa-sha256 pass" {
			t.Errorf("Mail::DKIM: %s", got)
		}
	}
	// And the domain's own check has nothing to say against it.
	r, err := email.CheckDomain(t.Context(), "shop.example", email.CheckConfig{Resolver: dns.Resolver(), DKIM: bothKeys(), Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	fine(t, err)
	for _, f := range r.Findings {
		if f.Area != "ptr" && f.Severity > email.Advice {
			t.Errorf("CheckDomain: %s %s", f.Code, f.Name)
		}
	}
}

// judge evaluates SPF and DMARC as a receiver does (RFC 7489 §6.6.2), for the
// mail and for a forgery from elsewhere.
func judge(t *testing.T, dns *dnsfixture.Server, m mail) {
	t.Helper()
	policy, err := dmarc.LookupWithOptions("shop.example", &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) {
		return dns.Resolver().LookupTXT(t.Context(), name)
	}})
	fine(t, err)
	if policy.Policy != dmarc.PolicyReject || policy.SPFAlignment != dmarc.AlignmentStrict {
		t.Errorf("policy %+v", policy)
	}
	for ip, want := range map[string]spf.Result{"127.0.0.1": spf.Pass, "192.0.2.99": spf.Fail} {
		got, err := spf.CheckHostWithSender(net.ParseIP(ip), "shop.example", m.from, spf.WithResolver(dns.Resolver()), spf.WithContext(t.Context()))
		if got != want {
			t.Errorf("SPF from %s: %s, %v", ip, got, err)
		}
	}
	// Strictly aligned: the envelope, the signature and From name one domain.
	_, envelope, _ := strings.Cut(m.from, "@")
	from := field(t, m.raw, "From")[0]
	if envelope != "shop.example" || !strings.HasSuffix(from, "@shop.example>") || !strings.Contains(field(t, m.raw, "Dkim-Signature")[0], "d=shop.example;") {
		t.Errorf("%s, %s", m.from, from)
	}
}

// postfix is a running Postfix from which nothing can leave but to the inbox.
type postfix struct {
	dir                       string
	startTLS, implicit, clear int
}

func (p *postfix) log() string {
	data, err := os.ReadFile(filepath.Join(p.dir, "log"))
	return fmt.Sprint(string(data), err)
}

func startPostfix(t *testing.T, cert tls.Certificate, inbox int) *postfix {
	t.Helper()
	program := needs(t, "postfix")
	if os.Getuid() != 0 && os.Getenv("CI") != "" {
		t.Fatal("Postfix takes root, and in CI this test may not be skipped")
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, NOT PASSED: Postfix takes root")
	}
	owner, err := user.Lookup("postfix")
	fine(t, err)
	uid, err := strconv.Atoi(owner.Uid)
	fine(t, err)
	dir, err := os.MkdirTemp("", "postfix")
	fine(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck
	fine(t, os.Chmod(dir, 0o755))           // its own user goes through it
	for _, name := range []string{"etc", "spool", "data"} {
		fine(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	fine(t, os.Chown(filepath.Join(dir, "data"), uid, -1))
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	fine(t, err)
	chain := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})...)
	fine(t, os.WriteFile(filepath.Join(dir, "etc", "tls.pem"), chain, 0o600))
	p := &postfix{dir, freePort(t), freePort(t), freePort(t)}
	fine(t, os.WriteFile(filepath.Join(dir, "etc", "main.cf"), fmt.Appendf(nil, mainCF, dir, inbox), 0o644))
	fine(t, os.WriteFile(filepath.Join(dir, "etc", "master.cf"), fmt.Appendf(nil, masterCF, p.startTLS, p.implicit, p.clear), 0o644))
	control := func(ctx context.Context, verb string) ([]byte, error) {
		return exec.CommandContext(ctx, program, "-c", filepath.Join(dir, "etc"), verb).CombinedOutput()
	}
	t.Cleanup(func() { control(context.Background(), "stop") }) //nolint:errcheck // before its folder goes
	if out, err := control(t.Context(), "start"); err != nil {
		t.Fatalf("%v: %s\n%s", err, bytes.TrimSpace(out), p.log())
	}
	return p
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fine(t, err)
	defer ln.Close() //nolint:errcheck
	return ln.Addr().(*net.TCPAddr).Port
}

const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/spool
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.customer.example
mydestination =
alias_maps =
virtual_mailbox_domains = customer.example
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:%[2]d
default_transport = error:nothing leaves
relay_transport = error:nothing leaves
smtp_dns_support_level = disabled
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_tls_chain_files = %[1]s/etc/tls.pem
smtpd_tls_received_header = yes
smtpd_peername_lookup = no
`

const masterCF = `127.0.0.1:%d inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
127.0.0.1:%d inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:%d inet n - n - - smtpd -o smtpd_tls_security_level=none
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

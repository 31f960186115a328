package email_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts/email"
	"example.com/accountsec/internal/dnsfixture"
)

// signed has a server take 30 signed mails: subjects of every length, folded
// and not, in both languages, with and without a link to unsubscribe.
func signed(t *testing.T) [][]byte {
	t.Helper()
	a := newAuthority(t)
	cert := a.issue(t, "127.0.0.1", time.Hour)
	s := (&server{}).start(t, &cert, false)
	kinds := everyKind()
	for i := range 30 {
		lang, name := "en", strings.TrimSpace(strings.Repeat("Haneul Market ", 5)[:1+2*i])
		if i%2 == 1 {
			lang, name = "ko", string([]rune(strings.Repeat("하늘마켓", 6))[:1+i/2])
		}
		n := notifier(t, s, a, func(c *email.Config) {
			c.DKIM, c.Sender.Brand = bothKeys(), name
		})
		fine(t, n.Notify(t.Context(), message(kinds[i%len(kinds)], lang)))
	}
	mails, _ := s.taken()
	var out [][]byte
	folded := 0
	for _, m := range mails {
		out = append(out, m.raw)
		if regexp.MustCompile(`(?m)^Subject:.*\r\n `).Match(m.raw) {
			folded++
		}
	}
	if len(out) != 30 || folded < 10 || folded > 25 {
		t.Fatalf("%d mails, %d with a folded subject", len(out), folded)
	}
	return out
}

// Verifiers of others, in Python and Perl, accept the signatures, and refuse
// mails of which something was changed or added.
func TestSignaturesVerify(t *testing.T) {
	mails := signed(t)
	texts := keyRecords("shop.example")
	for _, v := range []struct {
		name, tool string
		run        func(t *testing.T, files []string) []string
		want       string
	}{
		{"dkimpy", "dkimverify", func(t *testing.T, files []string) []string { return dkimpy(t, texts, files) }, "rsa-sha256 pass ed25519-sha256 pass"},
		// This version does not know Ed25519: such receivers are why RSA is always there.
		{"Mail::DKIM", "dkimproxy-verify", func(t *testing.T, files []string) []string { return mailDKIM(t, texts, files) }, "rsa-sha256 pass"},
	} {
		t.Run(v.name, func(t *testing.T) {
			needs(t, v.tool)
			for i, got := range v.run(t, written(t, mails)) {
				if got != v.want {
					t.Errorf("mail %d: %s", i, got)
				}
			}
			var changed [][]byte
			var names []string
			for name, change := range tampering {
				after := change(mails[2]) // English, may be muted
				if bytes.Equal(after, mails[2]) {
					t.Fatalf("%s changes nothing", name)
				}
				changed, names = append(changed, after), append(names, name)
			}
			for i, got := range v.run(t, written(t, changed)) {
				if strings.Contains(got, "pass") || !strings.Contains(got, "fail") {
					t.Errorf("%s: %s", names[i], got)
				}
			}
		})
	}
}

func replace(from, to string) func([]byte) []byte {
	return func(raw []byte) []byte { return bytes.Replace(raw, []byte(from), []byte(to), 1) }
}

func prepend(field string) func([]byte) []byte {
	return func(raw []byte) []byte { return append([]byte(field+"\r\n"), raw...) }
}

var tampering = map[string]func([]byte) []byte{
	"the link to unsubscribe": replace("List-Unsubscribe: <https://shop.example/", "List-Unsubscribe: <https://evil.example/"),
	"the way to unsubscribe":  replace("List-Unsubscribe-Post: ", "X-List-Unsubscribe-Post: "),
	"the subject":             replace("Subject: [", "Subject: !["),
	"the sender":              replace("<security@shop.example>", "<security@evil.example>"),
	"the date":                replace("05:06:00", "05:07:00"),
	"the body":                replace("Berlin", "Dublin"),
	"more body":               func(raw []byte) []byte { return append(raw[:len(raw):len(raw)], "evil.example\r\n"...) },
	"another subject":         prepend("Subject: Prize"),
	"another sender":          prepend("From: <security@evil.example>"),
	"whoever sent it":         prepend("Sender: Example Shop <security@evil.example>"),
	"another recipient":       prepend("Cc: <eve@evil.example>"),
	"a conversation":          prepend("References: <1@evil.example>"),
	"what it answers":         prepend("In-Reply-To: <1@evil.example>"),
	"another reply address":   prepend("Reply-To: <help@evil.example>"),
	"another link":            prepend("List-Unsubscribe: <https://evil.example/>"),
	"another type":            prepend("Content-Type: text/html"),
	"an encoding":             prepend("Content-Transfer-Encoding: base64"),
	"the machine's mark":      replace("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
}

func written(t *testing.T, mails [][]byte) (files []string) {
	t.Helper()
	dir := t.TempDir()
	for i, raw := range mails {
		files = append(files, filepath.Join(dir, fmt.Sprintf("%02d.eml", i)))
		fine(t, os.WriteFile(files[i], raw, 0o600))
	}
	return files
}

// needs skips the test where a program is missing, and fails it in CI.
func needs(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + tool)
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is not installed, and in CI this test may not be skipped", tool)
	}
	if err != nil {
		t.Skipf("SKIPPED, NOT PASSED: needs %s", tool)
	}
	return path
}

// script runs a program that prints one line per file.
func script(t *testing.T, files []string, name string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, append(args, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(got) != len(files) {
		t.Fatalf("%d answers for %d mails: %s", len(got), len(files), stderr.String())
	}
	return got
}

func dkimpy(t *testing.T, texts map[string]string, files []string) []string {
	table, err := json.Marshal(texts)
	fine(t, err)
	return script(t, files, "/usr/bin/python3", "-c", `
import dkim, json, re, sys
table = json.loads(sys.argv[1])
def txt(name, timeout=5):
    return table.get(name.decode().rstrip("."), "").encode()
for path in sys.argv[2:]:
    raw = open(path, "rb").read()
    d, out = dkim.DKIM(raw), []
    for i, (name, value) in enumerate([h for h in d.headers if h[0].lower() == b"dkim-signature"]):
        try:
            ok = d.verify(idx=i, dnsfunc=txt)
        except dkim.DKIMException as e:
            ok = False
        out.append(re.search(r"a=([a-z0-9-]+)", value.decode()).group(1) + (" pass" if ok else " fail"))
    print(*out)
`, string(table))
}

func mailDKIM(t *testing.T, texts map[string]string, files []string) []string {
	dns := dnsfixture.Start(t, zone(texts))
	return script(t, files, "/usr/bin/perl", "-MMail::DKIM::Verifier", "-MMail::DKIM::DNS", "-MNet::DNS", "-e", `
my ($host, $port) = split /:/, shift;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => [$host], port => $port, recurse => 0));
for my $path (@ARGV) {
    my $v = Mail::DKIM::Verifier->new();
    open my $f, "<", $path or die; binmode $f; local $/; $v->PRINT(<$f>); $v->CLOSE;
    print join(" ", map { $_->algorithm . " " . $_->result } grep { $_->algorithm =~ /^rsa/ } $v->signatures), "\n";
}
`, dns.Addr)
}

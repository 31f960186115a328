package email_test

import (
	"testing"

	"example.com/accountsec/alerts/email"
)

// reread holds of every parser: no text makes it fall over, and what it took
// and wrote again it takes again, unchanged.
func reread(f *testing.F, read func(string) (string, error), seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, record string) {
		once, err := read(record)
		if err != nil {
			return
		}
		twice, err := read(once)
		if err != nil || once != twice {
			t.Errorf("%q gives %q gives %q, %v", record, once, twice, err)
		}
	})
}

func FuzzSPF(f *testing.F) {
	reread(f, email.RereadSPF, "v=spf1", "v=spf1 mx a:mail.shop.example/24//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", "V=SPF1 include:_spf.x.example ~ALL",
		"v=spf1 exists:%{ir}.%{v}._spf.%{d2} redirect=_spf.x.example exp=x.example", "v=spf1 ptr ?all unknown=%%%_%-", "v=spf1 a: ip4:1 //", "v=spf1 %{", "v=spf1 a//129")
}

func FuzzDMARC(f *testing.F) {
	reread(f, email.RereadDMARC, "v=DMARC1; p=reject", "v=DMARC1;p=none;sp=quarantine;pct=5;adkim=s;aspf=r;rua=mailto:a@b.example!10m,https://x", "v=DMARC1; p=none; p=none", "v=DMARC1; p", ";;=", "v=DMARC1; p=reject; rua=mailto:")
}

func FuzzDKIMKey(f *testing.F) {
	reread(f, email.RereadKey, keyRecord(keys().rsa.Public()), keyRecord(keys().ed.Public()), "p=", "v=DKIM1; k=ed25519; t=y:s; h=sha1:sha256; s=email; n=a; p=AAAA", "k=dsa; p=QQ==", "v=DKIM1; p = M I I")
}

func FuzzMTASTS(f *testing.F) {
	reread(f, email.RereadSTS, "v=STSv1; id=20261123T000000;", "v=STSv1; id=", "v=STSv1; id=a; id=b", "v=STSv1 ; id=a1")
}

func FuzzMTASTSPolicy(f *testing.F) {
	reread(f, email.RereadPolicy, "version: STSv1\r\nmode: enforce\r\nmx: *.shop.example\r\nmax_age: 604800\r\n", "version: STSv1\nmode: none\nmax_age: 0", "mx: :\n", "version: STSv1\nmode: testing\nmx: a\nmax_age: 99999999999999999999")
}

func FuzzTLSRPT(f *testing.F) {
	reread(f, email.RereadTLSRPT, "v=TLSRPTv1; rua=mailto:tls@shop.example", "v=TLSRPTv1; rua=https://x.example/r,mailto:a@b.example", "v=TLSRPTv1; rua=", "v=TLSRPTv1; rua=,")
}

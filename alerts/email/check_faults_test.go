package email_test

import (
	"crypto/rsa"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"

	"example.com/accountsec/alerts/email"
)

// sized is the record of a key of so many bits; no signature is made with it.
func sized(bits uint) string {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return keyRecord(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
}

const (
	spfLine = "shop.example. IN TXT \"v=spf1"
	dm      = "_dmarc"
	sts     = "_mta-sts"
	rsa1    = "rsa1."
)

// faults are domains with one thing wrong, and all that must be found.
func faults() map[string]struct {
	change map[string]string
	also   func(*world)
	want   string
} {
	includes := func(n int) string {
		record, hosts := spfLine, ""
		for i := range n {
			record += " a:h" + strconv.Itoa(i) + ".shop.example"
			hosts += "\nh" + strconv.Itoa(i) + ".shop.example. IN A 192.0.2.1"
		}
		return record + " -all\"" + hosts
	}
	is := func(record string) map[string]string { return map[string]string{spfLine: spfLine + record + `"`} }
	dmarc := func(tags string) map[string]string {
		return map[string]string{dm: `_dmarc.shop.example. IN TXT "v=DMARC1; ` + tags + `"`}
	}
	const rua = "; rua=mailto:d@shop.example"
	key := func(text string) map[string]string {
		return map[string]string{rsa1: zone(map[string]string{"rsa1._domainkey.shop.example": text})}
	}
	good := keyRecord(keys().rsa.Public())
	bySelector := func(w *world) { w.cfg.DKIM, w.cfg.Selectors = email.DKIM{}, []string{"rsa1"} }
	policy := func(text string) func(*world) { return func(w *world) { w.policy = text } }
	answers := func(status int, kind, body string) func(*world) {
		return func(w *world) {
			w.handler = func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Content-Type", kind)
				rw.Header().Set("Location", "https://mta-sts.shop.example/elsewhere")
				rw.WriteHeader(status)
				io.WriteString(rw, body) //nolint:errcheck
			}
		}
	}
	elsewhere := func(domain string) func(*world) { return func(w *world) { w.cfg.EnvelopeDomain = domain } }
	return map[string]struct {
		change map[string]string
		also   func(*world)
		want   string
	}{
		"no DMARC":             {map[string]string{dm: ""}, nil, "[fault dmarc.missing]"},
		"two DMARC":            {map[string]string{"+": `_dmarc.shop.example. IN TXT "v=DMARC1; p=none"`}, nil, "[fault dmarc.multiple]"},
		"DMARC p":              {dmarc("p=rejected"), nil, "[fault dmarc.syntax]"},
		"DMARC no p":           {dmarc("sp=none"), nil, "[fault dmarc.syntax]"},
		"DMARC twice":          {dmarc("p=none; p=reject"), nil, "[fault dmarc.syntax]"},
		"DMARC tag":            {dmarc("p=none; quarantine"), nil, "[fault dmarc.syntax]"},
		"DMARC pct syntax":     {dmarc("p=none; pct=101"), nil, "[fault dmarc.syntax]"},
		"DMARC adkim":          {dmarc("p=none; adkim=strict"), nil, "[fault dmarc.syntax]"},
		"DMARC none":           {dmarc("p=none" + rua), nil, "[warning dmarc.none]"},
		"DMARC quarantine":     {dmarc("p=quarantine" + rua), nil, "[advice dmarc.quarantine]"},
		"DMARC sp":             {dmarc("p=reject; sp=none" + rua), nil, "[warning dmarc.subdomains]"},
		"DMARC pct":            {dmarc("p=reject; pct=20" + rua), nil, "[warning dmarc.pct]"},
		"DMARC np":             {dmarc("p=reject; np=none" + rua), nil, "[warning dmarc.nonexistent]"},
		"DMARC np syntax":      {dmarc("p=reject; np=no" + rua), nil, "[fault dmarc.syntax]"},
		"DMARC t":              {dmarc("p=reject; t=y" + rua), nil, "[warning dmarc.testing]"},
		"DMARC t=n":            {dmarc("p=reject; t=n" + rua), nil, "[]"},
		"DMARC no rua":         {dmarc("p=reject"), nil, "[warning dmarc.no_reports]"},
		"DMARC rua":            {dmarc("p=reject; rua=dmarc@shop.example"), nil, "[warning dmarc.report_address]"},
		"DMARC rua elsewhere":  {dmarc("p=reject; rua=mailto:a@reports.example"), nil, "[warning dmarc.report_unagreed]"},
		"no SPF":               {map[string]string{spfLine: ""}, nil, "[fault spf.missing]"},
		"two SPF":              {map[string]string{"+": spfLine + ` -all"`}, nil, "[fault spf.multiple]"},
		"SPF syntax":           {is(" mx ipv4:192.0.2.1 -all"), nil, "[fault spf.syntax]"},
		"SPF ip4":              {is(" mx ip4:192.0.2.256 -all"), nil, "[fault spf.syntax]"},
		"SPF mask":             {is(" mx ip4:192.0.2.0/33 -all"), nil, "[fault spf.syntax]"},
		"SPF macro":            {is(" mx exists:%{x}.shop.example -all"), nil, "[fault spf.syntax]"},
		"SPF redirects":        {is(" mx redirect=a.example redirect=b.example"), nil, "[fault spf.syntax]"},
		"SPF +all":             {is(" mx +all"), nil, "[fault spf.all_pass]"},
		"SPF all":              {is(" all"), nil, "[fault spf.all_pass]"},
		"SPF ?all":             {is(" mx ?all"), nil, "[warning spf.all_neutral]"},
		"SPF open":             {is(" mx"), nil, "[warning spf.no_all]"},
		"SPF after all":        {is(" mx -all a:x.example"), nil, "[advice spf.after_all]"},
		"SPF redirect and all": {is(" mx -all redirect=shop.example"), nil, "[advice spf.after_all]"},
		"SPF wide":             {is(" mx ip4:0.0.0.0/1 -all"), nil, "[fault spf.wide]"},
		"SPF wide include":     {map[string]string{spfLine: spfLine + ` mx include:all.example -all"`, "+": `all.example. IN TXT "v=spf1 +all"`}, nil, "[fault spf.wide]"},
		"SPF ptr":              {is(" mx ptr -all"), nil, "[warning spf.ptr]"},
		"SPF include none":     {is(" mx include:none.example -all"), nil, "[fault spf.include_missing]"},
		"SPF itself":           {is(" mx include:shop.example -all"), nil, "[fault spf.loop]"},
		"SPF circle":           {map[string]string{spfLine: spfLine + ` mx include:a.example -all"`, "+": "a.example. IN TXT \"v=spf1 include:b.example\"\nb.example. IN TXT \"v=spf1 redirect=a.example\""}, nil, "[fault spf.loop]"},
		"SPF include two":      {map[string]string{spfLine: spfLine + ` mx include:a.example -all"`, "+": "a.example. IN TXT \"v=spf1 -all\"\na.example. IN TXT \"v=spf1 ~all\""}, nil, "[fault spf.multiple]"},
		"SPF 9":                {map[string]string{spfLine: includes(9)}, nil, "[advice spf.near]"},
		"SPF 10":               {map[string]string{spfLine: includes(10)}, nil, "[advice spf.near]"},
		"SPF 11":               {map[string]string{spfLine: includes(11)}, nil, "[fault spf.lookups]"},
		"SPF 150":              {map[string]string{spfLine: includes(150)}, nil, "[fault spf.lookups]"}, // and questions are left for the rest
		"SPF voids":            {is(" mx a:a.example a:b.example a:c.example -all"), nil, "[fault spf.voids]"},
		"SPF two voids":        {is(" mx a:a.example mx:b.example -all"), nil, "[]"},
		"SPF address":          {is(" ip4:192.0.2.2 -all"), nil, "[fault spf.address]"},
		"SPF address denied":   {is(" -ip4:192.0.2.0/24 mx -all"), nil, "[fault spf.address]"},
		"SPF address unknown":  {is(" exists:%{i}._spf.shop.example -all"), nil, "[advice spf.address_unknown]"},
		"SPF many MX":          {map[string]string{spfLine: spfLine + ` ip4:192.0.2.1 mx:many.example -all"`, "+": many("many.example. IN MX %[1]d h%[1]d.example.\n", 11)}, nil, "[fault spf.many_mx]"},
		"SPF elsewhere": {map[string]string{"+": "bounce.mailer.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\nbounce.mailer.example. IN MX 1 mx1.shop.example."},
			elsewhere("bounce.mailer.example"), "[warning spf.unaligned]"},
		"SPF subdomain": {map[string]string{"+": "b.shop.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\nb.shop.example. IN MX 1 mx1.shop.example."},
			elsewhere("b.shop.example"), "[]"},
		"SPF strict": {map[string]string{dm: `_dmarc.shop.example. IN TXT "v=DMARC1; p=reject; aspf=s` + rua + `"`, "+": "b.shop.example. IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\nb.shop.example. IN MX 1 mx1.shop.example."},
			elsewhere("b.shop.example"), "[warning spf.unaligned]"},
		"DKIM none named":    {nil, func(w *world) { w.cfg.DKIM = email.DKIM{} }, "[advice dkim.no_selector]"},
		"DKIM missing":       {map[string]string{rsa1: ""}, nil, "[fault dkim.missing warning dkim.no_rsa]"},
		"DKIM two":           {map[string]string{"+": `rsa1._domainkey.shop.example. IN TXT "p="`}, nil, "[fault dkim.multiple warning dkim.no_rsa]"},
		"DKIM cut off":       {key(good[:200]), nil, "[fault dkim.syntax warning dkim.no_rsa]"},
		"DKIM type":          {key("v=DKIM1; k=dsa; p=QUJD"), nil, "[fault dkim.syntax warning dkim.no_rsa]"},
		"DKIM version":       {key(strings.Replace(good, "DKIM1", "DKIM2", 1)), nil, "[fault dkim.syntax warning dkim.no_rsa]"},
		"DKIM no p":          {key("v=DKIM1; k=rsa"), nil, "[fault dkim.syntax warning dkim.no_rsa]"},
		"DKIM revoked":       {key("v=DKIM1; p="), nil, "[fault dkim.revoked warning dkim.no_rsa]"},
		"DKIM mismatch":      {key(keyRecord(keys().next.Public())), nil, "[fault dkim.mismatch warning dkim.no_rsa]"},
		"DKIM testing":       {key(strings.Replace(good, "k=rsa;", "k=rsa; t=y:s;", 1)), nil, "[warning dkim.testing]"},
		"DKIM t=s":           {key(strings.Replace(good, "k=rsa;", "k=rsa; t=s;", 1)), nil, "[]"},
		"DKIM hash":          {key(strings.Replace(good, "k=rsa;", "k=rsa; h=sha1;", 1)), nil, "[fault dkim.hash warning dkim.no_rsa]"},
		"DKIM service":       {key(strings.Replace(good, "k=rsa;", "k=rsa; s=tlsrpt;", 1)), nil, "[fault dkim.service warning dkim.no_rsa]"},
		"DKIM 768":           {key(sized(768)), bySelector, "[fault dkim.short]"},
		"DKIM 1024":          {key(sized(1024)), bySelector, "[warning dkim.weak]"},
		"DKIM 4224":          {key(sized(4224)), bySelector, "[warning dkim.long]"},
		"DKIM elsewhere":     {map[string]string{"+": zone(keyRecords("mailer.example"))}, func(w *world) { w.cfg.DKIM.Domain = "mailer.example" }, "[fault dkim.unaligned]"},
		"DKIM strict":        {map[string]string{dm: `_dmarc.shop.example. IN TXT "v=DMARC1; p=reject; adkim=s` + rua + `"`, "+": zone(keyRecords("m.shop.example"))}, func(w *world) { w.cfg.DKIM.Domain = "m.shop.example" }, "[fault dkim.unaligned]"},
		"DKIM relaxed":       {map[string]string{"+": zone(keyRecords("m.shop.example"))}, func(w *world) { w.cfg.DKIM.Domain = "m.shop.example" }, "[]"},
		"no MX":              {map[string]string{"shop.example. IN MX": "shop.example. IN A 192.0.2.1", spfLine: spfLine + ` a -all"`}, nil, "[warning mx.missing]"},
		"no MX, no address":  {map[string]string{"shop.example. IN MX": "", spfLine: spfLine + ` ip4:192.0.2.1 -all"`}, nil, "[fault mx.missing]"},
		"null MX":            {map[string]string{"shop.example. IN MX": "shop.example. IN MX 0 .", spfLine: spfLine + ` ip4:192.0.2.1 -all"`}, nil, "[fault mx.null]"},
		"MX address":         {map[string]string{"shop.example. IN MX": "shop.example. IN MX 0 192.0.2.1.", spfLine: spfLine + ` ip4:192.0.2.1 -all"`}, nil, "[fault mx.address]"},
		"MX unknown":         {map[string]string{"+": "shop.example. IN MX 5 mx2.shop.example."}, policy(strings.Replace(goodPolicy, "mx1", "*", 1)), "[fault mx.unknown_host]"},
		"many MX":            {map[string]string{spfLine: spfLine + ` ip4:192.0.2.1 -all"`, "+": many("shop.example. IN MX 2%[1]d h%[1]d.shop.example.\nh%[1]d.shop.example. IN A 192.0.2.1\n", 11)}, policy(strings.Replace(goodPolicy, "mx1", "*", 1)), "[advice mx.many]"},
		"no MTA-STS":         {map[string]string{sts: ""}, nil, "[advice mta_sts.missing advice mta_sts.policy_missing]"},
		"two MTA-STS":        {map[string]string{"+": `_mta-sts.shop.example. IN TXT "v=STSv1; id=2"`}, nil, "[fault mta_sts.multiple]"},
		"MTA-STS id":         {map[string]string{sts: `_mta-sts.shop.example. IN TXT "v=STSv1; id=2026-11-23"`}, nil, "[fault mta_sts.syntax]"},
		"MTA-STS spaces":     {map[string]string{sts: `_mta-sts.shop.example. IN TXT "v = STSv1; id=1"`}, nil, "[fault mta_sts.syntax]"},
		"MTA-STS space":      {map[string]string{sts: `_mta-sts.shop.example. IN TXT " v=STSv1; id=1"`}, nil, "[fault mta_sts.syntax]"},
		"MTA-STS blank end":  {map[string]string{sts: `_mta-sts.shop.example. IN TXT "v=STSv1 ; id=1"`}, nil, "[]"},
		"MTA-STS one counts": {map[string]string{"+": `_mta-sts.shop.example. IN TXT "v = STSv1; id=2"`}, nil, "[]"},
		"MTA-STS repeats":    {nil, policy(goodPolicy + "mode: none\r\nmax_age: a week\r\nversion: STSv2\r\n"), "[]"},
		"MTA-STS no line":    {nil, policy(goodPolicy + "enforce\r\n"), "[fault mta_sts.policy_syntax]"},
		"MTA-STS 404":        {nil, answers(404, "text/plain", goodPolicy), "[fault mta_sts.fetch]"},
		"MTA-STS redirect":   {nil, answers(301, "text/plain", goodPolicy), "[fault mta_sts.fetch]"},
		"MTA-STS type":       {nil, answers(200, "text/html", goodPolicy), "[fault mta_sts.fetch]"},
		"MTA-STS huge":       {nil, answers(200, "text/plain", goodPolicy+strings.Repeat("x: y\r\n", 20000)), "[fault mta_sts.fetch]"},
		"MTA-STS version":    {nil, policy(strings.Replace(goodPolicy, "STSv1", "STSv2", 1)), "[fault mta_sts.policy_syntax]"},
		"MTA-STS no mode":    {nil, policy(strings.Replace(goodPolicy, "mode", "mood", 1)), "[fault mta_sts.policy_syntax]"},
		"MTA-STS max_age":    {nil, policy(strings.Replace(goodPolicy, "604800", "a week", 1)), "[fault mta_sts.policy_syntax]"},
		"MTA-STS no mx":      {nil, policy("version: STSv1\nmode: enforce\nmax_age: 604800\n"), "[fault mta_sts.policy_syntax]"},
		"MTA-STS uncovered":  {nil, policy(strings.Replace(goodPolicy, "mx1", "mx2", 1)), "[fault mta_sts.uncovered]"},
		"MTA-STS star":       {nil, policy(strings.Replace(goodPolicy, "mx1.shop", "*", 1)), "[fault mta_sts.uncovered]"},
		"MTA-STS testing":    {nil, policy(strings.Replace(goodPolicy, "enforce", "testing", 1)), "[advice mta_sts.mode]"},
		"MTA-STS short":      {nil, policy(strings.Replace(goodPolicy, "604800", "3600", 1)), "[warning mta_sts.age]"},
		"no TLS-RPT":         {map[string]string{"_smtp": ""}, nil, "[advice tls_rpt.missing]"},
		"two TLS-RPT":        {map[string]string{"+": `_smtp._tls.shop.example. IN TXT "v=TLSRPTv1; rua=mailto:x@y.example"`}, nil, "[warning tls_rpt.multiple]"},
		"TLS-RPT spaces":     {map[string]string{"_smtp": `_smtp._tls.shop.example. IN TXT "v =TLSRPTv1; rua=mailto:x@y.example"`}, nil, "[warning tls_rpt.syntax]"},
		"TLS-RPT blank end":  {map[string]string{"_smtp": `_smtp._tls.shop.example. IN TXT "v=TLSRPTv1 ;rua=mailto:tls@shop.example"`}, nil, "[]"},
		"TLS-RPT":            {map[string]string{"_smtp": `_smtp._tls.shop.example. IN TXT "v=TLSRPTv1; rua=ftp://x.example"`}, nil, "[warning tls_rpt.syntax]"},
		"no PTR":             {map[string]string{"1.2.0": ""}, nil, "[fault ptr.missing]"},
		"PTR elsewhere":      {map[string]string{"1.2.0": "1.2.0.192.in-addr.arpa. IN PTR host-1.isp.example.", "+": "host-1.isp.example. IN A 192.0.2.9"}, nil, "[fault ptr.unconfirmed]"},
		"PTR other":          {map[string]string{"1.2.0": "1.2.0.192.in-addr.arpa. IN PTR out.shop.example.", "+": "out.shop.example. IN A 192.0.2.1"}, nil, "[advice ptr.hello]"},
		"too many texts":     {map[string]string{"+": many(`shop.example. IN TXT "verification %[1]d"`+"\n", 60)}, nil, "[fault dns.oversize]"},
		"too long a text":    {map[string]string{"+": `_dmarc.shop.example. IN TXT` + strings.Repeat(` "`+strings.Repeat("x", 250)+`"`, 40)}, nil, "[fault dns.oversize]"},
		"an alias of itself": {map[string]string{dm: "_dmarc.shop.example. IN CNAME x.shop.example.", "+": "x.shop.example. IN CNAME _dmarc.shop.example."}, nil, "[fault dmarc.missing]"},
	}
}

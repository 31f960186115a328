package totp_test

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
)

func newMethod(t testing.TB, cfg totp.Config) *totp.Method {
	t.Helper()
	if cfg.Issuer == "" {
		cfg.Issuer = "Example Shop"
	}
	m, err := totp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// state is a factor's state as it is kept: the format is a promise.
func state(t testing.TB, seed []byte, alg totp.Algorithm, digits int) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"seed": base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed), "alg": alg, "digits": digits})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verify(t testing.TB, state []byte, response string, now time.Time) mfa.Verdict {
	t.Helper()
	v, err := newMethod(t, totp.Config{}).Verify(t.Context(), mfa.Answer{Subject: mfa.Subject{State: state, Now: now}, Response: response})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The test vectors of RFC 6238 appendix B; the seeds repeat the digits up to
// the hash's length (erratum 2866).
func TestRFC6238(t *testing.T) {
	seed := func(n int) []byte { return []byte(strings.Repeat("1234567890", 7)[:n]) }
	for _, v := range []struct {
		at                   int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for alg, c := range map[totp.Algorithm]struct {
			n    int
			code string
		}{totp.SHA1: {20, v.sha1}, totp.SHA256: {32, v.sha256}, totp.SHA512: {64, v.sha512}} {
			st := state(t, seed(c.n), alg, 8)
			for _, skew := range []int64{-1, 0, 1} { // the step of the code, whichever of the window
				now := time.Unix(v.at+30*skew, 0)
				if got := verify(t, st, c.code, now); !got.OK || got.Step != v.at/30 {
					t.Errorf("%s at %d, now %+d steps: %v, step %d", alg, v.at, skew, got, got.Step)
				}
			}
			for _, far := range []int64{-2, 2} {
				if got := verify(t, st, c.code, time.Unix(v.at+30*far, 0)); got.OK {
					t.Errorf("%s at %d was accepted %+d steps off", alg, v.at, far)
				}
			}
		}
	}
}

// tool finds a program to cross-check with; without it the test fails in CI and
// is skipped aloud elsewhere.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing (Debian: apt-get install %s)", name, pkg)
	}
	t.Skipf("SKIPPED, NOT CHECKED: %s is missing (Debian: apt-get install %s)", name, pkg)
	return ""
}

// RFC 4226 appendix D: TOTP of a step is HOTP of the counter. Counter 0 would be
// no step.
func TestRFC4226(t *testing.T) {
	st := state(t, []byte("12345678901234567890"), totp.SHA1, 6)
	for counter, code := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		now := time.Unix(int64(counter)*30, 0)
		if v := verify(t, st, code, now); v.OK != (counter > 0) || v.Step != int64(counter) {
			t.Errorf("counter %d: %v, step %d", counter, v.OK, v.Step)
		}
	}
}

// oathtool, an independent implementation, agrees on 1,000 random seeds, times,
// algorithms and lengths.
func TestAgreesWithOathtool(t *testing.T) {
	oathtool := tool(t, "oathtool", "oathtool")
	rnd := rand.New(rand.NewPCG(1, 2))
	algs := map[totp.Algorithm]int{totp.SHA1: 20, totp.SHA256: 32, totp.SHA512: 64}
	var wg sync.WaitGroup
	limit := make(chan struct{}, 4)
	for i := range 1000 {
		alg := []totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512}[rnd.IntN(3)]
		digits, at := 6+2*rnd.IntN(2), time.Unix(30+rnd.Int64N(1<<32), 0).UTC()
		seed := make([]byte, algs[alg])
		for j := range seed {
			seed[j] = byte(rnd.Uint32())
		}
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			cmd := exec.Command(oathtool, "--totp="+strings.ToLower(string(alg)), "-d", fmt.Sprint(digits), "-N", at.Format("2006-01-02 15:04:05 UTC"), "-")
			cmd.Stdin = strings.NewReader(fmt.Sprintf("%x", seed))
			out, err := cmd.Output()
			if err != nil {
				t.Errorf("case %d: %v", i, err)
				return
			}
			if v := verify(t, state(t, seed, alg, digits), strings.TrimSpace(string(out)), at); !v.OK || v.Step != at.Unix()/30 || v.Drift != 0 {
				t.Errorf("%s, %d digits, %v: %s was refused", alg, digits, at, out)
			}
		})
	}
	wg.Wait()
}

// A clock that is off is told at enrolment, and accepted nowhere; at sign-in it
// is not told, except by a code that was good.
func TestDrift(t *testing.T) {
	st := state(t, []byte("12345678901234567890"), totp.SHA1, 8)
	const code, at = "07081804", 1111111109
	confirm := func(now int64, response string) mfa.Verdict {
		t.Helper()
		v, err := newMethod(t, totp.Config{}).Confirm(t.Context(), mfa.Answer{Subject: mfa.Subject{State: st, Now: time.Unix(now, 0)}, Response: response})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		steps int64 // the server's clock, after the phone's
		drift time.Duration
		good  bool
	}{{0, 0, true}, {1, -30 * time.Second, true}, {-1, 30 * time.Second, true}, {2, -time.Minute, false}, {-2, time.Minute, false},
		{40, -20 * time.Minute, false}, {-40, 20 * time.Minute, false}, {41, 0, false}, {-41, 0, false}} {
		now := at + 30*c.steps
		if v := confirm(now, code); v.OK != c.good || v.Drift != c.drift {
			t.Errorf("confirm %+d steps off: %v, drift %v", c.steps, v.OK, v.Drift)
		}
		want := c.drift
		if !c.good {
			want = 0
		}
		if v := verify(t, st, code, time.Unix(now, 0)); v.OK != c.good || v.Drift != want {
			t.Errorf("verify %+d steps off: %v, drift %v", c.steps, v.OK, v.Drift)
		}
	}
	for _, wrong := range []string{"00000000", "", "x"} {
		if v := confirm(at, wrong); v.OK || v.Drift != 0 {
			t.Errorf("%q: %v, drift %v", wrong, v.OK, v.Drift)
		}
	}
}

var issuers = []string{"Example Shop", "Tom & Jerry's", "a&secret=AAAA&b", "100% #1?/\\+=\"<x>", "가게 🛍", "x"}

// zbarimg, an independent reader, reads the very URI off the PNG.
func TestZbarReadsThePNG(t *testing.T) {
	zbarimg := tool(t, "zbarimg", "zbar-tools")
	for i, issuer := range issuers {
		setup := enroll(t, totp.Config{Issuer: issuer}, "kim+test@customer.example")
		path := filepath.Join(t.TempDir(), fmt.Sprint(i, ".png"))
		if err := os.WriteFile(path, setup.PNG, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(zbarimg, "--raw", "-q", path).Output()
		if err != nil || strings.TrimSpace(string(out)) != setup.URI {
			t.Errorf("zbarimg read %q, %v, want %q", out, err, setup.URI)
		}
	}
}

func enroll(t testing.TB, cfg totp.Config, label string) totp.Setup {
	t.Helper()
	e, err := newMethod(t, cfg).Enroll(t.Context(), mfa.Subject{Label: label})
	if err != nil {
		t.Fatal(err)
	}
	return e.Show.(totp.Setup)
}

// A URI parser reads back exactly what went in, whatever the shop is called.
func TestURI(t *testing.T) {
	sizes := map[totp.Algorithm]int{totp.SHA1: 20, totp.SHA256: 32, totp.SHA512: 64}
	for i, issuer := range issuers {
		for j, label := range []string{"kim@customer.example", "김 민준", "a:b&c=d?e#f", "%41", strings.Repeat("é", 64)} {
			for _, alg := range []totp.Algorithm{[]totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512}[(i+j)%3]} {
				size := sizes[alg]
				setup := enroll(t, totp.Config{Issuer: issuer, Algorithm: alg, Digits: 8}, label)
				u, err := url.Parse(setup.URI)
				if err != nil {
					t.Fatal(err)
				}
				q, err := url.ParseQuery(u.RawQuery)
				if err != nil {
					t.Fatal(err)
				}
				seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
				if err != nil || len(seed) != size || len(seed)*8 < 160 {
					t.Errorf("%s: a seed of %d bytes, %v", alg, len(seed), err)
				}
				if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+issuer+":"+label || len(q) != 5 || q.Get("issuer") != issuer ||
					q.Get("algorithm") != string(alg) || q.Get("digits") != "8" || q.Get("period") != "30" {
					t.Errorf("issuer %q, label %q: %s", issuer, label, setup.URI)
				}
				if strings.ReplaceAll(setup.Secret, " ", "") != q.Get("secret") || strings.ContainsAny(setup.URI, "+ \"'<>") {
					t.Errorf("got %s", setup.URI)
				}
			}
		}
	}
}

// The SVG shows the same modules as the PNG, and nothing else.
func TestSVG(t *testing.T) {
	setup := enroll(t, totp.Config{}, "kim@customer.example")
	img, err := png.Decode(bytes.NewReader(setup.PNG))
	if err != nil {
		t.Fatal(err)
	}
	const scale = 8
	n := img.Bounds().Dx() / scale
	var svg struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(setup.SVG), &svg); err != nil {
		t.Fatal(err)
	}
	if svg.ViewBox != fmt.Sprintf("0 0 %d %d", n, n) || len(svg.Paths) != 2 || strings.Contains(setup.SVG, "script") {
		t.Fatalf("got %.200s", setup.SVG)
	}
	black := map[[2]int]bool{}
	r := strings.NewReader(svg.Paths[1].D)
	for r.Len() > 0 {
		var x, y, w, back int
		if _, err := fmt.Fscanf(r, "M%d %dh%dv1h-%dz", &x, &y, &w, &back); err != nil || w != back {
			t.Fatal(err, w, back)
		}
		for i := range w {
			black[[2]int{x + i, y}] = true
		}
	}
	for y := range n {
		for x := range n {
			r, _, _, _ := img.At(x*scale+scale/2, y*scale+scale/2).RGBA()
			if black[[2]int{x, y}] != (r == 0) {
				t.Fatalf("module %d,%d differs", x, y)
			}
			if (x < 4 || y < 4 || x >= n-4 || y >= n-4) && r == 0 {
				t.Fatalf("module %d,%d of the quiet zone is black", x, y)
			}
		}
	}
}

// Pitfalls 1 and 6: a code has one spelling, give or take spaces.
func TestPitfall01Spelling(t *testing.T) {
	st := state(t, []byte("12345678901234567890"), totp.SHA1, 6)
	now := time.Unix(59, 0)
	const code = "287082"
	for _, good := range []string{code, " " + code, code + " ", "287 082", "2 8 7 0 8 2", "   287   082   "} {
		if v := verify(t, st, good, now); !v.OK || v.Step != 1 {
			t.Errorf("%q was refused", good)
		}
	}
	bad := []string{"", " ", "94287082", "28708", "2870820", "0287082", "287082.0", "+287082", "-287082", "28708２", "２８７０８２", "٢٨٧٠٨٢",
		"२८७०८२", "287\u00a0082", "287\u2009082", "287\t082", code + "\n", code + "\r\n", code + "\x00", "\x00" + code, "\ufeff" + code, "287-082",
		"287,082", "0x4616A", "2.87082e5", "\xff\xfe", strings.Repeat(" ", 40) + code, strings.Repeat("2", 1<<20), strings.Repeat(" ", 1<<20) + code}
	for i := range code { // each digit counts
		for d := '0'; d <= '9'; d++ {
			if rune(code[i]) != d {
				bad = append(bad, code[:i]+string(d)+code[i+1:])
			}
		}
	}
	for _, b := range bad {
		if v := verify(t, st, b, now); v.OK || v.Step != 0 {
			t.Errorf("%.40q was accepted", b)
		}
	}
}

func TestUnsetClock(t *testing.T) {
	st := state(t, []byte("12345678901234567890"), totp.SHA1, 6)
	for _, at := range []int64{-1 << 40, -60, -1, 0, 29} { // step 0 would be no step at all
		for _, code := range []string{"755224", "000000"} { // HOTP of counter 0
			if v := verify(t, st, code, time.Unix(at, 0)); v.OK {
				t.Errorf("%s was accepted at %d", code, at)
			}
		}
	}
}

func TestMalformedState(t *testing.T) {
	long := base32.StdEncoding.EncodeToString(make([]byte, 20))
	for _, bad := range []string{"", "{}", "null", "x", `{"seed":"` + long + `","alg":"MD5","digits":6}`, `{"seed":"` + long + `","alg":"SHA1","digits":7}`,
		`{"seed":"AAAA","alg":"SHA1","digits":6}`, `{"seed":"not base 32!","alg":"SHA1","digits":6}`} {
		_, err := newMethod(t, totp.Config{}).Verify(t.Context(), mfa.Answer{Subject: mfa.Subject{State: []byte(bad), Now: time.Unix(59, 0)}, Response: "000000"})
		if err == nil || strings.Contains(err.Error(), long) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, bad := range []totp.Config{
		{}, {Issuer: "a:b"}, {Issuer: "a\nb"}, {Issuer: " a"}, {Issuer: strings.Repeat("x", 65)}, {Issuer: "\u202e"}, {Issuer: "\xff"},
		{Issuer: "x", Digits: 7}, {Issuer: "x", Digits: -6}, {Issuer: "x", Algorithm: "MD5"}, {Issuer: "x", Algorithm: "sha1"},
	} {
		if _, err := totp.New(bad); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// A setup is the secret itself: no verb and no log shows it.
func TestSetupIsRedacted(t *testing.T) {
	s := enroll(t, totp.Config{}, "kim@customer.example")
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	for _, v := range []any{s, &s, struct{ S totp.Setup }{s}} {
		fmt.Fprintf(&b, "%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v)
	}
	log.Info("setup", "s", s)
	seed := strings.ReplaceAll(s.Secret, " ", "")
	for _, secret := range []string{s.Secret, seed, s.URI, fmt.Sprintf("%x", seed), "<svg", "PNG"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%.40q was printed: %s", secret, b.String())
		}
	}
}

func FuzzVerify(f *testing.F) {
	st := state(f, []byte("12345678901234567890"), totp.SHA1, 6)
	for _, s := range []string{"287082", "287 082", "", "２８７０８２", "\x00", "999999999999"} {
		f.Add(s, int64(59))
	}
	m := newMethod(f, totp.Config{})
	f.Fuzz(func(t *testing.T, response string, at int64) {
		v, err := m.Verify(context.Background(), mfa.Answer{Subject: mfa.Subject{State: st, Now: time.Unix(at, 0)}, Response: response})
		if err != nil {
			t.Fatal(err)
		}
		if !v.OK {
			return
		}
		digits := strings.ReplaceAll(response, " ", "")
		if len(digits) != 6 || strings.Trim(digits, "0123456789") != "" || v.Step < 1 || v.Step < at/30-1 || v.Step > at/30+1 {
			t.Errorf("%q at %d was accepted for step %d", response, at, v.Step)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	st := state(b, []byte("12345678901234567890"), totp.SHA1, 6)
	m := newMethod(b, totp.Config{})
	for b.Loop() {
		m.Verify(b.Context(), mfa.Answer{Subject: mfa.Subject{State: st, Now: time.Unix(59, 0)}, Response: "287082"}) //nolint:errcheck
	}
}

package passwordweb_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/accountsec/internal/browsertest"
	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordweb"
)

// page is a shop's form, under the strictest policy that the field works with.
var page = template.Must(template.New("").Parse(`<!doctype html><html lang="{{.Lang}}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="{{.Style}}"><script src="{{.Script}}" defer></script></head>
<body><form method="{{.Method}}" action="/signup"><label for="name">Name</label> <input id="name" name="name">
{{.Field}}<button id="submit">OK</button></form></body></html>`))

type site struct {
	web     *passwordweb.Web
	mu      sync.Mutex
	checks  int
	refuse  int      // how many of the next checks are told to wait
	queries []string // of every request
}

// openSite serves the form to a browser. No address that is asked for may hold
// more than a path.
func openSite(t *testing.T) (*site, *browsertest.Tab) {
	t.Helper()
	s := &site{web: newWeb(t, passwordweb.Config{Policy: password.KISA(), Now: time.Now})}
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		srv.Close()
		for _, q := range s.queries {
			if strings.ContainsAny(q, "?#") || strings.Contains(q, "iolet") {
				t.Errorf("an address holds more than a path: %s", q)
			}
		}
	})
	return s, browsertest.Start(t, srv.URL)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.queries = append(s.queries, r.URL.String())
	check := strings.HasSuffix(r.URL.Path, "/check")
	wait := check && s.refuse > 0
	if check {
		s.checks++
		s.refuse--
	}
	s.mu.Unlock()
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'")
	switch {
	case wait:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "wait", http.StatusTooManyRequests)
	case strings.HasPrefix(r.URL.Path, "/password/"):
		s.web.ServeHTTP(w, r)
	default:
		s.form(w, r)
	}
}

func (s *site) form(w http.ResponseWriter, r *http.Request) {
	f, method := passwordweb.Field{Lang: strings.TrimPrefix(r.URL.Path, "/"), Name: "pw"}, "post"
	if f.Lang == "careless" {
		f.Lang, method = "en", "get"
	}
	if r.Method == http.MethodPost {
		report := password.KISA().Check(r.PostFormValue("pw"), password.Person{Name: r.PostFormValue("name")})
		f.Lang, f.Report, f.Error = "ko", &report, "다시 입력해 주세요."
	}
	field, err := s.web.Field(f)
	if err == nil {
		err = page.Execute(w, map[string]any{"Lang": f.Lang, "Method": method, "Field": field, "Style": s.web.Style(), "Script": s.web.Script()})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// look checks that the page fits all widths and photographs it if asked.
func look(b *browsertest.Tab, name string) {
	b.Helper()
	for _, width := range []int64{320, 375, 1280} {
		b.Screen(width, "light")
		b.Fits(name)
		b.Shot(name)
	}
}

// Typing ticks the rules, in both languages, and nothing of what is typed
// reaches an address.
func TestTypingTicksRules(t *testing.T) {
	for lang, words := range map[string][2]string{"en": {"It is too short", "Strong"}, "ko": {"너무 짧습니다", "강함"}} {
		t.Run(lang, func(t *testing.T) {
			_, b := openSite(t)
			b.Open("/" + lang)
			b.Until(`!document.querySelector("[data-reveal]").hidden`)
			b.Until(`document.querySelectorAll("[data-ok]").length === 0 && document.querySelector("[data-strength]").hidden`)
			look(b, lang+"-empty")
			b.Fill("name", "김민준")
			b.Fill("pw", "minjun")
			b.Until(`document.querySelector('[data-rule="min_length"]').dataset.ok === "false" && document.querySelector('[data-rule="personal"]').dataset.ok === "false"`)
			b.Until(fmt.Sprintf(`document.querySelector('[data-rule="min_length"]').textContent.includes(%q)`, words[0]))
			b.Until(`document.querySelector("[aria-live]").textContent !== ""`)
			look(b, lang+"-weak")
			b.Fill("pw", "Violet otter mends a kite at 4")
			b.Until(`document.querySelectorAll('[data-ok="false"]').length === 0 && document.querySelectorAll('[data-ok="true"]').length > 4`)
			b.Until(fmt.Sprintf(`document.querySelector("[data-verdict]").textContent === %q && document.querySelector("meter").value === 4`, words[1]))
			look(b, lang+"-strong")
			b.Click("[data-reveal]")
			b.Until(`document.getElementById("pw").type === "text" && document.querySelector("[data-reveal]").ariaPressed === "true"`)
			b.Click("[data-reveal]")
			b.Until(`document.getElementById("pw").type === "password"`)
			browsertest.Eval[chromedp.Void](b, `(() => { const i = document.getElementById("pw"); i.value = ""; i.dispatchEvent(new Event("input", { bubbles: true })); })()`)
			b.Until(`document.querySelectorAll("[data-ok]").length === 0`)
		})
	}
}

// The script waits for a pause, drops what was overtaken, and comes back when
// it was told to wait.
func TestScriptIsSparing(t *testing.T) {
	s, b := openSite(t)
	b.Open("/en")
	b.Until(`!document.querySelector("[data-reveal]").hidden`)
	s.mu.Lock()
	s.refuse = 1
	s.mu.Unlock()
	burst := `(() => { const i = document.getElementById("pw"); for (const c of "Violet otter mends 4 kites") { i.value += c; i.dispatchEvent(new Event("input", { bubbles: true })); } })()`
	browsertest.Eval[chromedp.Void](b, burst)
	b.Until(`document.querySelectorAll('[data-ok="true"]').length > 4`)
	s.mu.Lock()
	checks := s.checks
	s.mu.Unlock()
	if checks != 2 {
		t.Errorf("%d requests, want the one that was told to wait and its repetition", checks)
	}
}

// Without the script the form is judged when it is sent.
func TestWithoutScript(t *testing.T) {
	_, b := openSite(t)
	b.Open("/ko")
	browsertest.Eval[chromedp.Void](b, `document.querySelector("[data-accountsec-password]").replaceWith(document.querySelector("[data-accountsec-password]").cloneNode(true))`) // drops every listener of the box
	b.Fill("pw", "vqxkzm")
	b.Press("#submit")
	b.Until(`document.querySelector('[data-rule="min_length"]').dataset.ok === "false" && document.querySelector(".accountsec-password-error").textContent !== ""`)
	look(b, "ko-refused")
}

// A form that was written without POST does not put the password in an address.
func TestPitfall13CarelessForm(t *testing.T) {
	_, b := openSite(t)
	b.Open("/careless")
	b.Until(`!document.querySelector("[data-reveal]").hidden`)
	b.Fill("pw", "Violet9")
	b.Press("#submit")
	b.Until(`document.querySelector('[data-rule="min_length"]').dataset.ok === "false" && document.querySelector(".accountsec-password-error").textContent !== ""`)
}

package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/accountsec/internal/browsertest"
)

// fine is a page without a fault, with room for one in its head and its body.
const fine = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">%s</head><body><main><h1>Shop</h1><form><label for="name">Name</label> <input id="name"><p><button>OK</button></form>
<img src="data:," alt="nothing"><ul><li>One</ul>%s</main></body></html>`

// serve gives a site with one page at every path.
func serve(t *testing.T, policy, page string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		fmt.Fprint(w, page) //nolint:errcheck // the reader is gone
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// judge is a test that does not fail but tells why it would.
type judge struct {
	testing.TB
	said []string
}

func (j *judge) Error(args ...any)           { j.said = append(j.said, fmt.Sprint(args...)) }
func (j *judge) Errorf(how string, a ...any) { j.Error(fmt.Sprintf(how, a...)) }
func (j *judge) Fatal(args ...any)           { j.Error(args...); panic(j) }
func (j *judge) Fatalf(how string, a ...any) { j.Errorf(how, a...); panic(j) }
func (j *judge) Skip(args ...any)            { j.Error(args...); panic(j) }

// verdict is what a test says that does this.
func verdict(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	j := &judge{}
	t.Run("judged", func(t *testing.T) {
		j.TB = t
		defer func() {
			if r := recover(); r != nil && r != j {
				panic(r)
			}
		}()
		test(j)
	})
	return strings.Join(j.said, "\n")
}

// Every fault of a page is found; where there is none, nothing is said.
func TestFindsFaults(t *testing.T) {
	for name, c := range map[string]struct{ policy, head, body, want string }{
		"none":      {},
		"exception": {head: `<script>throw new Error("broken")</script>`, want: "broken"},
		"policy":    {policy: "default-src 'self'; img-src data:", head: `<script>1</script>`, want: "Content Security Policy"},
		"width":     {body: `<pre>` + strings.Repeat("wide", 30) + `</pre>`, want: "page is"},
		"axe":       {body: `<img src="data:,">`, want: "image-alt"},
		"dark":      {head: `<style>@media (prefers-color-scheme: dark) { h1 { color: #eee } }</style>`, want: "page, 375 wide, dark, is not accessible:\ncolor-contrast"},
		"target":    {body: `<p><button style="all: unset; font-size: 9px">a</button><button style="all: unset; font-size: 9px">b</button>`, want: "target-size"},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, c.policy, fmt.Sprintf(fine, c.head, c.body))
			got := verdict(t, func(tb testing.TB) {
				b := browsertest.Start(tb, url)
				b.Open("/")
				for _, scheme := range []string{"light", "dark"} {
					b.Screen(375, scheme)
					b.Look("page")
				}
			})
			if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

// A page that is not the one meant: axe-core finds no fault in nothing.
func TestNothingToLookAt(t *testing.T) {
	got := verdict(t, func(tb testing.TB) {
		b := browsertest.Start(tb, "about:blank")
		b.Open("")
		b.Accessible("blank")
	})
	if !strings.Contains(got, "was not looked at") {
		t.Errorf("said %q", got)
	}
}

// A wait goes on across a change of pages and over what is not there yet; a
// failure tells where the page was and what it said.
func TestUntil(t *testing.T) {
	leads := `<script>const next = { "/": "/2", "/2": "/3", "/3": "/last" }[location.pathname];
		setTimeout(() => next ? location.pathname = next : document.body.dataset.late = "there", 50)</script>`
	url := serve(t, "", fmt.Sprintf(fine, "", leads))
	b := browsertest.Start(t, url)
	b.Open("/")
	b.Arrive("/last")
	b.Until(`document.querySelector("[data-late]").dataset.late === "there"`)
	b.Fill("name", "first", "name", "김민준")
	if got := browsertest.Eval[string](b, `Promise.resolve(document.getElementById("name").value)`); got != "김민준" {
		t.Errorf("typed %q", got)
	}
	b.Press("button")
	b.Arrive("/last")
	got := verdict(t, func(tb testing.TB) {
		b.TB = tb
		b.Until("no syntax")
	})
	b.TB = t
	if !strings.Contains(got, "wait for no syntax on "+url+"/last") || !strings.Contains(got, "SyntaxError") || !strings.Contains(got, "One") {
		t.Errorf("said %q", got)
	}
}

// Without Chromium a test is skipped, and fails in CI.
func TestWithoutChromium(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for ci, want := range map[string]string{"": "SKIPPED, NOT PASSED", "true": "may not be skipped"} {
		t.Setenv("CI", ci)
		if got := verdict(t, func(tb testing.TB) { browsertest.Start(tb, "") }); !strings.Contains(got, want) {
			t.Errorf("CI=%q: said %q", ci, got)
		}
	}
}

func TestShot(t *testing.T) {
	folder := t.TempDir()
	b := browsertest.Start(t, serve(t, "", fmt.Sprintf(fine, "", "")))
	b.Open("/")
	t.Setenv("ACCOUNTSEC_SHOTS", "")
	b.Shot("unasked")
	t.Setenv("ACCOUNTSEC_SHOTS", folder)
	b.Shot("some/page")
	picture, err := os.ReadFile(filepath.Join(folder, "browsertest", "some", "page-1280-light.png"))
	if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("%v", err)
	}
}

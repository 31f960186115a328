package mfaweb_test

import (
	"html/template"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdp "github.com/chromedp/cdproto/webauthn"

	"example.com/accountsec/internal/browsertest"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/webauthn"
)

// frame is a shop's page around a widget.
var frame = template.Must(template.New("").Parse(`<!doctype html><html lang="{{.Lang}}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="{{.Style}}"><script src="{{.Script}}" defer></script></head>
<body><main><h1>Shop</h1>{{if .Form}}<form method="post"><label for="user">ID</label> <input id="user" name="user" autocomplete="username webauthn"></form>{{end}}
{{.Widget}}</main></body></html>`))

// pages serves the shop to a browser: /<lang>/<widget>.
type pages struct {
	*shop
	queries []string
}

// openShop serves a shop on localhost, where browsers allow passkeys without TLS.
// No address that is asked for may hold more than a path.
func openShop(t *testing.T) (*pages, *browser) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	must(t, err)
	base := "http://localhost:" + port
	p := &pages{shop: newShop(t, base, "localhost")}
	srv.Config.Handler = p
	srv.Start()
	t.Cleanup(func() {
		srv.Close()
		for _, q := range p.queries {
			t.Errorf("an address holds more than a path: %s", q)
		}
	})
	return p, openBrowser(t, base)
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	if r.URL.RawQuery != "" {
		p.queries = append(p.queries, r.URL.String())
	}
	p.mu.Unlock()
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'")
	if strings.HasPrefix(r.URL.Path, mfaweb.DefaultPath) {
		p.web.ServeHTTP(w, r)
		return
	}
	lang, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	view := map[string]any{"Lang": lang, "Style": p.web.Style(), "Script": p.web.Script(), "Form": name == "auto"}
	if lang == "home" {
		view["Lang"] = "en"
	} else if wd, err := p.widget(r, lang, name); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	} else if view["Widget"], err = p.web.Widget(wd); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	frame.Execute(w, view) //nolint:errcheck // the reader is gone
}

func (p *pages) widget(r *http.Request, lang, name string) (mfaweb.Widget, error) {
	wd := mfaweb.Widget{Kind: mfaweb.Discover, Lang: lang, Autofill: name == "auto"}
	factors, err := p.Enrolled(r.Context(), account)
	if err != nil {
		return wd, err
	}
	switch name {
	case "enroll":
		wd.Kind = mfaweb.Enroll
		if len(factors) > 0 {
			wd.ProveBy, wd.Name = factors[0].ID, "Another"
		}
	case "second":
		wd.Kind = mfaweb.SignIn
		wd.Factor, err = p.ask(r.Context(), signIn)
	}
	return wd, err
}

// enroll adds the first passkey by the page.
func (b *browser) enroll() {
	b.Helper()
	b.Open("/en/enroll")
	b.Click("[data-go]")
	b.Until(`!document.querySelector("[data-codes]").hidden && document.querySelectorAll("[data-codes] li").length === 10`)
}

// A customer enrols, signs in with it as the second step, and then without a
// user name: by the button, and by the autofill without a click.
func TestBrowserSignsIn(t *testing.T) {
	for lang, words := range map[string]string{"en": "Add a passkey", "ko": "패스키 추가"} {
		t.Run(lang, func(t *testing.T) {
			p, b := openShop(t)
			b.Open("/" + lang + "/enroll")
			b.Until(`!document.querySelector("[data-go]").hidden && document.querySelector("[data-go]").textContent === "` + words + `"`)
			b.Look(lang + "-enroll")
			b.Click("[data-go]")
			b.Until(`document.querySelectorAll("[data-codes] li").length === 10`)
			b.Look(lang + "-codes")
			if c := b.auth.Credential(); !c.IsResidentCredential || len(c.UserHandle) != 32 || c.UserName != "kim@customer.example" {
				t.Errorf("the credential: resident %v, handle of %d bytes, %q", c.IsResidentCredential, len(c.UserHandle), c.UserName)
			}
			p.put("account", "")
			b.Open("/" + lang + "/second")
			b.Click("[data-go]")
			b.Arrive("/home")
			b.Open("/" + lang + "/discover")
			b.Look(lang + "-discover")
			b.Click("[data-go]")
			b.Arrive("/home")
			b.Open("/" + lang + "/auto")
			b.Arrive("/home")
			proofs := p.signedIn()
			if len(proofs) != 3 || p.get("account") != account {
				t.Fatalf("%d sign-ins", len(proofs))
			}
			for _, proof := range proofs {
				if proof.Warning() != "" || proof.Level() != mfa.LevelPhishingResistant {
					t.Errorf("a sign-in with the warning %q", proof.Warning())
				}
			}
		})
	}
}

// The first codes can be kept: on paper, which holds the sheet and nothing else of
// the page, and as a file.
func TestBrowserKeepsTheCodes(t *testing.T) {
	for lang, words := range map[string]string{
		"en": "Account: kim@customer.example|Print|Download|recovery-codes.txt", "ko": "계정: kim@customer.example|인쇄|내려받기|복구 코드.txt",
	} {
		t.Run(lang, func(t *testing.T) {
			_, b := openShop(t)
			b.before(`window.printed = 0; window.print = () => window.printed++;`)
			b.Open("/" + lang + "/enroll")
			b.Click("[data-go]")
			b.Until(`document.querySelectorAll("[data-codes] li").length === 10`)
			codes := browsertest.Eval[string](b.Tab, `[...document.querySelectorAll("[data-codes] li")].map((li) => li.textContent).join()`)
			said := browsertest.Eval[string](b.Tab, `["print", "download"].map((name) => document.querySelector("[data-" + name + "]").innerText).join("|") + "|" + document.querySelector("[data-download]").download`)
			account, buttons, _ := strings.Cut(words, "|")
			if said != buttons {
				t.Errorf("the page offers %q", said)
			}
			b.Click("[data-print]")
			b.Until(`window.printed === 1`)
			file := browsertest.Eval[string](b.Tab, `decodeURIComponent(document.querySelector("[data-download]").href.replace("data:text/plain;charset=utf-8,", ""))`)
			browsertest.Call(b.Tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			paper := browsertest.Eval[string](b.Tab, `document.body.innerText`)
			for what, sheet := range map[string]string{"the file": file, "the paper": paper} {
				for _, code := range strings.Split(codes, ",") {
					if strings.Count(sheet, code) != 1 {
						t.Errorf("%s holds %s %d times", what, code, strings.Count(sheet, code))
					}
				}
				if !strings.Contains(sheet, account) || strings.Contains(sheet, "{") {
					t.Errorf("%s: %s", what, sheet)
				}
			}
			plain := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r", "")) }
			if plain(paper) != plain(file) {
				t.Errorf("on paper:\n%s", paper)
			}
		})
	}
}

// A second passkey is proved by the first, in one go; and the browser refuses to
// make one where there is one.
func TestBrowserExcludes(t *testing.T) {
	p, b := openShop(t)
	b.enroll()
	b.Open("/en/enroll")
	b.Click("[data-go]")
	b.says("added already")
	b.Look("already")
	if p.events.last().Type != "mfa.enroll_started" {
		t.Errorf("last event %s: the proof was not given, or more was", p.events.last().Type)
	}
	b.auth.Credential() // still one
}

// What the authenticator does wrong is refused: by the browser without user
// verification, by the server where the browser is tricked.
func TestBrowserRefuses(t *testing.T) {
	p, b := openShop(t)
	b.enroll()
	p.put("account", "")
	try := func(words string) {
		t.Helper()
		b.Open("/en/second")
		b.Click("[data-go]")
		b.says(words)
		b.Open("/en/discover")
		b.Click("[data-go]")
		b.says(words)
	}
	b.verify(false)
	try("Nothing was changed")
	b.Look("refused")
	b.verify(true)
	b.spoil(false, true)
	try("not accepted")
	b.spoil(true, false)
	try("not accepted")
	if len(p.signedIn()) != 0 || p.get("account") != "" {
		t.Fatal("somebody is signed in")
	}
	b.spoil(false, false)
	b.Open("/en/discover")
	b.Click("[data-go]")
	b.Arrive("/home")
}

// A cloned key: its counter starts anew. The sign-in goes on, with a warning,
// again and again; the true counter goes on without.
func TestPitfall10BrowserClone(t *testing.T) {
	p, b := openShop(t)
	b.enroll()
	for i, c := range []struct {
		counter int // the authenticator adds one
		warning string
	}{{20, ""}, {0, webauthn.WarningClone}, {10, webauthn.WarningClone}, {20, webauthn.WarningClone}, {21, ""}} {
		b.auth.Count(c.counter)
		b.Open("/en/discover")
		b.Click("[data-go]")
		b.Arrive("/home")
		if proofs := p.signedIn(); len(proofs) != i+1 || proofs[i].Warning() != c.warning || p.events.last().Detail["warning"] != c.warning {
			t.Fatalf("counter %d: %d sign-ins, warning %q", c.counter, len(proofs), proofs[len(proofs)-1].Warning())
		}
	}
}

// An old security key that cannot verify its user is not enrolled.
func TestBrowserU2F(t *testing.T) {
	p, b := openShop(t)
	browsertest.Call(b.Tab, cdp.RemoveVirtualAuthenticator, cdp.RemoveVirtualAuthenticatorParams{AuthenticatorID: b.auth.ID})
	browsertest.Call(b.Tab, cdp.AddVirtualAuthenticator, cdp.AddVirtualAuthenticatorParams{Options: &cdp.VirtualAuthenticatorOptions{
		Protocol: "u2f", Transport: "usb", AutomaticPresenceSimulation: true,
	}})
	b.Open("/en/enroll")
	b.Click("[data-go]")
	b.says("Nothing was changed")
	if enabled, err := p.Enabled(t.Context(), account); err != nil || enabled {
		t.Errorf("enrolled: %v %v", enabled, err)
	}
}

// The autofill waits without a prompt, gives way to the button, and is offered
// again when the prompt is closed.
func TestBrowserAutofillGivesWay(t *testing.T) {
	p, b := openShop(t)
	b.enroll()
	b.before(`window.asked = [];
		const get = navigator.credentials.get.bind(navigator.credentials);
		navigator.credentials.get = (o) => { window.asked.push(o.mediation || "modal"); const p = get(o); o.signal.addEventListener("abort", () => window.asked.push("aborted")); return p; };`)
	b.auth.Touch(false) // of what is asked for from now on
	b.Open("/en/auto")
	b.Until(`window.asked.join() === "conditional"`)
	b.auth.Touch(true)
	b.verify(false)
	b.Click("[data-go]")
	b.Until(`window.asked.join().startsWith("conditional,aborted,modal,conditional")`)
	b.says("Nothing was changed")
	b.verify(true)
	b.Click("[data-go]")
	b.Arrive("/home")
	if len(p.signedIn()) != 1 {
		t.Errorf("%d sign-ins", len(p.signedIn()))
	}
}

// Browsers without the JSON forms, and without WebAuthn at all.
func TestBrowserOlder(t *testing.T) {
	p, b := openShop(t)
	b.before(`for (const n of ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON"]) delete PublicKeyCredential[n];
		delete PublicKeyCredential.prototype.toJSON; delete AbortSignal.timeout;`)
	b.enroll()
	b.Open("/en/second")
	b.Click("[data-go]")
	b.Arrive("/home")
	b.Open("/en/discover")
	b.Click("[data-go]")
	b.Arrive("/home")
	if len(p.signedIn()) != 2 {
		t.Errorf("%d sign-ins", len(p.signedIn()))
	}
	b.before(`delete window.PublicKeyCredential;`)
	b.Open("/ko/discover")
	b.Until(`document.querySelector("[data-go]").hidden && document.querySelector("[data-unsupported]").checkVisibility()`)
	b.Look("unsupported")
}

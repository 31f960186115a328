package mfaweb_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/internal/axe"
)

// browser is a headless Chromium with one tab and one virtual authenticator.
type browser struct {
	*testing.T
	ctx  context.Context
	base string
	auth webauthn.AuthenticatorID

	mu     sync.Mutex
	faults []string // what the pages did wrong
}

func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		chromedp.Cancel(ctx) //nolint:errcheck // waits, so that its folder can go
		end()
	})
	b := &browser{T: t, base: base}
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(375, 800))) // the first run must have no deadline
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	must(t, chromedp.Listen(ctx, b.listen))
	call(b, cdplog.Enable, cdp.Empty{})
	call(b, webauthn.Enable, webauthn.EnableParams{})
	b.plugIn(webauthn.VirtualAuthenticatorOptions{Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true})
	return b
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("Chromium is not installed, and in CI this test may not be skipped")
	}
	t.Skip("SKIPPED, NOT PASSED: needs Chromium (apt-get install chromium)")
	return ""
}

// call runs a command of the DevTools protocol.
func call[P, R any](b *browser, cmd cdp.Command[P, R], params P) R {
	b.Helper()
	out, err := chromedp.Call(b.ctx, cmd, params)
	must(b, err)
	return out
}

// plugIn puts an authenticator in place of the last.
func (b *browser) plugIn(o webauthn.VirtualAuthenticatorOptions) {
	b.Helper()
	if b.auth != "" {
		call(b, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: b.auth})
	}
	b.auth = call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &o}).AuthenticatorID
}

// credential is the one that the authenticator holds.
func (b *browser) credential() *webauthn.Credential {
	b.Helper()
	all := call(b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: b.auth}).Credentials
	if len(all) != 1 {
		b.Fatalf("the authenticator has %d credentials", len(all))
	}
	return all[0]
}

// count sets the credential's counter, by taking it out and putting it back. The
// typed command for that sends a field that Chromium refuses.
func (b *browser) count(n int) {
	b.Helper()
	c := b.credential()
	call(b, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: b.auth, CredentialID: c.CredentialID})
	call(b, cdp.Command[map[string]any, cdp.Empty]{Method: "WebAuthn.addCredential"}, map[string]any{"authenticatorId": b.auth, "credential": map[string]any{
		"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": "localhost", "privateKey": c.PrivateKey, "userHandle": c.UserHandle, "signCount": n}})
}

// spoil makes the authenticator's responses wrong.
func (b *browser) spoil(signature, verification bool) {
	b.Helper()
	call(b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: b.auth, IsBogusSignature: &signature, IsBadUV: &verification})
}

// before runs a script in every page before its own.
func (b *browser) before(script string) {
	b.Helper()
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, ev.ExceptionDetails.Text)
	case *cdplog.EventEntryAdded:
		if strings.Contains(ev.Entry.Text, "Content Security Policy") {
			b.faults = append(b.faults, ev.Entry.Text)
		}
	}
}

func (b *browser) open(path string) {
	b.Helper()
	must(b, chromedp.Do(b.ctx, chromedp.Navigate(b.base+path)))
}

func (b *browser) click(selector string) {
	b.Helper()
	must(b, chromedp.Do(b.ctx, chromedp.Click(chromedp.CSS(selector))))
}

// until waits for an expression to be true, across a change of pages: that ends
// a wait, which then begins anew.
func (b *browser) until(expression string) {
	b.Helper()
	wait := chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(time.Minute))
	_, err := chromedp.Run(b.ctx, wait)
	for i := 0; err != nil && i < 20 && !strings.Contains(err.Error(), "timeout"); i++ {
		_, err = chromedp.Run(b.ctx, wait)
	}
	if err != nil {
		said, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.pathname + ": " + document.body.innerText`))
		b.Fatalf("%s: %v; the page is %s", expression, err, said)
	}
}

// at waits for a page.
func (b *browser) at(path string) {
	b.Helper()
	b.until(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

// says waits for a bad message that holds the words.
func (b *browser) says(words string) {
	b.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll("[data-say][data-bad]")].some((p) => p.textContent.includes(%q))`, words))
}

// look checks that the page fits a phone and is accessible, and photographs it
// if asked.
func (b *browser) look(name string) {
	b.Helper()
	width, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
	must(b, err)
	if width > 375 {
		b.Errorf("%s is %d pixels wide on a phone", name, width)
	}
	source, err := axe.Source()
	must(b, err)
	must(b, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](source)))
	violations, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](axe.Run, chromedp.EvalAwaitPromise))
	must(b, err)
	for _, v := range violations {
		b.Errorf("%s: %s", name, v)
	}
	if folder := os.Getenv("ACCOUNTSEC_SHOTS"); folder != "" {
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		must(b, err)
		must(b, os.WriteFile(filepath.Join(folder, "mfaweb-"+name+".png"), picture, 0o644))
	}
}

func (b *browser) clean() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.Error("the page: ", f)
	}
}

package webpush_test

import (
	"fmt"
	"sync"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"example.com/accountsec/internal/browsertest"
)

// tab is a headless Chromium as wide as a phone, with one tab.
type tab struct {
	*browsertest.Tab

	mu     sync.Mutex
	worker serviceworker.RegistrationID
}

func openTab(t *testing.T, base string) *tab {
	t.Helper()
	b := &tab{Tab: browsertest.Start(t, base)}
	b.Screen(375, "light")
	b.Must("listen", chromedp.Listen(b.Ctx, b.listen))
	browsertest.Call(b.Tab, serviceworker.Enable, cdp.Empty{})
	return b
}

func (b *tab) listen(ev any) {
	if ev, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range ev.Registrations {
			if !r.IsDeleted {
				b.worker = r.RegistrationID
			}
		}
	}
}

func (b *tab) says(words string) {
	b.Helper()
	b.Until(fmt.Sprintf(`document.querySelector("[data-say]").textContent === %q`, words))
}

func (b *tab) permit(setting cdpbrowser.PermissionSetting) {
	b.Helper()
	_, err := chromedp.CallBrowser(b.Ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: b.Base,
	})
	b.Must("permit", err)
}

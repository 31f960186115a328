package webpush_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush/webpushweb"
	"example.com/accountsec/internal/browsertest"
)

// stub is in place of the browser's own push service, which is far away: a
// browser that keeps its subscription over page loads.
const stub = `(() => {
	const given = %s;
	const make = (key) => ({
		endpoint: given.endpoint, options: { applicationServerKey: key }, toJSON: () => given,
		unsubscribe: async () => { localStorage.removeItem("key"); return true; },
	});
	const asked = Notification.requestPermission.bind(Notification);
	Notification.requestPermission = () => { window.asked = (window.asked || 0) + 1; return asked(); };
	PushManager.prototype.getSubscription = async () => {
		const key = localStorage.getItem("key");
		return key ? make(Uint8Array.from(key.split(","), Number).buffer) : null;
	};
	PushManager.prototype.subscribe = async (o) => {
		if (!o.userVisibleOnly) throw new Error("userVisibleOnly");
		localStorage.setItem("key", String(new Uint8Array(o.applicationServerKey)));
		return make(o.applicationServerKey);
	};
})()`

const pageTemplate = `<!doctype html><html lang="ko"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>알림</title><link rel="stylesheet" href="/shop.css">
<link rel="icon" href="data:,"><script src="{{.Script}}" defer></script><main><h1>알림</h1>{{.Widget}}</main></html>`

// site is a page with the widget, for whoever is signed in.
func (w *world) site() (*httptest.Server, func(account string)) {
	w.Helper()
	var mu sync.Mutex
	account := "kim"
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	w.Cleanup(srv.Close)
	srv.URL = strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	web, err := webpushweb.New(webpushweb.Config{Devices: w.devices, Origins: []string{srv.URL}, Account: func(r *http.Request) (string, activity.Client) {
		mu.Lock()
		defer mu.Unlock()
		return account, activity.ClientFromRequest(r, nil)
	}})
	fine(w, err)
	mux.Handle(webpushweb.DefaultPath, web)
	tmpl := template.Must(template.New("").Parse(pageTemplate))
	mux.HandleFunc("GET /shop.css", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/css")
		fmt.Fprint(rw, "button, p, div, ul { display: block }") // which shows what is merely hidden
	})
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		widget, err := web.Widget("ko")
		if err == nil {
			rw.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; style-src 'self'")
			err = tmpl.Execute(rw, map[string]any{"Script": web.Script(), "Widget": widget})
		}
		if err != nil {
			w.Error(err)
		}
	})
	return srv, func(name string) {
		mu.Lock()
		defer mu.Unlock()
		account = name
	}
}

// A customer switches notifications on, and a message goes all the way: from
// the notifier over a push service on loopback into the browser, whose service
// worker shows it.
func TestBrowser(t *testing.T) {
	w := newWorld(t)
	service := w.serve()
	site, signIn := w.site()
	b := openTab(t, site.URL)
	device := newBrowser(t, "/wp/chromium")
	browsertest.Call(b.Tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(stub, device.json())})

	b.permit("denied")
	b.Open("/")
	b.says("이 기기의 알림이 꺼져 있습니다.")
	if browsertest.Eval[bool](b.Tab, "Boolean(window.asked)") {
		t.Error("a page that is loaded asks for permission")
	}
	b.Look("off")
	b.Click("[data-on]")
	b.says("브라우저에서 이 사이트의 알림이 차단되어 있습니다. 브라우저의 사이트 설정에서 알림을 허용한 뒤 다시 시도해 주세요.")
	w.has("kim")

	b.permit("granted")
	b.Click("[data-on]")
	b.says("이 기기의 알림이 켜져 있습니다.")
	w.has("kim", device)
	if text := browsertest.Eval[string](b.Tab, `document.querySelector("main").innerText`); strings.Contains(text, "알림 받기") || strings.Contains(text, "받을 수 없습니다") {
		t.Errorf("the page says %q", text)
	}
	b.Look("on")
	b.Open("/") // it is still on
	b.says("이 기기의 알림이 켜져 있습니다.")

	fine(t, w.n.Notify(t.Context(), message(activity.Critical, "ko")))
	fine(t, w.n.Notify(t.Context(), message(activity.Critical, "ko"))) // twice: shown once
	last := message(activity.Critical, "ko")
	last.ID = "delivery-2"
	fine(t, w.n.Notify(t.Context(), last))
	var pushed []string
	for _, r := range service.take() {
		_, text := read(t, device, r)
		pushed = append(pushed, text)
	}
	got := b.shown(pushed, "delivery-1", "delivery-2")
	got = slices.DeleteFunc(got, func(n note) bool { return n.Tag == "delivery-2" })
	if len(got) != 1 || !strings.HasPrefix(got[0].Title, "[예시샵] ") || !strings.Contains(got[0].Body, "독일") || got[0].Lang != "ko" || got[0].Tag != "delivery-1" || !got[0].Sticky {
		t.Errorf("shown: %+v", got)
	}
	if len(got) == 1 && got[0].URL != b.Base+"/" { // the sender's page is of another origin than this one
		t.Errorf("a press opens %q", got[0].URL)
	}

	signIn("lee") // a shared computer
	b.Open("/")
	b.says("이 기기의 알림이 꺼져 있습니다.")
	w.has("kim", device)
	b.Click("[data-on]")
	b.says("이 기기의 알림이 켜져 있습니다.")
	w.has("kim")
	w.has("lee", device)

	b.Click("[data-off]")
	b.says("이 기기의 알림이 꺼져 있습니다.")
	w.has("lee")
	if err := w.n.Notify(t.Context(), message(activity.Critical, "ko")); !errors.Is(err, alerts.ErrNoRecipient) {
		t.Errorf("got %v", err)
	}
}

// note is a notification as the browser tells.
type note struct {
	Title, Body, Lang, Tag, URL string
	Sticky                      bool
}

// shown hands the browser the messages, as its push service would, and gives
// what it shows then. Chromium forgets a notification if it is asked for its
// notifications at the very moment between keeping and showing it, so it is
// asked seldom, and handed the messages again; each is shown once all the same.
func (b *tab) shown(pushed []string, tags ...string) (got []note) {
	b.Helper()
	for patience := range 20 {
		b.mu.Lock()
		id := b.worker
		b.mu.Unlock()
		for _, text := range pushed {
			browsertest.Call(b.Tab, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: b.Base, RegistrationID: id, Data: text})
		}
		fine(b, json.Unmarshal([]byte(browsertest.Eval[string](b.Tab, fmt.Sprintf(shownNotes, 300*(patience+1)))), &got))
		has := func(tag string) bool { return slices.ContainsFunc(got, func(n note) bool { return n.Tag == tag }) }
		if !slices.ContainsFunc(tags, func(tag string) bool { return !has(tag) }) {
			return got
		}
	}
	return got
}

// shownNotes gives the notifications after some milliseconds: the worker works
// beside the page.
const shownNotes = `(async () => {
	const r = await navigator.serviceWorker.getRegistration("/push/");
	await new Promise((next) => setTimeout(next, %d));
	return JSON.stringify((await r.getNotifications()).map((n) => (
		{ title: n.title, body: n.body, lang: n.lang, tag: n.tag, url: n.data.url, sticky: n.requireInteraction })));
})()`

package activityweb_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activityweb"
)

var now = time.Date(2026, 11, 24, 5, 30, 0, 0, time.UTC)

const path = "/security/activity"

// site is the page over a log of kim's, seen by whom the header X-Viewer names.
type site struct {
	*testing.T
	log      *activity.Log
	handler  http.Handler
	disowned []string
	broken   error
}

func newSite(t *testing.T, change func(cfg *activityweb.Config)) *site {
	t.Helper()
	s := &site{T: t}
	var err error
	s.log, err = activity.New(activity.NewMemoryStore(), activity.Config{CursorKey: bytes.Repeat([]byte{1}, 32), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	cfg := activityweb.Config{
		Path:   path,
		Viewer: func(r *http.Request) (string, bool) { v := r.Header.Get("X-Viewer"); return v, v != "" },
		Zone:   func(*http.Request) *time.Location { return time.FixedZone("KST", 9*3600) },
		Client: func(*http.Request) activity.Client { return activity.Client{SessionID: "s-1"} },
		Disown: func(ctx context.Context, account, id string, c activity.Client) error {
			if s.broken != nil {
				return s.broken
			}
			if _, err := s.log.Disown(ctx, account, account, id, c); err != nil {
				return err
			}
			s.disowned = append(s.disowned, account+" "+id+" "+c.SessionID)
			return nil
		},
		Hidden: func(*http.Request) template.HTML { return `<input type="hidden" name="csrf" value="token-1">` },
		Now:    func() time.Time { return now },
	}
	if change != nil {
		change(&cfg)
	}
	if s.handler, err = activityweb.New(s.log, cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) record(account string, typ activity.Type, ago time.Duration, change func(e *activity.Event)) activity.Event {
	s.Helper()
	at := now.Add(-ago)
	e := activity.Event{
		ID: activity.NewID(at), Account: account, Type: typ, Outcome: activity.OutcomeSuccess,
		Client: activity.Client{IP: netip.MustParseAddr("192.0.2.7"), SessionID: "s-1",
			UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
		Location: activity.Location{Country: "KR", City: "Seoul"},
	}
	if change != nil {
		change(&e)
	}
	if err := s.log.Record(s.Context(), e); err != nil {
		s.Fatal(err)
	}
	return e
}

// fill makes a log with something of everything.
func (s *site) fill() {
	for n := range 17 {
		s.record("kim", activity.SignInFailed, 30*time.Hour+time.Duration(n)*time.Minute, func(e *activity.Event) {
			e.Outcome, e.Client.IP = activity.OutcomeFailure, netip.MustParseAddr([]string{"198.51.100.1", "198.51.100.2", "203.0.113.9"}[n%3])
			e.Location = activity.Location{Country: "US"}
		})
	}
	for n := range 30 {
		s.record("kim", []activity.Type{activity.SignInSucceeded, activity.OrderPlaced, activity.PaymentMade, activity.ProfileChanged, activity.SignedOut}[n%5],
			time.Duration(n)*21*time.Hour+time.Hour, func(e *activity.Event) {
				switch e.Type {
				case activity.OrderPlaced:
					e.Detail = map[string]string{"order": "A-1027", "amount": "₩12,000"}
				case activity.ProfileChanged:
					e.Detail = map[string]string{activity.DetailFields: "email"}
				}
			})
	}
	s.record("kim", activity.SignInSucceeded, 10*time.Minute, nil)
	s.record("kim", activity.SignInSucceeded, 20*time.Minute, func(e *activity.Event) { e.Client.SessionID = "s-2" })
}

func (s *site) do(method, target, viewer string, form url.Values, header ...string) *httptest.ResponseRecorder {
	s.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("X-Viewer", viewer)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *site) get(target string, header ...string) string {
	s.Helper()
	w := s.do("GET", target, "kim", nil, header...)
	if w.Code != http.StatusOK {
		s.Errorf("%s: status %d\n%s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

func (s *site) has(page string, parts ...string) {
	s.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			s.Errorf("the page lacks %q", part)
		}
	}
}

func TestPage(t *testing.T) {
	s := newSite(t, nil)
	s.fill()
	en, ko := s.get(path), s.get(path, "Accept-Language", "ko-KR,ko;q=0.9")
	s.has(en, `lang="en"`, "<h1", "17 times from 3 addresses", "near Seoul, South Korea", "192.0.2.7", "Chrome on Windows", "10 min ago",
		"24 Nov 2026, 14:20", `<time datetime="2026-11-24T05:20:00Z"`, "Order: A-1027", "₩12,000", "Changed: e-mail address", `role="img"`,
		"Where you are signed in", "This device", "token-1", `action="/security/activity/export"`, `id="older"`)
	s.has(ko, `lang="ko"`, "주소 3곳에서 17회", "대한민국 Seoul 부근", "10분 전", "2026년 11월 24일 14:20", "로그인된 기기", "제가 한 일이 아니에요")
	if strings.Contains(en, `style="`) || strings.Contains(en, "<script") || strings.Contains(en, "<style") || regexp.MustCompile(`\son[a-z]+=`).MatchString(en) {
		t.Error("inline code or style")
	}
	older := regexp.MustCompile(`id="older" href="([^"]*)"`).FindStringSubmatch(en)
	if older == nil {
		t.Fatal("no older page")
	}
	second := s.get(strings.ReplaceAll(older[1], "&amp;", "&"))
	s.has(second, `id="newer"`, `id="newest"`)
	if strings.Contains(second, "aw-chart") || strings.Contains(second, "24 Nov 2026, 14:20") {
		t.Error("the second page shows what belongs to the first")
	}
}

func TestFilter(t *testing.T) {
	s := newSite(t, nil)
	s.fill()
	for query, want := range map[string][]string{
		"category=order":                       {"Order placed", `<option value="order" selected>`},
		"country=us":                           {"17 times", `<option value="US" selected>`},
		"outcome=failure&severity=warning":     {"17 times", `<option value="warning" selected>`},
		"ip=198.51.100":                        {"12 times from 2 addresses"},
		"ip=203.0.113.9":                       {"5 times"},
		"ip=203.0.113.0/24":                    {"5 times"},
		"from=2026-11-24&to=2026-11-24":        {"24 Nov 2026, 14:20", `value="2026-11-24"`},
		"device=Chrome+on+Windows":             {"Signed in"},
		"category=order&country=JP":            {"Nothing here"},
		"category=order&x=1&after=&before=":    {"Order placed"},
		"device=" + strings.Repeat("a", 10000): {"Nothing here"},
	} {
		s.has(s.get(path+"?"+query), want...)
	}
	s.has(s.get(path+"?category=order"), `<input type="hidden" name="category" value="order">`) // the download gets the same
}

// Nonsense gives a page that says so, and never a fault.
func TestBadInput(t *testing.T) {
	s := newSite(t, nil)
	s.fill()
	for query, want := range map[string]string{
		"from=2026-11-24&to=2026-11-01":      "the earlier one first",
		"from=yesterday":                     "the earlier one first",
		"from=2026-02-30":                    "the earlier one first",
		"category=no":                        "This filter does not work",
		"outcome=no":                         "This filter does not work",
		"country=Korea":                      "This filter does not work",
		"severity=no":                        "Choose one of the list",
		"ip=999.1":                           "Enter an address",
		"ip=no":                              "Enter an address",
		"after=x":                            "does not work any more",
		"before=x":                           "does not work any more",
		"after=" + strings.Repeat("A", 1000): "does not work any more",
		"after=a&before=b":                   "does not work any more",
	} {
		w := s.do("GET", path+"?"+query, "kim", nil)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), "17 times") {
			t.Errorf("%s: status %d, %q is missing, or the events are", query, w.Code, want)
		}
	}
	for _, name := range []string{"from", "to", "category", "outcome", "severity", "country", "device", "ip", "after", "before", "event"} {
		for _, junk := range []string{"%00", "%ff%fe", "%0d%0aX:1", "'\"><script>alert(1)</script>", strings.Repeat("%EA%B0%80", 3000), "-1", "1e9"} {
			for _, p := range []string{path, path + "/disown"} {
				w := s.do("GET", p+"?"+name+"="+strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", " ", "%20").Replace(junk), "kim", nil)
				if w.Code >= 500 || strings.Contains(w.Body.String(), "<script>alert") {
					t.Errorf("%s %s=%.20q: status %d", p, name, junk, w.Code)
				}
			}
		}
	}
	lee, err := s.log.List(t.Context(), "lee", "lee", activity.Filter{}, activity.Page{})
	if err != nil || len(lee.Events) != 0 {
		t.Fatal(err)
	}
}

// Only the account that is signed in, whatever the request says.
func TestOwnerOnly(t *testing.T) {
	s := newSite(t, nil)
	s.fill()
	kims := s.record("kim", activity.PasswordChanged, time.Minute, nil)
	for _, target := range []string{path, path + "?account=kim", path + "?viewer=kim", path + "/disown?event=" + kims.ID} {
		if w := s.do("GET", target, "lee", nil); strings.Contains(w.Body.String(), "192.0.2.7") || strings.Contains(w.Body.String(), "Password changed") {
			t.Errorf("%s shows lee what is kim's", target)
		}
		if w := s.do("GET", target, "", nil); w.Code != http.StatusUnauthorized {
			t.Errorf("%s without a viewer: %d", target, w.Code)
		}
	}
	if w := s.do("POST", path+"/disown", "lee", url.Values{"event": {kims.ID}}); w.Code != http.StatusNotFound || len(s.disowned) != 0 {
		t.Errorf("lee disowned kim's event: %d", w.Code)
	}
	if w := s.do("POST", path+"/export", "lee", url.Values{"account": {"kim"}}); strings.Contains(w.Body.String(), "192.0.2.7") {
		t.Error("lee exported kim's log")
	}
	if w := s.do("POST", path+"/export", "", url.Values{}); w.Code != http.StatusUnauthorized {
		t.Errorf("export without a viewer: %d", w.Code)
	}
}

// Pitfall 17: GET shows, POST acts, and only from the same origin.
func TestPitfall17DisownNeedsAPost(t *testing.T) {
	s := newSite(t, nil)
	e := s.record("kim", activity.SignInSucceeded, time.Hour, nil)
	page := s.get(path + "/disown?event=" + e.ID)
	s.has(page, "Was this not you?", "24 Nov 2026, 13:30", `id="disown"`, "token-1")
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
		s.do(method, path+"/disown?event="+e.ID, "kim", nil)
	}
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		if w := s.do("POST", path+"/disown", "kim", url.Values{"event": {e.ID}}, name, value); w.Code != http.StatusForbidden {
			t.Errorf("%s %s: status %d", name, value, w.Code)
		}
	}
	if len(s.disowned) != 0 {
		t.Fatalf("disowned by %v", s.disowned)
	}
	w := s.do("POST", path+"/disown", "kim", url.Values{"event": {e.ID}}, "Sec-Fetch-Site", "same-origin")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path || len(s.disowned) != 1 || s.disowned[0] != "kim "+e.ID+" s-1" {
		t.Errorf("status %d to %q, disowned %v", w.Code, w.Header().Get("Location"), s.disowned)
	}
	s.has(s.get(path), "Reported as not you")
	if again := s.get(path + "/disown?event=" + e.ID); strings.Contains(again, `id="disown"`) {
		t.Error("a reported event can be reported again")
	}
	s.broken = errors.New("the disk is gone")
	if w := s.do("POST", path+"/disown", "kim", url.Values{"event": {e.ID}}); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("a fault: %d %s", w.Code, w.Body)
	}
	none := newSite(t, func(cfg *activityweb.Config) { cfg.Disown = nil })
	none.record("kim", activity.SignInSucceeded, time.Hour, nil)
	if page := none.get(path); strings.Contains(page, "/disown") {
		t.Error("a button that does nothing")
	}
}

func TestExport(t *testing.T) {
	s := newSite(t, nil)
	s.fill()
	if w := s.do("GET", path+"/export", "kim", nil); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	w := s.do("POST", path+"/export", "kim", url.Values{"format": {"csv"}, "category": {"order"}})
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 7 || w.Code != http.StatusOK {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="activity-2026-11-24.csv"`,
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	w = s.do("POST", path+"/export", "kim", url.Values{"format": {"jsonl"}})
	if n := strings.Count(w.Body.String(), "\n"); n != 17+30+2+2 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/jsonl") {
		t.Errorf("%d lines of %s", n, w.Header().Get("Content-Type"))
	}
	w = s.do("POST", path+"/export", "kim", url.Values{"format": {"jsonl"}, "country": {"JP"}})
	if w.Code != http.StatusOK || w.Body.Len() != 0 || !strings.Contains(w.Header().Get("Content-Disposition"), ".jsonl") {
		t.Errorf("nothing to export: %d, %q", w.Code, w.Body)
	}
	s.has(s.get(path), "Data downloaded", "Format: jsonl")
}

// Pitfall 12: what a visitor wrote stays text.
func TestPitfall12HostileText(t *testing.T) {
	s := newSite(t, nil)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	s.record("kim", activity.SignInSucceeded, time.Hour, func(e *activity.Event) {
		e.Location.City, e.Device = evil, activity.Device{Name: evil}
		e.Detail = map[string]string{"order": evil, "k<b>": evil, activity.DetailFields: evil, activity.DetailType: evil}
		e.Client.SessionID = evil
	})
	for _, page := range []string{s.get(path), s.get(path + "?device=" + url.QueryEscape(evil))} {
		if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "k<b>") {
			t.Error("not escaped")
		}
	}
}

func TestErasedAndDisowned(t *testing.T) {
	s := newSite(t, nil)
	s.record("kim", activity.SignInSucceeded, time.Hour, nil)
	if err := s.log.Erase(t.Context(), "kim"); err != nil {
		t.Fatal(err)
	}
	page := s.get(path)
	s.has(page, "have been deleted", "Signed in")
	if strings.Contains(page, "/disown?event") || strings.Contains(page, "192.0.2.7") {
		t.Error("an erased event shows too much")
	}
}

func TestLayoutAndStyle(t *testing.T) {
	s := newSite(t, func(cfg *activityweb.Config) {
		cfg.Layout = func(w http.ResponseWriter, _ *http.Request, status int, title string, body template.HTML) {
			w.WriteHeader(status)
			io.WriteString(w, "<shop>"+title+string(body)+"</shop>") //nolint:errcheck
		}
	})
	s.has(s.get(path), "<shop>Activity<div class=\"aw\">", "</shop>")
	w := s.do("GET", path+"/style.css", "", nil)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Body.String(), ".aw-card") {
		t.Errorf("style: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	if w := s.do("GET", path+"/nowhere", "kim", nil); w.Code != http.StatusNotFound {
		t.Errorf("nowhere: %d", w.Code)
	}
}

func TestNewChecks(t *testing.T) {
	s := newSite(t, nil)
	viewer := func(*http.Request) (string, bool) { return "kim", true }
	for name, cfg := range map[string]activityweb.Config{
		"no viewer": {Path: path}, "no path": {Viewer: viewer}, "a slash": {Viewer: viewer, Path: "/x/"}, "a pattern": {Viewer: viewer, Path: "/{x}"},
		"relative": {Viewer: viewer, Path: "x"},
	} {
		if _, err := activityweb.New(s.log, cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := activityweb.New(nil, activityweb.Config{Path: path, Viewer: viewer}); err == nil {
		t.Error("no log: accepted")
	}
}

// A form larger than any of this page's, and a damaged one, change nothing.
func TestFormsAreBounded(t *testing.T) {
	s := newSite(t, nil)
	e := s.record("kim", activity.SignInSucceeded, time.Hour, nil)
	for name, target := range map[string]string{"disown": path + "/disown", "export": path + "/export"} {
		form := url.Values{"event": {e.ID}, "x": {strings.Repeat("x", 100<<10)}}
		if w := s.do("POST", target, "kim", form, "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "too large or damaged") {
			t.Errorf("%s with 100 KiB: status %d", name, w.Code)
		}
	}
	if w := s.do("POST", path+"/disown?event="+e.ID, "kim", url.Values{}); w.Code != http.StatusNotFound {
		t.Errorf("an event named by the address: status %d", w.Code)
	}
	if len(s.disowned) != 0 {
		t.Errorf("disowned %v", s.disowned)
	}
}

func TestAnUnknownZoneIsUTC(t *testing.T) {
	s := newSite(t, func(cfg *activityweb.Config) { cfg.Zone = func(*http.Request) *time.Location { return nil } })
	s.record("kim", activity.SignInSucceeded, time.Hour, nil)
	s.has(s.get(path), "24 Nov 2026, 04:30")
	s.do("POST", path+"/export", "kim", url.Values{"format": {"csv"}, "from": {"2026-11-24"}})
}

// A search for something rare that is cut off goes on the way that it went.
func TestASearchGoesOn(t *testing.T) {
	s := newSite(t, nil)
	phone := func(e *activity.Event) { e.Client.IP = netip.MustParseAddr("198.51.100.77") }
	s.record("kim", activity.SignInSucceeded, 40*24*time.Hour, phone)
	s.record("kim", activity.SignInSucceeded, 41*24*time.Hour, phone)
	batch := make([]activity.Event, 6000)
	for n := range batch {
		batch[n] = activity.Event{Account: "kim", Type: activity.SignedOut, Outcome: activity.OutcomeSuccess, At: now.Add(-time.Duration(n+1) * time.Minute)}
	}
	if err := s.log.RecordBatch(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	follow := func(page, id string) string {
		t.Helper()
		m := regexp.MustCompile(`id="` + id + `" href="([^"]*)">([^<]*)<`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no link %q", id)
		}
		s.has(m[2], "Search on")
		return s.get(strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	page := s.get(path + "?ip=198.51.100.77")
	s.has(page, "Nothing found back to")
	page = follow(page, "older")
	s.has(page, "198.51.100.77", "Signed in", `id="newer"`, ">Newer<")
	newer := regexp.MustCompile(`id="newer" href="([^"]*)"`).FindStringSubmatch(page)
	page = s.get(strings.ReplaceAll(newer[1], "&amp;", "&"))
	s.has(page, "Searched ahead to")
	if strings.Contains(page, "Searched back") || strings.Contains(page, "Nothing found back") {
		t.Error("a search ahead says that it went back")
	}
	follow(page, "newer")
}

// The chart counts what the list shows: a shop's own categories, and types that
// are not known any more; and each piece says what it is.
func TestChartLeavesNothingOut(t *testing.T) {
	store := activity.NewMemoryStore()
	open := func(types []activity.TypeInfo, categories []activity.CategoryInfo) *site {
		s := newSite(t, nil)
		var err error
		s.log, err = activity.New(store, activity.Config{CursorKey: bytes.Repeat([]byte{1}, 32), Now: func() time.Time { return now }, Types: types, Categories: categories})
		if err != nil {
			t.Fatal(err)
		}
		s.handler, err = activityweb.New(s.log, activityweb.Config{Path: path, Now: func() time.Time { return now },
			Viewer: func(*http.Request) (string, bool) { return "kim", true }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	gifts := []activity.CategoryInfo{{Category: "gift", Labels: map[string]string{"en": "Gifts"}}}
	s := open([]activity.TypeInfo{{Type: "gift.sent", Category: "gift", Labels: map[string]string{"en": "Gift sent"}}}, gifts)
	s.record("kim", "gift.sent", time.Hour, nil)
	s.record("kim", "gift.sent", 2*time.Hour, nil)
	s.has(s.get(path), "<title>24 November 2026, Gifts: 2</title>", "Gifts <b>2</b>")
	s.has(open(nil, nil).get(path), "<title>24 November 2026, Other: 2</title>", "Other <b>2</b>", "2 events, 0 of them failed")
}

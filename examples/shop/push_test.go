package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"example.com/accountsec/alerts/webpush"
)

// asBrowser asks as the page's script or the service worker does.
func (s *surfer) asBrowser(shop *testShop, name, body string) answer {
	s.t.Helper()
	req := s.request(http.MethodPost, "/push/"+name, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", shop.cfg.Origin)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.do(req)
}

// A customer has this browser show alerts, and the log shows it. Nothing is
// delivered here: push services are far away.
func TestPush(t *testing.T) {
	const endpoint = "https://fcm.googleapis.com/wp/unguessable"
	// The keys are those of RFC 8291's example.
	const subscription = `{"subscription":{"endpoint":"` + endpoint + `","keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}}}`
	shop := openShop(t, t.TempDir(), "en")
	s := settled(t, shop, 1)
	if a := s.asBrowser(shop, "list", "{}"); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed out: %d %s", a.StatusCode, a.body)
	}
	s.signIn(testPassword)
	page := s.get("/security/alerts").body
	for _, part := range []string{`data-accountsec-push="/push/"`, `<script src="/push/push.js" defer>`, "password_changed|webpush"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if a := s.asBrowser(shop, "subscribe", subscription); a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	var list struct {
		Key     string
		Devices []struct {
			ID   string
			This bool
		}
	}
	got := s.asBrowser(shop, "list", `{"endpoint":"`+endpoint+`"}`)
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || len(list.Devices) != 1 || !list.Devices[0].This || list.Devices[0].ID != webpush.ID(endpoint) || list.Key != shop.push.PublicKey() {
		t.Errorf("%v: %s", err, got.body)
	}
	if log := s.get("/security/activity").body; !strings.Contains(log, "alerts.settings_changed") {
		t.Error("the log does not show it")
	}
	worker := s.get("/push/worker.js")
	if h := worker.Header; worker.StatusCode != 200 || h.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") || !strings.Contains(h.Get("Content-Security-Policy"), "connect-src 'self'") {
		t.Errorf("the worker: %v", h)
	}
	// A stolen session adds no browser and takes none away; the worker, which
	// knows the old endpoint, may say that there is a new one.
	shop.clock.Add(11 * minute)
	elsewhere := strings.Replace(subscription, "unguessable", "elsewhere", 1)
	for _, old := range []string{"", `,"old":"https://fcm.googleapis.com/wp/guessed"`} {
		if a := s.asBrowser(shop, "subscribe", elsewhere[:len(elsewhere)-1]+old+"}"); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, `"proof"`) {
			t.Errorf("added without a fresh proof: %d %s", a.StatusCode, a.body)
		}
	}
	if a := s.asBrowser(shop, "remove", `{"id":"`+webpush.ID(endpoint)+`"}`); a.StatusCode != http.StatusForbidden {
		t.Errorf("removed without a fresh proof: %d %s", a.StatusCode, a.body)
	}
	if a := s.asBrowser(shop, "subscribe", elsewhere[:len(elsewhere)-1]+`,"old":"`+endpoint+`"}`); a.StatusCode != http.StatusOK {
		t.Errorf("a new endpoint of the same browser: %d %s", a.StatusCode, a.body)
	}
	s.leads(s.get("/security/alerts"), "/security/confirm")
	s.leads(s.post("/security/confirm", "password", testPassword), "/security/alerts")
	if a := s.asBrowser(shop, "remove", `{"id":"`+webpush.ID("https://fcm.googleapis.com/wp/elsewhere")+`"}`); a.StatusCode != http.StatusOK {
		t.Errorf("removed with a fresh proof: %d %s", a.StatusCode, a.body)
	}
	s.leads(s.post("/signout"), "/")
	if a := s.asBrowser(shop, "remove", `{"id":"`+webpush.ID(endpoint)+`"}`); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("signed out: %d %s", a.StatusCode, a.body)
	}
}

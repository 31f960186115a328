package webpushweb_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"testing"
)

// The service worker in an empty world (testdata/worker.js): what it shows,
// opens and tells for messages of every kind.
func TestWorker(t *testing.T) {
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not installed, and in CI this test may not be skipped")
		}
		t.Skip("SKIPPED, NOT PASSED: needs node (apt-get install nodejs)")
	}
	cmd := exec.CommandContext(t.Context(), path, "testdata/worker.js")
	cmd.Stderr = os.Stderr
	data, err := cmd.Output()
	fine(t, err)
	type acts = []any
	var got struct {
		Full, Foreign, Focused, Changed, Expired, Lost acts
		Broken, Clicks                                 []acts
	}
	fine(t, json.Unmarshal(data, &got))
	same := func(name string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", name, got, want)
		}
	}
	type object = map[string]any
	const home = "https://shop.example/"
	same("full", got.Full, acts{acts{"show", "T", object{
		"body": "B", "lang": "ko", "tag": "d1", "icon": home + "i.png", "timestamp": 5.0, "requireInteraction": true, "data": object{"url": home + "security"},
	}}})
	foreign := got.Foreign[0].(acts)[2].(object)
	if foreign["icon"] != nil || !reflect.DeepEqual(foreign["data"], object{"url": home}) || foreign["requireInteraction"] != false {
		t.Errorf("another site's: %v", foreign)
	}
	for i, b := range got.Broken { // something is shown, or the browser says something of its own
		if len(b) != 1 || b[0].(acts)[0] != "show" || b[0].(acts)[1] != "shop.example" {
			t.Errorf("broken %d: %v", i, b)
		}
	}
	for i, c := range got.Clicks {
		want := home
		if i == 0 {
			want = home + "a"
		}
		same("a press", c, acts{acts{"close"}, acts{"open", want}})
	}
	same("a page that is open", got.Focused, acts{acts{"close"}, acts{"focus"}})
	told := func(endpoint, old string) acts {
		return acts{"fetch", home + "push/subscribe", "POST", object{"subscription": object{"endpoint": endpoint}, "old": old}, "application/json", "same-origin"}
	}
	same("changed", got.Changed, acts{told("https://new", "https://old")})
	same("expired", got.Expired, acts{acts{"subscribe", object{"userVisibleOnly": true, "applicationServerKey": "key"}}, told("https://again", "https://old")})
	same("lost", got.Lost, acts{})
}

package alerts_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// FuzzReasons: whatever an event's detail holds, its reasons are few, each has a
// sentence of one line in both languages, and nothing panics.
func FuzzReasons(f *testing.F) {
	for _, s := range [][3]string{
		{"new_device,new_country,failed_burst", "", "8"}, {"new_device", `[{"value":"a\nb","weight":"NaN"}]`, ""}, {",,,", "null", "-1"},
		{"guessing", `[{"seen":"99999999999999999999"}]`, ""}, {"impossible_travel", `[{"km":"-5","minutes":"1e9"}]`, ""}, {"x\x00,\xff", `[null]`, "x"},
		{strings.Repeat("new_device,", 500), "[", ""}, {"rule_overseas", `[{"value":"<script>"}]`, ""},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, reasons, evidence, failures string) {
		e := activity.Event{
			Detail:   map[string]string{"reasons": reasons, "evidence": evidence, "failures": failures},
			Location: activity.Location{Country: reasons[:min(2, len(reasons))], ASOrg: evidence}, Device: activity.Device{Name: failures},
		}
		got := alerts.Reasons(e)
		if len(got) > 16 {
			t.Fatalf("%d reasons", len(got))
		}
		for _, r := range got {
			for _, lang := range []string{"en", "ko"} {
				if text := r.Text(lang); text == "" || len(text) > 2000 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00") {
					t.Fatalf("%q: %q", r, text)
				}
			}
		}
	})
}

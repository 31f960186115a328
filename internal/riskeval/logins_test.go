package riskeval_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/riskeval"
)

func file(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/logins.csv")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestLogins(t *testing.T) {
	var list []riskeval.Login
	for l, err := range riskeval.Logins(strings.NewReader(file(t))) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	if len(list) != 7 || list[0].User != "1001" || list[6].User != "1002" {
		t.Fatalf("%d rows: attempts on accounts that do not exist are to be left out, and nothing else", len(list))
	}
	a := list[1].Attempt
	if !a.At.Equal(time.Date(2020, 2, 10, 8, 1, 2, 1e8, time.UTC)) || a.RTT != 498500*time.Microsecond || a.Client.IP.String() != "11.0.65.171" ||
		a.Location != (activity.Location{Country: "NO", City: "Oslo", ASN: 29695}) || !strings.Contains(a.Client.UserAgent, "Chrome/79.0") ||
		a.Device != (activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop"}) {
		t.Errorf("%+v", a)
	}
	for i, want := range []struct{ ok, attack, takeover bool }{{true, false, false}, {true, false, false}, {false, false, false}, {false, true, false}, {true, false, true}, {true, false, false}, {true, false, false}} {
		if l := list[i]; l.Successful != want.ok || l.AttackIP != want.attack || l.Takeover != want.takeover {
			t.Errorf("row %d: %+v", i, l)
		}
	}
}

func TestLoginsInAnyOrderOfColumns(t *testing.T) {
	const text = "Is Account Takeover,Is Attack IP,Login Successful,Device Type,OS Name and Version,Browser Name and Version,User Agent String,ASN,City,Country,IP Address,Round-Trip Time [ms],User ID,Login Timestamp,More\n" +
		"False,False,True,mobile,Android 10,Chrome Mobile 80.0,x,2119,Oslo,NO,192.0.2.1,7,42,2020-02-03 12:00:00.000,x\n"
	for l, err := range riskeval.Logins(strings.NewReader(text)) {
		if err != nil || l.User != "42" || l.Attempt.Device.Browser != "Chrome Mobile" || l.Attempt.RTT != 7*time.Millisecond || !l.Successful {
			t.Errorf("%+v, %v", l, err)
		}
	}
}

func TestLoginsRefuses(t *testing.T) {
	good := file(t)
	for name, text := range map[string]string{
		"nothing":         "",
		"no column":       strings.Replace(good, "User ID", "Account", 1),
		"no time":         strings.Replace(good, "2020-02-10 08:01:02.1", "yesterday", 1),
		"no address":      strings.Replace(good, "192.0.2.50", "192.0.2", 1),
		"no AS":           strings.Replace(good, ",2119,", ",-1,", 1),
		"no truth":        strings.Replace(good, "True,False,True", "True,False,Maybe", 1),
		"no time at all":  strings.Replace(good, "498.5", "NaN", 1),
		"negative time":   strings.Replace(good, "498.5", "-1", 1),
		"a column less":   strings.Replace(good, "1002,,", "1002,", 1),
		"binary":          "\x00\xff\n\x00",
		"only the header": good[:strings.Index(good, "\n")],
	} {
		failed := false
		for _, err := range riskeval.Logins(strings.NewReader(text)) {
			if failed {
				t.Errorf("%s: goes on after an error", name)
			}
			failed = err != nil
		}
		if failed != (name != "only the header") {
			t.Errorf("%s: error %v", name, failed)
		}
	}
}

func TestRunLogins(t *testing.T) {
	res, err := riskeval.RunLogins(strings.NewReader(file(t)), 1, risk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := res.Report(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Login data set, one account in 1", "2 sign-ins of owners", "1 takeover", "1 listed address", "none to measure"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for k := range 2 { // both thieves stand above both of the owner's sign-ins
		if area := riskeval.Area(res.ROC(riskeval.Model, k, 1)); area != 1 {
			t.Errorf("%s: area %v", res.Kinds[k], area)
		}
	}
	if _, err := riskeval.RunLogins(strings.NewReader(file(t)), 0, risk.Config{}); err == nil {
		t.Error("one account in none")
	}
	if _, err := riskeval.RunLogins(strings.NewReader("x"), 1, risk.Config{}); err == nil {
		t.Error("a file of something else")
	}
}

func FuzzLogins(f *testing.F) {
	f.Add(file(f))
	f.Add(strings.Replace(file(f), "\"", "", 3))
	f.Fuzz(func(t *testing.T, text string) {
		rows := 0
		for l, err := range riskeval.Logins(strings.NewReader(text)) {
			if err != nil {
				break
			}
			if rows++; l.User == "-4324475583306591935" || l.Attempt.RTT < 0 || !l.Attempt.Client.IP.IsValid() {
				t.Fatalf("%+v", l)
			}
		}
		if rows > strings.Count(text, "\n")+strings.Count(text, "\r") {
			t.Fatalf("%d rows", rows)
		}
	})
}

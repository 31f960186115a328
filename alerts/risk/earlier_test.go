package risk_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

// What a profile of before this package knew is carried over.
func TestEarlier(t *testing.T) {
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	e := risk.Earlier{SignIns: 9, Last: at, Countries: []string{"KR", "JP"}}
	for i := range 40 {
		e.Devices = append(e.Devices, risk.EarlierDevice{Sum: sha256.Sum256([]byte{'a' + byte(i)}), At: at})
	}
	p := risk.DecodeProfile(e.Profile().Encode())
	if p.SignIns() != 9 || !p.LastSeen().Equal(at) || !p.KnowsDevice("a") || p.KnowsDevice("A") || p.KnowsDevice(string(rune('a'+35))) || len(p.Countries()) != 2 {
		t.Errorf("carried over: %d sign-ins until %v, %v", p.SignIns(), p.LastSeen(), p.Countries())
	}
	for name, e := range map[string]risk.Earlier{"nothing": {}, "no time": {SignIns: 3}, "before 1970": {SignIns: 3, Last: time.Unix(-5, 0)}} {
		if p := e.Profile(); p.SignIns() != 0 {
			t.Errorf("%s: %d sign-ins", name, p.SignIns())
		}
	}
}

// A device whose cookie was replaced is known by both.
func TestReaddress(t *testing.T) {
	model := newModel(t, risk.Config{})
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	p := &risk.Profile{}
	model.Learn(p, risk.Attempt{At: at, Client: activity.Client{DeviceID: "old"}}, at)
	p.Readdress("never", "new")
	p.Readdress("old", "")
	if p.KnowsDevice("new") || p.KnowsDevice("never") {
		t.Error("known out of nothing")
	}
	p.Readdress("old", "new")
	p.Readdress("old", "new")
	if !p.KnowsDevice("new") || !p.KnowsDevice("old") {
		t.Errorf("known: new %v, old %v", p.KnowsDevice("new"), p.KnowsDevice("old"))
	}
}

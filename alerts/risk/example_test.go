package risk_test

import (
	"fmt"
	"net/netip"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

// The owner signs in from home for some weeks; then somebody with the password
// does, from elsewhere.
func Example() {
	model, err := risk.New(risk.Config{})
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	owner := risk.Attempt{
		Client:   activity.Client{IP: netip.MustParseAddr("203.0.113.7"), DeviceID: "hash of the cookie"},
		Location: activity.Location{Country: "KR", ASN: 4766, ASOrg: "KT", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20},
		Device:   activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows"},
	}
	profile, everybody := risk.DecodeProfile(nil), &risk.Population{}
	for week := range 8 {
		owner.At = now.AddDate(0, 0, 7*(week-8))
		model.Learn(profile, owner, owner.At) // after full authentication
		everybody.Learn(owner)
	}
	profile = risk.DecodeProfile(profile.Encode()) // as a store would keep it

	owner.At = now
	fmt.Println(model.Score(profile, everybody, owner).Level)
	thief := risk.Attempt{
		At:       now.Add(time.Hour),
		Client:   activity.Client{IP: netip.MustParseAddr("198.51.100.9")},
		Location: activity.Location{Country: "US", ASN: 7922, ASOrg: "Comcast"},
		Device:   activity.Device{Browser: "Firefox", OS: "Linux", Class: "desktop", Name: "Firefox on Linux"},
	}
	a := model.Score(profile, everybody, thief)
	fmt.Println(a.Level)
	for _, r := range a.Reasons {
		fmt.Println("-", r.Text("en"))
	}
	// Output:
	// low
	// severe
	// - There was no earlier sign-in from this country: United States.
	// - The device (Firefox on Linux) had not been used to sign in to this account before.
}

package activity_test

import (
	"strings"
	"testing"

	"example.com/accountsec/activity"
)

func TestPlaceLabel(t *testing.T) {
	for _, c := range []struct {
		loc    activity.Location
		en, ko string
	}{
		{activity.Location{}, "", ""},
		{activity.Location{City: "Seoul"}, "", ""}, // a city without a country is no place
		{activity.Location{Country: "KR"}, "South Korea", "대한민국"},
		{activity.Location{Country: "KR", City: "Seoul"}, "near Seoul, South Korea", "대한민국 Seoul 부근"},
		{activity.Location{Country: "US", City: "Wichita", RadiusKM: 499}, "near Wichita, United States", "미국 Wichita 부근"},
		{activity.Location{Country: "US", City: "Wichita", RadiusKM: 500}, "United States", "미국"},
		{activity.Location{Country: "ZZ"}, "ZZ", "ZZ"},
		{activity.Location{Country: "kr"}, "", ""},
		{activity.Location{Country: "DE", City: "{country}\r\n\u202eX"}, "near {country}  X, Germany", "독일 {country}  X 부근"},
	} {
		if en, ko := activity.PlaceLabel("en-GB", c.loc), activity.PlaceLabel("ko-KR,ko;q=0.9", c.loc); en != c.en || ko != c.ko {
			t.Errorf("%+v: %q, %q", c.loc, en, ko)
		}
	}
	if got := activity.CountryName("en", strings.Repeat("K", 1<<20)); len(got) > 64 {
		t.Errorf("%d bytes", len(got))
	}
}

package geoip_test

import (
	"net/netip"
	"testing"

	"github.com/oschwald/maxminddb-golang/v2"

	"example.com/accountsec/activity/geoip"
)

// BenchmarkBare is what [geoip.Reader.Locate] is measured against: the same
// fields, decoded straight from the two databases.
func BenchmarkBare(b *testing.B) {
	city, asn := build(b)
	cities, err := maxminddb.OpenBytes(city)
	if err != nil {
		b.Fatal(err)
	}
	operators, err := maxminddb.OpenBytes(asn)
	if err != nil {
		b.Fatal(err)
	}
	ip := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		var place struct {
			Country struct {
				Code string `maxminddb:"iso_code"`
			} `maxminddb:"country"`
			City struct {
				Names struct {
					English string `maxminddb:"en"`
				} `maxminddb:"names"`
			} `maxminddb:"city"`
			Location struct {
				Latitude  *float64 `maxminddb:"latitude"`
				Longitude *float64 `maxminddb:"longitude"`
				Radius    uint16   `maxminddb:"accuracy_radius"`
				TimeZone  string   `maxminddb:"time_zone"`
			} `maxminddb:"location"`
		}
		var operator struct {
			Number uint   `maxminddb:"autonomous_system_number"`
			Org    string `maxminddb:"autonomous_system_organization"`
		}
		if err := cities.Lookup(ip).Decode(&place); err != nil {
			b.Fatal(err)
		}
		if err := operators.Lookup(ip).Decode(&operator); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLocateInMemory(b *testing.B) {
	city, asn := build(b)
	r, err := geoip.OpenBytes(geoip.Files{City: city, ASN: asn})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close() //nolint:errcheck
	ip := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Locate(ip); err != nil {
			b.Fatal(err)
		}
	}
}

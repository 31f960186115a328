package geoip_test

import (
	"fmt"
	"net/netip"

	"example.com/accountsec/activity/geoip"
	"example.com/accountsec/internal/geofixture"
)

// A program may embed its databases; most open files with [geoip.Open].
func ExampleOpenBytes() {
	city, err := geofixture.City()
	if err != nil {
		panic(err)
	}
	places, err := geoip.OpenBytes(geoip.Files{City: city})
	if err != nil {
		panic(err)
	}
	defer places.Close() //nolint:errcheck

	for _, ip := range []string{"203.0.113.7", "198.51.100.230", "192.168.0.1"} {
		loc, err := places.Locate(netip.MustParseAddr(ip))
		fmt.Printf("%s: country %q, city %q, within %d km, %v\n", ip, loc.Country, loc.City, loc.RadiusKM, err)
	}
	// Output:
	// 203.0.113.7: country "DE", city "Berlin", within 20 km, <nil>
	// 198.51.100.230: country "US", city "", within 1000 km, <nil>
	// 192.168.0.1: country "", city "", within 0 km, <nil>
}

// Package geofixture builds small GeoLite2-shaped databases in memory, for the
// tests and as the demo database of the example shop. No third party's data is
// in them: the documentation ranges (RFC 5737, RFC 3849) are given places at
// will, and the few public ranges are well-known services with the countries
// and operators that those publish themselves. Every database says in its
// description that it is demo data.
package geofixture

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// Description marks the databases, in their metadata.
const Description = "Invented demo data of accountsec; not for production"

// buildEpoch keeps the files the same from build to build: 2026-11-01.
const buildEpoch = 1793491200

// place is a row of the city database.
type place struct {
	network          string
	country, city    string // ISO code and English name; city "" is unknown
	cityKO           string
	lat, lon         float64
	radius           uint16
	zone             string
	asn              uint32
	org              string
	withoutPositions bool
}

var countries = map[string][2]string{
	"KR": {"South Korea", "대한민국"}, "US": {"United States", "미국"}, "DE": {"Germany", "독일"},
	"JP": {"Japan", "일본"}, "FR": {"France", "프랑스"}, "AU": {"Australia", "호주"}, "GB": {"United Kingdom", "영국"},
}

// places lists the ranges. Later rows replace what they overlap.
var places = []place{
	{network: "192.0.2.0/24", country: "KR", city: "Seoul", cityKO: "서울", lat: 37.5665, lon: 126.978, radius: 20, zone: "Asia/Seoul", asn: 64496, org: "Demo Telecom Korea"},
	{network: "192.0.2.128/25", country: "KR", city: "Busan", cityKO: "부산", lat: 35.1796, lon: 129.0756, radius: 20, zone: "Asia/Seoul", asn: 64497, org: "Demo Mobile Korea"},
	{network: "198.51.100.0/24", country: "US", city: "New York", cityKO: "뉴욕", lat: 40.7128, lon: -74.006, radius: 20, zone: "America/New_York", asn: 64498, org: "Demo Cable America"},
	{network: "198.51.100.224/27", country: "US", lat: 37.751, lon: -97.822, radius: 1000, zone: "America/Chicago", asn: 64499, org: "Demo Backbone America"},
	{network: "203.0.113.0/24", country: "DE", city: "Berlin", cityKO: "베를린", lat: 52.52, lon: 13.405, radius: 20, zone: "Europe/Berlin", asn: 64500, org: "Demo Netz Deutschland"},
	{network: "203.0.113.192/26", country: "GB", city: "London", cityKO: "런던", lat: 51.5074, lon: -0.1278, radius: 200, zone: "Europe/London", asn: 64501, org: "Demo Hosting"},
	{network: "203.0.113.128/28", country: "FR", withoutPositions: true, asn: 64502, org: "Demo Réseau"},
	{network: "203.0.113.144/28", country: "FR", city: "Null Island", zone: "Europe/Paris", radius: 20, asn: 64502, org: "Demo Réseau"}, // 0°N 0°E, as faulty databases have it
	{network: "2001:db8::/34", country: "KR", city: "Seoul", cityKO: "서울", lat: 37.5665, lon: 126.978, radius: 20, zone: "Asia/Seoul", asn: 64496, org: "Demo Telecom Korea"},
	{network: "2001:db8:4000::/34", country: "JP", city: "Tokyo", cityKO: "도쿄", lat: 35.6762, lon: 139.6503, radius: 20, zone: "Asia/Tokyo", asn: 64503, org: "Demo Net Japan"},
	{network: "2001:db8:8000::/33", country: "FR", city: "Paris", cityKO: "파리", lat: 48.8566, lon: 2.3522, radius: 20, zone: "Europe/Paris", asn: 64502, org: "Demo Réseau"},
	{network: "1.1.1.0/24", country: "AU", lat: -33.494, lon: 143.2104, radius: 1000, zone: "Australia/Sydney", asn: 13335, org: "CLOUDFLARENET"},
	{network: "8.8.8.0/24", country: "US", lat: 37.751, lon: -97.822, radius: 1000, zone: "America/Chicago", asn: 15169, org: "GOOGLE"},
	{network: "9.9.9.0/24", country: "US", lat: 37.751, lon: -97.822, radius: 1000, zone: "America/Chicago", asn: 19281, org: "QUAD9-AS-1"},
	{network: "2606:4700:4700::/48", country: "US", lat: 37.751, lon: -97.822, radius: 1000, zone: "America/Chicago", asn: 13335, org: "CLOUDFLARENET"},
}

// City builds a GeoLite2-City database.
func City() ([]byte, error) {
	return build("GeoLite2-City", func(p place) mmdbtype.DataType { return cityRecord(p) })
}

// ASN builds a GeoLite2-ASN database.
func ASN() ([]byte, error) {
	return build("GeoLite2-ASN", func(p place) mmdbtype.DataType { return asnRecord(p) })
}

func cityRecord(p place) mmdbtype.Map {
	names := countries[p.country]
	m := mmdbtype.Map{"country": mmdbtype.Map{
		"iso_code": mmdbtype.String(p.country),
		"names":    mmdbtype.Map{"en": mmdbtype.String(names[0]), "ko": mmdbtype.String(names[1])},
	}}
	if p.city != "" {
		m["city"] = mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(p.city), "ko": mmdbtype.String(p.cityKO)}}
	}
	if !p.withoutPositions {
		m["location"] = mmdbtype.Map{
			"latitude": mmdbtype.Float64(p.lat), "longitude": mmdbtype.Float64(p.lon),
			"accuracy_radius": mmdbtype.Uint16(p.radius), "time_zone": mmdbtype.String(p.zone),
		}
	}
	return m
}

// FlatCity and FlatASN build databases in the flat layout of ip-location-db,
// of one family (4 or 6) or of both (0).
func FlatCity(family int) ([]byte, error) {
	return buildFamily("city ip"+suffix(family), family, func(p place) mmdbtype.DataType {
		m := mmdbtype.Map{"country_code": mmdbtype.String(p.country), "city": mmdbtype.String(p.city), "timezone": mmdbtype.String(p.zone)}
		if !p.withoutPositions {
			m["latitude"], m["longitude"] = mmdbtype.Float32(p.lat), mmdbtype.Float32(p.lon)
		}
		return m
	})
}

// FlatASN: see [FlatCity].
func FlatASN(family int) ([]byte, error) {
	return buildFamily("asn ip"+suffix(family), family, func(p place) mmdbtype.DataType { return asnRecord(p) })
}

func suffix(family int) string {
	return map[int]string{0: "vAll", 4: "v4", 6: "v6"}[family]
}

// Of builds a database of a type in MaxMind's City layout ("GeoIP2-Country",
// "GeoIP2-Enterprise"), and, if its name says ISP or Anonymous-IP, in theirs.
func Of(kind string) ([]byte, error) {
	return build(kind, func(p place) mmdbtype.DataType {
		switch {
		case strings.Contains(kind, "ISP"):
			return asnRecord(p)
		case strings.Contains(kind, "Anonymous"):
			return mmdbtype.Map{"is_anonymous": mmdbtype.Bool(p.asn == 64501), "is_anonymous_vpn": mmdbtype.Bool(p.asn == 64501),
				"is_hosting_provider": mmdbtype.Bool(p.asn == 64501)}
		}
		return cityRecord(p)
	})
}

func asnRecord(p place) mmdbtype.Map {
	return mmdbtype.Map{
		"autonomous_system_number":       mmdbtype.Uint32(p.asn),
		"autonomous_system_organization": mmdbtype.String(p.org),
	}
}

func build(kind string, record func(place) mmdbtype.DataType) ([]byte, error) {
	return buildFamily(kind, 0, record)
}

func buildFamily(kind string, family int, record func(place) mmdbtype.DataType) ([]byte, error) {
	version := 6
	if family == 4 {
		version = 4
	}
	w, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: kind, BuildEpoch: buildEpoch, RecordSize: 24, IPVersion: version,
		Description: map[string]string{"en": Description}, Languages: []string{"en", "ko"},
		IncludeReservedNetworks: true, // the documentation ranges are reserved
	})
	if err != nil {
		return nil, fmt.Errorf("geofixture: %w", err)
	}
	for _, p := range places {
		prefix, err := netip.ParsePrefix(p.network)
		if err != nil {
			return nil, fmt.Errorf("geofixture: %w", err)
		}
		if family == 4 && prefix.Addr().Is6() || family == 6 && prefix.Addr().Is4() {
			continue
		}
		if err := w.Insert(ipNet(prefix), record(p)); err != nil {
			return nil, fmt.Errorf("geofixture: %s: %w", p.network, err)
		}
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("geofixture: %w", err)
	}
	return out.Bytes(), nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

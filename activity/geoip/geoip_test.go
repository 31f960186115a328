package geoip_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/geoip"
	"example.com/accountsec/internal/geofixture"
)

func build(t testing.TB) (city, asn []byte) {
	t.Helper()
	city, err := geofixture.City()
	if err != nil {
		t.Fatal(err)
	}
	if asn, err = geofixture.ASN(); err != nil {
		t.Fatal(err)
	}
	return city, asn
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFiles(t testing.TB) *geoip.Reader {
	t.Helper()
	city, asn := build(t)
	r, err := geoip.Open(geoip.Config{City: write(t, "city.mmdb", city), ASN: write(t, "asn.mmdb", asn)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() }) //nolint:errcheck
	return r
}

func TestLocate(t *testing.T) {
	r := openFiles(t)
	seoul := activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, ASN: 64496, ASOrg: "Demo Telecom Korea", TimeZone: "Asia/Seoul"}
	for ip, want := range map[string]activity.Location{
		"192.0.2.1":             seoul,
		"::ffff:192.0.2.1":      seoul,
		"2001:db8::1":           seoul,
		"2001:db8::1%eth0":      seoul,
		"198.51.100.1":          {Country: "US", City: "New York", Latitude: 40.71, Longitude: -74.01, RadiusKM: 20, ASN: 64498, ASOrg: "Demo Cable America", TimeZone: "America/New_York"},
		"203.0.113.1":           {Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.41, RadiusKM: 20, ASN: 64500, ASOrg: "Demo Netz Deutschland", TimeZone: "Europe/Berlin"},
		"2001:db8:4000::1":      {Country: "JP", City: "Tokyo", Latitude: 35.68, Longitude: 139.65, RadiusKM: 20, ASN: 64503, ASOrg: "Demo Net Japan", TimeZone: "Asia/Tokyo"},
		"203.0.113.200":         {Country: "GB", Latitude: 51.51, Longitude: -0.13, RadiusKM: 200, ASN: 64501, ASOrg: "Demo Hosting", TimeZone: "Europe/London"}, // 200 km: no city
		"203.0.113.130":         {Country: "FR", ASN: 64502, ASOrg: "Demo Réseau"},                                                                               // no position: not 0,0
		"203.0.113.150":         {Country: "FR", ASN: 64502, ASOrg: "Demo Réseau", TimeZone: "Europe/Paris"},                                                     // 0,0 is no place
		"8.8.8.8":               {Country: "US", Latitude: 37.75, Longitude: -97.82, RadiusKM: 1000, ASN: 15169, ASOrg: "GOOGLE", TimeZone: "America/Chicago"},
		"1.2.3.4":               {}, // not listed
		"127.0.0.1":             {},
		"10.1.2.3":              {},
		"172.16.0.1":            {},
		"192.168.1.1":           {},
		"100.64.0.1":            {},
		"169.254.1.1":           {},
		"224.0.0.1":             {},
		"255.255.255.255":       {},
		"0.0.0.0":               {},
		"::":                    {},
		"::1":                   {},
		"fd00::1":               {},
		"fe80::1%eth0":          {},
		"::ffff:127.0.0.1":      {},
		"2a00:1450:4001:81b::1": {},
	} {
		if want.Country != "" {
			want.DataDate = "2026-11-01"
		}
		got, err := r.Locate(netip.MustParseAddr(ip))
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v\nwant %+v", ip, got, err, want)
		}
	}
	if got, err := r.Locate(netip.Addr{}); err != nil || got != (activity.Location{}) {
		t.Errorf("the zero address: %+v, %v", got, err)
	}
	if a, err := r.Anonymous(netip.MustParseAddr("8.8.8.8")); err != nil || a != (geoip.Anonymity{}) {
		t.Errorf("without its database Anonymous says %+v, %v", a, err)
	}
}

func TestOneDatabaseIsEnough(t *testing.T) {
	city, asn := build(t)
	for _, c := range []struct {
		files   geoip.Files
		country string
		asn     uint
	}{{geoip.Files{City: city}, "KR", 0}, {geoip.Files{ASN: asn}, "", 64496}, {geoip.Files{City: city, ASN: asn}, "KR", 64496}} {
		r, err := geoip.OpenBytes(c.files)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := r.Locate(netip.MustParseAddr("192.0.2.1"))
		if err != nil || loc.Country != c.country || loc.ASN != c.asn {
			t.Errorf("%+v, %v", loc, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBadFilesAreClearErrors(t *testing.T) {
	city, asn := build(t)
	cityPath := write(t, "city.mmdb", city)
	for name, c := range map[string]struct {
		cfg  geoip.Config
		is   error
		says string
	}{
		"nothing":      {geoip.Config{}, geoip.ErrNoDatabase, ""},
		"absent":       {geoip.Config{City: filepath.Join(t.TempDir(), "absent.mmdb")}, os.ErrNotExist, "City"},
		"second bad":   {geoip.Config{City: cityPath, ASN: filepath.Join(t.TempDir(), "absent.mmdb")}, os.ErrNotExist, "ASN"},
		"empty":        {geoip.Config{City: write(t, "e", nil)}, nil, "City"},
		"not one":      {geoip.Config{City: write(t, "x", []byte(strings.Repeat("not a database ", 1000)))}, nil, "City"},
		"cut off":      {geoip.Config{City: write(t, "c", city[:len(city)/2])}, nil, "City"},
		"wrong type":   {geoip.Config{City: write(t, "a", asn)}, geoip.ErrWrongType, "GeoLite2-ASN"},
		"wrong type 2": {geoip.Config{ASN: cityPath}, geoip.ErrWrongType, "GeoLite2-City"},
		"a folder":     {geoip.Config{AnonymousIP: t.TempDir()}, nil, "AnonymousIP"},
	} {
		r, err := geoip.Open(c.cfg)
		if err == nil || r != nil || (c.is != nil && !errors.Is(err, c.is)) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
}

// Damage inside the data is an error at the lookup, without the address and
// without a panic; never a wrong type of value.
func TestDamagedDataIsAnError(t *testing.T) {
	city, _ := build(t)
	failed := 0
	for i := 0; i < len(city); i += 3 {
		damaged := append([]byte(nil), city...)
		damaged[i] ^= 0xff
		r, err := geoip.OpenBytes(geoip.Files{City: damaged})
		if err != nil {
			continue
		}
		for _, ip := range []string{"192.0.2.1", "203.0.113.130", "2001:db8::1"} {
			if _, err := r.Locate(netip.MustParseAddr(ip)); err != nil {
				failed++
				if strings.Contains(err.Error(), ip) {
					t.Fatalf("the error names the address: %v", err)
				}
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}

func TestCloseDuringLookups(t *testing.T) {
	r := openFiles(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				loc, err := r.Locate(netip.MustParseAddr("192.0.2.1"))
				if err != nil && !errors.Is(err, geoip.ErrClosed) || err == nil && loc.Country != "KR" {
					t.Errorf("%+v, %v", loc, err)
				}
			}
		})
	}
	wg.Go(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Locate(netip.MustParseAddr("192.0.2.1")); !errors.Is(err, geoip.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func BenchmarkLocate(b *testing.B) {
	r := openFiles(b)
	ip := netip.MustParseAddr("192.0.2.1")
	for b.Loop() {
		if _, err := r.Locate(ip); err != nil {
			b.Fatal(err)
		}
	}
}

package geoip_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/geoip"
	"example.com/accountsec/internal/geofixture"
)

func built(t testing.TB) func(data []byte, err error) []byte {
	return func(data []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

// Every layout gives the same country; none names a city that it is not sure of.
func TestLayouts(t *testing.T) {
	b := built(t)
	date := "2026-11-01"
	full := activity.Location{Country: "KR", City: "Seoul", Latitude: 37.57, Longitude: 126.98, RadiusKM: 20, TimeZone: "Asia/Seoul", DataDate: date}
	flat := activity.Location{Country: "KR", Latitude: 37.57, Longitude: 126.98, RadiusKM: geoip.FlatRadiusKM, TimeZone: "Asia/Seoul", DataDate: date}
	operator := activity.Location{ASN: 64496, ASOrg: "Demo Telecom Korea"}
	for name, c := range map[string]struct {
		files  geoip.Files
		v4, v6 activity.Location
	}{
		"GeoLite2-City":     {geoip.Files{City: b(geofixture.City())}, full, full},
		"GeoIP2-Enterprise": {geoip.Files{City: b(geofixture.Of("GeoIP2-Enterprise"))}, full, full},
		"DBIP-City-Lite":    {geoip.Files{City: b(geofixture.Of("DBIP-City-Lite"))}, full, full},
		"GeoIP2-Country": {geoip.Files{City: b(geofixture.Of("GeoIP2-Country"))},
			activity.Location{Country: "KR", DataDate: date}, activity.Location{Country: "KR", DataDate: date}},
		"city ipvAll":        {geoip.Files{City: b(geofixture.FlatCity(0))}, flat, flat},
		"city ipv4":          {geoip.Files{City: b(geofixture.FlatCity(4))}, flat, activity.Location{}},
		"city ipv4 and ipv6": {geoip.Files{City: b(geofixture.FlatCity(4)), CityIPv6: b(geofixture.FlatCity(6))}, flat, flat},
		"GeoIP2-ISP":         {geoip.Files{ASN: b(geofixture.Of("GeoIP2-ISP"))}, operator, operator},
		"asn ipvAll":         {geoip.Files{ASN: b(geofixture.FlatASN(0))}, operator, operator},
		"asn ipv4 and ipv6":  {geoip.Files{ASN: b(geofixture.FlatASN(4)), ASNIPv6: b(geofixture.FlatASN(6))}, operator, operator},
	} {
		r, err := geoip.OpenBytes(c.files)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for ip, want := range map[string]activity.Location{"192.0.2.1": c.v4, "2001:db8::1": c.v6, "1.2.3.4": {}, "2a00::1": {}, "10.0.0.1": {}} {
			if got, err := r.Locate(netip.MustParseAddr(ip)); err != nil || got != want {
				t.Errorf("%s, %s: %+v, %v\nwant %+v", name, ip, got, err, want)
			}
		}
		for _, ip := range []string{"203.0.113.130", "203.0.113.150"} { // without a position, and with 0°N 0°E
			if got, err := r.Locate(netip.MustParseAddr(ip)); err != nil || got.HasPosition() || got.RadiusKM != 0 || got.City != "" {
				t.Errorf("%s, %s: %+v, %v", name, ip, got, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, f := range map[string]geoip.Files{
		"flat asn as a city": {City: b(geofixture.FlatASN(0))}, "flat city as an asn": {ASN: b(geofixture.FlatCity(0))},
		"flat city as anonymous": {AnonymousIP: b(geofixture.FlatCity(0))},
	} {
		if _, err := geoip.OpenBytes(f); !errors.Is(err, geoip.ErrWrongType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnonymous(t *testing.T) {
	r, err := geoip.OpenBytes(geoip.Files{AnonymousIP: built(t)(geofixture.Of("GeoIP2-Anonymous-IP"))})
	if err != nil {
		t.Fatal(err)
	}
	for ip, want := range map[string]geoip.Anonymity{
		"203.0.113.200": {Anonymous: true, VPN: true, Hosting: true}, "192.0.2.1": {}, "127.0.0.1": {},
	} {
		if got, err := r.Anonymous(netip.MustParseAddr(ip)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", ip, got, err)
		}
	}
}

// replace puts other data in a file's place the way that geoipupdate does.
func replace(t testing.TB, path string, data []byte, at time.Time) {
	t.Helper()
	next := path + ".new"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(next, at, at); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

// A replaced file is noticed within CheckEvery; one that is no use leaves the
// old one where it is, and is told of.
func TestReplacedFiles(t *testing.T) {
	b := built(t)
	path := filepath.Join(t.TempDir(), "city.mmdb")
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	replace(t, path, b(geofixture.City()), now)
	var log strings.Builder
	r, err := geoip.Open(geoip.Config{City: path, Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck
	radius := func() int {
		t.Helper()
		loc, err := r.Locate(netip.MustParseAddr("192.0.2.1"))
		if err != nil || loc.Country != "KR" {
			t.Fatalf("%+v, %v", loc, err)
		}
		return loc.RadiusKM
	}
	if got := radius(); got != 20 {
		t.Fatalf("radius %d", got)
	}
	replace(t, path, b(geofixture.FlatCity(0)), now.Add(time.Second))
	if got := radius(); got != 20 {
		t.Errorf("looked at before its time: radius %d", got)
	}
	now = now.Add(time.Minute)
	if got := radius(); got != geoip.FlatRadiusKM || !strings.Contains(log.String(), "replaced") {
		t.Errorf("not replaced: radius %d; %s", got, log.String())
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "junk": []byte("no database"), "cut off": b(geofixture.City())[:2000], "another type": b(geofixture.FlatASN(0)),
	} {
		log.Reset()
		now = now.Add(time.Minute)
		replace(t, path, bad, now)
		if got := radius(); got != geoip.FlatRadiusKM || !strings.Contains(log.String(), "could not be replaced") {
			t.Errorf("%s: radius %d; %s", name, got, log.String())
		}
		if err := r.Reload(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := r.Reload(); !errors.Is(err, os.ErrNotExist) || radius() != geoip.FlatRadiusKM {
		t.Errorf("removed: %v", err)
	}
	replace(t, path, b(geofixture.City()), now.Add(time.Hour))
	if err := r.Reload(); err != nil || radius() != 20 {
		t.Errorf("put back: %v", err)
	}
	never, err := geoip.Open(geoip.Config{City: path, CheckEvery: -1, Now: func() time.Time { return now.AddDate(1, 0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	replace(t, path, b(geofixture.FlatCity(0)), now.Add(2*time.Hour))
	if loc, err := never.Locate(netip.MustParseAddr("192.0.2.1")); err != nil || loc.RadiusKM != 20 {
		t.Errorf("never: %+v, %v", loc, err)
	}
	if err := never.Close(); err != nil {
		t.Error(err)
	}
	if err := never.Reload(); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if _, err := never.Locate(netip.MustParseAddr("192.0.2.1")); !errors.Is(err, geoip.ErrClosed) {
		t.Errorf("a reload opened it again: %v", err)
	}
}

// A file whose end is whole opens although nothing can be found in it.
func TestRuinedTreeIsNotTaken(t *testing.T) {
	path, at := filepath.Join(t.TempDir(), "city.mmdb"), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	good := built(t)(geofixture.City())
	ruined := append([]byte(nil), good...)
	for i := range 600 {
		ruined[i] = 0xff
	}
	replace(t, path, good, at)
	r, err := geoip.Open(geoip.Config{City: path})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck
	replace(t, path, ruined, at.Add(time.Second))
	if err := r.Reload(); err == nil {
		t.Error("taken")
	}
	if loc, err := r.Locate(netip.MustParseAddr("192.0.2.1")); err != nil || loc.Country != "KR" {
		t.Errorf("%+v, %v", loc, err)
	}
}

// Lookups, replacements and the end at once.
func TestReplacedDuringLookups(t *testing.T) {
	b := built(t)
	path := filepath.Join(t.TempDir(), "city.mmdb")
	layouts := [][]byte{b(geofixture.City()), b(geofixture.FlatCity(0))}
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	replace(t, path, layouts[0], at)
	r, err := geoip.Open(geoip.Config{City: path, CheckEvery: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 200 {
				loc, err := r.Locate(netip.MustParseAddr("192.0.2.1"))
				if err != nil && !errors.Is(err, geoip.ErrClosed) || err == nil && loc.Country != "KR" {
					t.Errorf("%+v, %v", loc, err)
					return
				}
			}
		})
	}
	for i := range 50 {
		replace(t, path, layouts[i%2], at.Add(time.Duration(i+1)*time.Second))
		if err := r.Reload(); err != nil {
			t.Error(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

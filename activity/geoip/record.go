package geoip

import (
	"math"
	"net/netip"

	"github.com/oschwald/geoip2-golang/v2"

	"example.com/accountsec/activity"
)

// FlatRadiusKM is the accuracy radius that positions of flat databases are
// given, which have none of their own: half of them lie within it of another
// maker's (compared on 300,000 addresses, 2026). It is too wide to name a city.
const FlatRadiusKM = 200

// flatCity is a record of ip-location-db's city and country files.
type flatCity struct {
	Country   string   `maxminddb:"country_code"`
	Latitude  *float64 `maxminddb:"latitude"`
	Longitude *float64 `maxminddb:"longitude"`
	TimeZone  string   `maxminddb:"timezone"`
}

// flatASN is a record of its asn files.
type flatASN struct {
	Number uint   `maxminddb:"autonomous_system_number"`
	Org    string `maxminddb:"autonomous_system_organization"`
}

// locate fills in country, position and date.
func (h *handle) locate(ip netip.Addr, loc *activity.Location) error {
	var err error
	switch {
	case h.flat != nil:
		err = h.locateFlat(ip, loc)
	case h.is("Country"):
		var rec *geoip2.Country
		if rec, err = h.maxmind.Country(ip); err == nil {
			loc.Country = rec.Country.ISOCode
		}
	case h.is("Enterprise"):
		var rec *geoip2.Enterprise
		if rec, err = h.maxmind.Enterprise(ip); err == nil {
			loc.Country = rec.Country.ISOCode
			position(loc, rec.City.Names.English, rec.Location)
		}
	default:
		var rec *geoip2.City
		if rec, err = h.maxmind.City(ip); err == nil {
			loc.Country = rec.Country.ISOCode
			position(loc, rec.City.Names.English, rec.Location)
		}
	}
	if err == nil && loc.Country != "" {
		loc.DataDate = h.date
	}
	return err
}

func position(loc *activity.Location, city string, where geoip2.Location) {
	loc.TimeZone = where.TimeZone
	if !where.HasCoordinates() || (*where.Latitude == 0 && *where.Longitude == 0) { // nobody signs in from 0°N 0°E
		return
	}
	loc.Latitude, loc.Longitude = hundredth(*where.Latitude), hundredth(*where.Longitude)
	loc.RadiusKM = int(where.AccuracyRadius)
	if 0 < loc.RadiusKM && loc.RadiusKM <= MaxCityRadiusKM {
		loc.City = city
	}
}

func (h *handle) locateFlat(ip netip.Addr, loc *activity.Location) error {
	var rec flatCity
	if err := h.decode(ip, &rec); err != nil {
		return err
	}
	loc.Country, loc.TimeZone = rec.Country, rec.TimeZone
	if rec.Latitude != nil && rec.Longitude != nil && (*rec.Latitude != 0 || *rec.Longitude != 0) {
		loc.Latitude, loc.Longitude, loc.RadiusKM = hundredth(*rec.Latitude), hundredth(*rec.Longitude), FlatRadiusKM
	}
	return nil
}

// decode reads a flat record. A file of IPv4 alone knows no IPv6 address.
func (h *handle) decode(ip netip.Addr, rec any) error {
	if ip.Is6() && h.flat.Metadata.IPVersion == 4 {
		return nil
	}
	return h.flat.Lookup(ip).Decode(rec)
}

// operator fills in the autonomous system.
func (h *handle) operator(ip netip.Addr, loc *activity.Location) error {
	if h.flat != nil {
		var rec flatASN
		err := h.decode(ip, &rec)
		loc.ASN, loc.ASOrg = rec.Number, rec.Org
		return err
	}
	if h.is("ISP") {
		rec, err := h.maxmind.ISP(ip)
		if err == nil {
			loc.ASN, loc.ASOrg = rec.AutonomousSystemNumber, rec.AutonomousSystemOrganization
		}
		return err
	}
	rec, err := h.maxmind.ASN(ip)
	if err == nil {
		loc.ASN, loc.ASOrg = rec.AutonomousSystemNumber, rec.AutonomousSystemOrganization
	}
	return err
}

func hundredth(x float64) float64 { return math.Round(x*100) / 100 }

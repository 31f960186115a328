package geoip

import (
	"errors"
	"fmt"
	"math"
	"net/netip"

	"github.com/oschwald/geoip2-golang/v2"

	"example.com/accountsec/activity"
)

// MaxCityRadiusKM is the largest accuracy radius at which a city is named. The
// radius is the circle that holds the true place in about two of three cases,
// so beyond this a city's name would be a guess that frightens its reader.
const MaxCityRadiusKM = 50

var (
	// ErrNoDatabase reports a Config or Files without any database.
	ErrNoDatabase = errors.New("geoip: no database given")
	// ErrWrongType reports a database of another type than its place asks for,
	// such as an ASN database given as City.
	ErrWrongType = errors.New("geoip: wrong type of database")
	// ErrClosed reports a lookup after Close.
	ErrClosed = errors.New("geoip: closed")
)

// Config names the databases' files. At least one is needed.
type Config struct {
	// City is the path of a GeoIP2 or GeoLite2 City, Enterprise or Country
	// database. Defaults to none: places stay unknown.
	City string
	// ASN is the path of a GeoLite2 ASN or GeoIP2 ISP database. Defaults to
	// none: operators stay unknown.
	ASN string
	// AnonymousIP is the path of a GeoIP2 Anonymous IP database. Defaults to
	// none: [Reader.Anonymous] knows nothing.
	AnonymousIP string
}

// Files holds the databases themselves, for programs that embed them. They
// are used in place and must not be changed. At least one is needed.
type Files struct {
	// City, ASN and AnonymousIP are as in [Config]. Default to none.
	City, ASN, AnonymousIP []byte
}

// Reader finds places. Safe for concurrent use, and for Close during lookups.
type Reader struct{ city, asn, anonymous *database }

var _ activity.Locator = (*Reader)(nil)

// Open opens the databases by path. An absent, corrupt or wrong file is an
// error that names it; nothing stays open then.
func Open(cfg Config) (*Reader, error) {
	return open(func(path string) (*geoip2.Reader, error) { return geoip2.Open(path) }, cfg.City, cfg.ASN, cfg.AnonymousIP)
}

// OpenBytes is [Open] for databases in memory.
func OpenBytes(f Files) (*Reader, error) {
	return open(func(data []byte) (*geoip2.Reader, error) { return geoip2.OpenBytes(data) }, f.City, f.ASN, f.AnonymousIP)
}

func open[S string | []byte](opener func(S) (*geoip2.Reader, error), city, asn, anonymous S) (*Reader, error) {
	if len(city)+len(asn)+len(anonymous) == 0 {
		return nil, ErrNoDatabase
	}
	r := &Reader{}
	for _, d := range []struct {
		name   string
		source S
		to     **database
		kinds  []string
	}{
		{"City", city, &r.city, []string{"City", "Enterprise", "Country"}},
		{"ASN", asn, &r.asn, []string{"ASN", "ISP"}},
		{"AnonymousIP", anonymous, &r.anonymous, []string{"Anonymous-IP"}},
	} {
		if len(d.source) == 0 {
			continue
		}
		db, err := opener(d.source)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("geoip: open the %s database: %w", d.name, err), r.Close())
		}
		*d.to = &database{db: db, kind: db.Metadata().DatabaseType}
		if !(*d.to).is(d.kinds...) {
			return nil, errors.Join(fmt.Errorf("%w: %s is a %q", ErrWrongType, d.name, (*d.to).kind), r.Close())
		}
	}
	return r, nil
}

// Close releases the files, after the lookups that are under way. Later
// lookups give [ErrClosed]. Closing again does nothing.
func (r *Reader) Close() error {
	return errors.Join(r.city.close(), r.asn.close(), r.anonymous.close())
}

// Locate implements [activity.Locator]. An address that is private, reserved,
// invalid or not listed gives the zero Location and no error; an error means a
// damaged or closed database, and never holds the address.
func (r *Reader) Locate(ip netip.Addr) (activity.Location, error) {
	ip = ip.Unmap().WithZone("")
	if !public(ip) {
		return activity.Location{}, nil
	}
	var loc activity.Location
	err := r.city.use(func(db *geoip2.Reader) error {
		if r.city.is("Country") {
			rec, err := db.Country(ip)
			if err == nil {
				loc.Country = rec.Country.ISOCode
			}
			return err
		}
		return locateCity(db, ip, r.city.is("Enterprise"), &loc)
	})
	if err != nil {
		return activity.Location{}, fmt.Errorf("geoip: city: %w", err)
	}
	err = r.asn.use(func(db *geoip2.Reader) error {
		if r.asn.is("ISP") {
			rec, err := db.ISP(ip)
			if err == nil {
				loc.ASN, loc.ASOrg = rec.AutonomousSystemNumber, rec.AutonomousSystemOrganization
			}
			return err
		}
		rec, err := db.ASN(ip)
		if err == nil {
			loc.ASN, loc.ASOrg = rec.AutonomousSystemNumber, rec.AutonomousSystemOrganization
		}
		return err
	})
	if err != nil {
		return activity.Location{}, fmt.Errorf("geoip: asn: %w", err)
	}
	return loc, nil
}

// Anonymity says through what kind of service an address hides its user.
type Anonymity struct {
	// Anonymous is set with any of the others except Hosting alone.
	Anonymous bool
	// VPN, Tor, PublicProxy and ResidentialProxy name the service; Hosting is a
	// data centre, which may be a VPN that is not known yet.
	VPN, Tor, PublicProxy, ResidentialProxy, Hosting bool
}

// Anonymous looks an address up in the Anonymous IP database. Without that
// database, and for addresses that it does not list, the answer is zero.
func (r *Reader) Anonymous(ip netip.Addr) (Anonymity, error) {
	ip = ip.Unmap().WithZone("")
	var a Anonymity
	if !public(ip) {
		return a, nil
	}
	err := r.anonymous.use(func(db *geoip2.Reader) error {
		rec, err := db.AnonymousIP(ip)
		if err == nil {
			a = Anonymity{rec.IsAnonymous, rec.IsAnonymousVPN, rec.IsTorExitNode, rec.IsPublicProxy, rec.IsResidentialProxy, rec.IsHostingProvider}
		}
		return err
	})
	if err != nil {
		return Anonymity{}, fmt.Errorf("geoip: anonymous ip: %w", err)
	}
	return a, nil
}

// public tells whether an address can have a place at all. The documentation
// ranges pass: no real database lists them, and demos do.
func public(ip netip.Addr) bool {
	return ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedSpace.Contains(ip)
}

// sharedSpace is the carriers' own (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

func locateCity(db *geoip2.Reader, ip netip.Addr, enterprise bool, loc *activity.Location) error {
	var country, city string
	var where geoip2.Location
	if enterprise {
		rec, err := db.Enterprise(ip)
		if err != nil {
			return err
		}
		country, city, where = rec.Country.ISOCode, rec.City.Names.English, rec.Location
	} else {
		rec, err := db.City(ip)
		if err != nil {
			return err
		}
		country, city, where = rec.Country.ISOCode, rec.City.Names.English, rec.Location
	}
	loc.Country, loc.TimeZone = country, where.TimeZone
	if !where.HasCoordinates() || (*where.Latitude == 0 && *where.Longitude == 0) { // nobody signs in from 0°N 0°E
		return nil
	}
	loc.Latitude, loc.Longitude = hundredth(*where.Latitude), hundredth(*where.Longitude)
	loc.RadiusKM = int(where.AccuracyRadius)
	if 0 < loc.RadiusKM && loc.RadiusKM <= MaxCityRadiusKM {
		loc.City = city
	}
	return nil
}

func hundredth(x float64) float64 { return math.Round(x*100) / 100 }

package geoip

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

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
	// City is the path of a City, Enterprise or Country database in MaxMind's
	// layout (GeoIP2, GeoLite2, DB-IP's own) or in the flat one of ip-location-db
	// ("city ipv4", "country ipvAll"). Defaults to none: places stay unknown.
	City string
	// CityIPv6 is the same for IPv6, where the families come in two files.
	// Defaults to City.
	CityIPv6 string
	// ASN is the path of an ASN or ISP database, in either layout. Defaults to
	// none: operators stay unknown.
	ASN string
	// ASNIPv6 is the same for IPv6. Defaults to ASN.
	ASNIPv6 string
	// AnonymousIP is the path of a GeoIP2 Anonymous IP database. Defaults to
	// none: [Reader.Anonymous] knows nothing.
	AnonymousIP string
	// CheckEvery is how often a lookup looks whether a file was replaced, and
	// then opens the new one ([Reader.Reload]). Negative: never. Defaults to a
	// minute.
	CheckEvery time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger is told of replacements, and of files that cannot be opened.
	// Defaults to none.
	Logger *slog.Logger
}

// Files holds the databases themselves, for programs that embed them. They
// are used in place and must not be changed. At least one is needed.
type Files struct {
	// City, CityIPv6, ASN, ASNIPv6 and AnonymousIP are as in [Config]. Default
	// to none.
	City, CityIPv6, ASN, ASNIPv6, AnonymousIP []byte
}

// Reader finds places. Safe for concurrent use, and for Close and Reload
// during lookups.
type Reader struct {
	city, city6, asn, asn6, anonymous *database

	every   time.Duration // 0: files are not looked at again
	checked atomic.Int64  // when, in nanoseconds since 1970
	now     func() time.Time
	logger  *slog.Logger
}

var _ activity.Locator = (*Reader)(nil)

// Open opens the databases by path. An absent, corrupt or wrong file is an
// error that names it; nothing stays open then.
//
// Files are mapped into memory: replace one by renaming a new one over it, as
// geoipupdate does. Writing into an open one can crash the program.
func Open(cfg Config) (*Reader, error) {
	r := &Reader{every: cfg.CheckEvery, now: cfg.Now, logger: cfg.Logger}
	if r.every == 0 {
		r.every = time.Minute
	}
	if r.now == nil {
		r.now = time.Now
	}
	if r.logger == nil {
		r.logger = slog.New(slog.DiscardHandler)
	}
	r.checked.Store(r.now().UnixNano())
	sources := [5]source{}
	for i, path := range []string{cfg.City, cfg.CityIPv6, cfg.ASN, cfg.ASNIPv6, cfg.AnonymousIP} {
		if path != "" {
			sources[i] = file(path)
		}
	}
	return r.open(sources)
}

// OpenBytes is [Open] for databases in memory.
func OpenBytes(f Files) (*Reader, error) {
	sources := [5]source{}
	for i, data := range [][]byte{f.City, f.CityIPv6, f.ASN, f.ASNIPv6, f.AnonymousIP} {
		if len(data) > 0 {
			sources[i] = inMemory(data)
		}
	}
	return (&Reader{}).open(sources)
}

func (r *Reader) open(sources [5]source) (*Reader, error) {
	if sources == ([5]source{}) {
		return nil, ErrNoDatabase
	}
	for i, d := range []struct {
		name  string
		to    **database
		kinds []string
	}{
		{"City", &r.city, cityKinds}, {"CityIPv6", &r.city6, cityKinds},
		{"ASN", &r.asn, asnKinds}, {"ASNIPv6", &r.asn6, asnKinds},
		{"AnonymousIP", &r.anonymous, []string{"Anonymous-IP"}},
	} {
		if sources[i] == nil {
			continue
		}
		db := &database{name: d.name, kinds: d.kinds, source: sources[i]}
		if _, err := db.reload(); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		*d.to = db
	}
	return r, nil
}

func (r *Reader) databases() []*database {
	return []*database{r.city, r.city6, r.asn, r.asn6, r.anonymous}
}

// Reload opens the files that were replaced since they were opened, and lets
// go of the old ones after the lookups that are under way. A new file that
// cannot be opened, or is of another type, is an error, and the old one stays in
// use. Databases in memory never change.
func (r *Reader) Reload() error {
	var errs []error
	for _, d := range r.databases() {
		if d == nil {
			continue
		}
		changed, err := d.reload()
		if changed && err == nil && r.logger != nil {
			r.logger.Info("geoip: a database was replaced", "database", d.name)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// freshen reloads if it is time to look. One of concurrent callers does.
func (r *Reader) freshen() {
	if r.every <= 0 || r.now == nil {
		return
	}
	last, now := r.checked.Load(), r.now().UnixNano()
	if now-last < int64(r.every) || !r.checked.CompareAndSwap(last, now) {
		return
	}
	if err := r.Reload(); err != nil && !errors.Is(err, ErrClosed) {
		r.logger.Warn("geoip: a database could not be replaced; the old one stays in use", "err", err)
	}
}

// Close releases the files, after the lookups that are under way. Later
// lookups give [ErrClosed]. Closing again does nothing.
func (r *Reader) Close() error {
	var errs []error
	for _, d := range r.databases() {
		errs = append(errs, d.close())
	}
	return errors.Join(errs...)
}

// Locate implements [activity.Locator]. An address that is private, reserved,
// invalid or not listed gives the zero Location and no error; an error means a
// damaged or closed database, and never holds the address.
func (r *Reader) Locate(ip netip.Addr) (activity.Location, error) {
	ip = ip.Unmap().WithZone("")
	if !public(ip) {
		return activity.Location{}, nil
	}
	r.freshen()
	var loc activity.Location
	if err := family(ip, r.city, r.city6).use(func(h *handle) error { return h.locate(ip, &loc) }); err != nil {
		return activity.Location{}, fmt.Errorf("geoip: city: %w", err)
	}
	if err := family(ip, r.asn, r.asn6).use(func(h *handle) error { return h.operator(ip, &loc) }); err != nil {
		return activity.Location{}, fmt.Errorf("geoip: asn: %w", err)
	}
	return loc, nil
}

// family chooses the database of the address's family.
func family(ip netip.Addr, d, six *database) *database {
	if ip.Is6() && six != nil {
		return six
	}
	return d
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
	r.freshen()
	err := r.anonymous.use(func(h *handle) error {
		rec, err := h.maxmind.AnonymousIP(ip)
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

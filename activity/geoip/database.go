package geoip

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"

	"example.com/accountsec/activity"
)

// The types of database that a place takes, by a word of their names: MaxMind's
// first, then the flat ones.
var (
	cityKinds = []string{"City", "Enterprise", "Country", "city ", "country "}
	asnKinds  = []string{"ASN", "ISP", "asn "}
)

// source is where a database comes from: a file or bytes in memory.
type source interface {
	// stamp changes when the database does.
	stamp() (stamp, error)
	// open opens it with one of the two libraries.
	maxmind() (*geoip2.Reader, error)
	plain() (*maxminddb.Reader, error)
}

type stamp struct {
	modified, size int64
}

type file string

func (f file) stamp() (stamp, error) {
	info, err := os.Stat(string(f))
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime().UnixNano(), info.Size()}, nil
}

func (f file) maxmind() (*geoip2.Reader, error)  { return geoip2.Open(string(f)) }
func (f file) plain() (*maxminddb.Reader, error) { return maxminddb.Open(string(f)) }

type memory struct{ data []byte }

func inMemory(data []byte) source { return &memory{data} }

func (m *memory) stamp() (stamp, error)             { return stamp{size: int64(len(m.data))}, nil }
func (m *memory) maxmind() (*geoip2.Reader, error)  { return geoip2.OpenBytes(m.data) }
func (m *memory) plain() (*maxminddb.Reader, error) { return maxminddb.OpenBytes(m.data) }

// handle is an open database: in MaxMind's layout, or a flat one.
type handle struct {
	maxmind *geoip2.Reader
	flat    *maxminddb.Reader
	kind    string
	date    string // the day it was built
}

// openHandle asks MaxMind's library first; what it does not take is flat, or
// nothing. Each opens for itself: between the two the file may be replaced,
// which the next check sees.
func openHandle(s source) (*handle, error) {
	db, err := s.maxmind()
	if err == nil {
		m := db.Metadata()
		return &handle{maxmind: db, kind: m.DatabaseType, date: m.BuildTime().UTC().Format(dateOnly)}, nil
	}
	flat, flatErr := s.plain()
	if flatErr != nil {
		return nil, err
	}
	h := &handle{flat: flat, kind: flat.Metadata.DatabaseType, date: flat.Metadata.BuildTime().UTC().Format(dateOnly)}
	if !strings.HasPrefix(h.kind, "city ") && !strings.HasPrefix(h.kind, "country ") && !strings.HasPrefix(h.kind, "asn ") {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

const dateOnly = "2006-01-02"

// is tells whether the type of the database ("GeoIP2-City-Europe") names one
// of the kinds.
func (h *handle) is(kinds ...string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return strings.Contains(h.kind, k) })
}

// try looks addresses up before the database is relied on: opening reads the
// end of a file only, so one whose front is damaged opens too. Whether they
// are listed does not matter.
func (h *handle) try() error {
	for _, ip := range []string{"1.1.1.1", "100.128.0.1", "192.0.2.1", "203.0.113.1"} {
		addr, err := netip.MustParseAddr(ip), error(nil)
		switch {
		case h.is(asnKinds...):
			err = h.operator(addr, &activity.Location{})
		case h.is(cityKinds...):
			err = h.locate(addr, &activity.Location{})
		default:
			_, err = h.maxmind.AnonymousIP(addr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *handle) close() error {
	if h.flat != nil {
		return h.flat.Close()
	}
	return h.maxmind.Close()
}

// database guards one handle against being unmapped during a lookup, which
// would crash the program rather than give an error. A nil database is one
// that was not given.
type database struct {
	name   string
	kinds  []string
	source source

	mu     sync.RWMutex
	handle *handle // nil until the first reload, and once closed
	stamp  stamp
	closed bool
}

// reload opens the source if it is not the one that is open.
func (d *database) reload() (changed bool, err error) {
	now, err := d.source.stamp()
	if err != nil {
		return false, d.fault(err)
	}
	d.mu.RLock()
	same, closed := d.handle != nil && d.stamp == now, d.closed
	d.mu.RUnlock()
	if same || closed {
		return false, nil
	}
	next, err := openHandle(d.source)
	if err != nil {
		return false, d.fault(err)
	}
	if !next.is(d.kinds...) {
		return false, errors.Join(fmt.Errorf("%w: %s is a %q", ErrWrongType, d.name, next.kind), next.close())
	}
	if err := next.try(); err != nil {
		return false, errors.Join(d.fault(err), next.close())
	}
	d.mu.Lock()
	old := next // closed meanwhile: not needed after all
	if !d.closed {
		old, d.handle, d.stamp = d.handle, next, now
	}
	d.mu.Unlock()
	if old != nil {
		return true, old.close()
	}
	return true, nil
}

func (d *database) fault(err error) error {
	return fmt.Errorf("geoip: open the %s database: %w", d.name, err)
}

func (d *database) use(fn func(*handle) error) error {
	if d == nil {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.handle == nil {
		return ErrClosed
	}
	return fn(d.handle)
}

func (d *database) close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.handle == nil {
		return nil
	}
	h := d.handle
	d.handle = nil
	return h.close()
}

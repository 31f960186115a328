package geoip

import (
	"slices"
	"strings"
	"sync"

	"github.com/oschwald/geoip2-golang/v2"
)

// database guards one file against being unmapped during a lookup, which
// would crash the program rather than give an error. A nil database is one
// that was not given.
type database struct {
	mu   sync.RWMutex
	db   *geoip2.Reader // nil once closed
	kind string
}

// is tells whether the type of the database ("GeoIP2-City-Europe") names one
// of the kinds.
func (d *database) is(kinds ...string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return strings.Contains(d.kind, k) })
}

func (d *database) use(fn func(*geoip2.Reader) error) error {
	if d == nil {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.db == nil {
		return ErrClosed
	}
	return fn(d.db)
}

func (d *database) close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db == nil {
		return nil
	}
	db := d.db
	d.db = nil
	return db.Close()
}

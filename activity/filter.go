package activity

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
)

// Filter selects events. Empty fields select all; the fields that are set must
// all match, and within a list any value may. A list holds at most 64 values.
type Filter struct {
	// From is the earliest time, inclusive; To the latest, exclusive.
	From, To time.Time
	// Types and Categories are the log's, Outcomes this package's.
	Types      []Type
	Categories []string
	Outcomes   []Outcome
	// MinSeverity leaves out types of a lower [Severity]. Defaults to Info, all.
	MinSeverity Severity
	// Countries are ISO 3166-1 alpha-2 codes, in any case.
	Countries []string
	// IP is a network or a single address (/32, /128). ::/0 holds every
	// address, 0.0.0.0/0 every IPv4 one.
	IP netip.Prefix
	// Device is a device's name ("Chrome on Windows") or its DeviceID.
	Device string
}

// Page says where a listing starts and how long it gets.
type Page struct {
	// After is the Next of a page: what is older than it. Before is the Prev of
	// a page: what is newer. At most one of them. Default to the newest page.
	After, Before string
	// Limit is the number of events, at most 100 (more are cut to 100).
	// Defaults to 25.
	Limit int
}

const (
	defaultLimit = 25
	maxLimit     = 100
	maxValues    = 64
	// maxScan bounds the rows that one call looks at for a filter that few of
	// them match, so that its cost does not grow with the history.
	maxScan = 5000
)

func (p Page) limit() (int, error) {
	switch {
	case p.Limit < 0:
		return 0, fmt.Errorf("%w: limit %d is negative", ErrBadPage, p.Limit)
	case p.Limit == 0:
		return defaultLimit, nil
	}
	return min(p.Limit, maxLimit), nil
}

// query checks f and brings it into the one form that equal filters share.
// none tells that nothing can match.
func (c *catalogue) query(f Filter) (q Query, none bool, err error) {
	if !f.From.IsZero() && !f.To.IsZero() && f.To.Before(f.From) {
		return q, false, fmt.Errorf("%w: it ends before it begins", ErrBadFilter)
	}
	if !f.From.IsZero() {
		q.From = clampTime(f.From)
	}
	if !f.To.IsZero() {
		q.To = clampTime(f.To)
	}
	if q.Types, none, err = c.filterTypes(f); err != nil {
		return q, false, err
	}
	if q.Outcomes, err = values("outcomes", f.Outcomes, Outcome.known); err != nil {
		return q, false, err
	}
	if q.Countries, err = values("countries", upper(f.Countries), isCountry); err != nil {
		return q, false, err
	}
	if f.IP != (netip.Prefix{}) {
		if !f.IP.IsValid() {
			return q, false, fmt.Errorf("%w: not a network", ErrBadFilter)
		}
		q.AddrFrom, q.AddrTo = addrRange(f.IP)
	}
	if len(f.Device) > canon.MaxID || canon.Line(f.Device, canon.MaxID) != f.Device {
		return q, false, fmt.Errorf("%w: not a device's name or id", ErrBadFilter)
	}
	q.Device = f.Device
	return q, none, nil
}

// filterTypes turns types, categories and severity into the types that are in
// all three.
func (c *catalogue) filterTypes(f Filter) (out []Type, none bool, err error) {
	types, err := values("types", f.Types, func(t Type) bool { _, ok := c.types[t]; return ok })
	if err != nil {
		return nil, false, err
	}
	categories, err := values("categories", f.Categories, func(s string) bool { _, ok := c.categories[s]; return ok })
	if err != nil {
		return nil, false, err
	}
	if f.MinSeverity < Info || f.MinSeverity > Critical {
		return nil, false, fmt.Errorf("%w: unknown severity %d", ErrBadFilter, f.MinSeverity)
	}
	if len(categories) == 0 && f.MinSeverity == Info {
		return types, false, nil
	}
	if len(types) == 0 {
		types = slices.Sorted(maps.Keys(c.types))
	}
	for _, t := range types {
		info := c.types[t]
		if info.Severity >= f.MinSeverity && (len(categories) == 0 || slices.Contains(categories, info.Category)) {
			out = append(out, t)
		}
	}
	return out, len(out) == 0, nil
}

// Dates turns civil dates ("2026-11-01") of a time zone into [Filter].From and
// To: from is the first day, to the last, both included; an empty text leaves
// that side open. A text that is no date, or a span that ends before it begins,
// is [ErrBadFilter]. A nil zone is UTC.
func Dates(from, to string, zone *time.Location) (begin, end time.Time, err error) {
	if zone == nil {
		zone = time.UTC
	}
	if begin, err = date(from, zone, 0); err != nil {
		return begin, end, err
	}
	if end, err = date(to, zone, 1); err != nil {
		return begin, end, err
	}
	if from != "" && to != "" && !end.After(begin) {
		return begin, end, fmt.Errorf("%w: it ends before it begins", ErrBadFilter)
	}
	return begin, end, nil
}

// date gives the beginning of the day that lies plus days after the given one.
func date(text string, zone *time.Location, plus int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := time.Parse(time.DateOnly, canon.Line(text, 16))
	if err != nil {
		return d, fmt.Errorf("%w: not a date", ErrBadFilter)
	}
	return dayBegin(time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, zone), plus), nil
}

func upper(in []string) []string {
	if len(in) > maxValues {
		return in // refused by values
	}
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, strings.ToUpper(canon.Line(s, 16)))
	}
	return out
}

// values checks, sorts and compacts a list; the caller's stays as it is.
func values[T cmp.Ordered](name string, in []T, ok func(T) bool) ([]T, error) {
	if len(in) > maxValues {
		return nil, fmt.Errorf("%w: more than %d %s", ErrBadFilter, maxValues, name)
	}
	for _, v := range in {
		if !ok(v) {
			return nil, fmt.Errorf("%w: unknown value %q in %s", ErrBadFilter, canon.Line(fmt.Sprint(v), maxName), name)
		}
	}
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out), nil
}

func isCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

// AddrKey is an address as 32 hexadecimal digits, IPv4 in its IPv4-mapped
// form, so that the text order is the address order and a network is a range.
// An invalid address gives "", which is in no range.
func AddrKey(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	b := a.As16()
	return hex.EncodeToString(b[:])
}

// addrRange gives the first and the last [AddrKey] of a network.
func addrRange(p netip.Prefix) (from, to string) {
	p = plainPrefix(p)
	first := p.Addr().As16()
	last := first
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	return hex.EncodeToString(first[:]), hex.EncodeToString(last[:])
}

// digest identifies what q selects, whatever page of it.
func (q Query) digest() [sha256.Size]byte {
	h := sha256.New()
	put := func(parts ...string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(parts)))
		h.Write(n[:])
		for _, s := range parts {
			binary.BigEndian.PutUint64(n[:], uint64(len(s)))
			h.Write(n[:])
			h.Write([]byte(s))
		}
	}
	put(timeText(q.From), timeText(q.To), q.AddrFrom, q.AddrTo, q.Device)
	put(asText(q.Types)...)
	put(asText(q.Outcomes)...)
	put(q.Countries...)
	return [sha256.Size]byte(h.Sum(nil))
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func asText[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

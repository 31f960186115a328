package activity

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
)

const (
	maxDetails = 16
	maxKey     = 64       // bytes of a detail's key
	maxValue   = 512      // bytes of a detail's value as stored
	maxRaw     = 4 * 1024 // bytes of a value that is cut rather than refused
	maxText    = 128      // bytes of a city, an operator, a time zone

	// clockSkew is how far ahead of ours a caller's clock may be.
	clockSkew = 5 * time.Minute
)

// Record adds an event to its account's log and tells the observers. It fills
// in what is empty (ID, At, Location, Device), cuts and cleans text from
// outside, and refuses with [ErrBadEvent] what cannot be meant: see [Event].
// With an ID, At is the id's time and must be empty or equal.
//
// When Record returns nil the event is stored, unless the caller's transaction
// is rolled back. A locator that fails is logged and costs the event its place
// only. An observer that fails undoes the event on SQL stores.
func (l *Log) Record(ctx context.Context, e Event) error {
	return l.RecordBatch(ctx, []Event{e})
}

// MaxBatch bounds [Log.RecordBatch].
const MaxBatch = 10000

// RecordBatch is [Log.Record] for many events, of any accounts: all of them are
// stored, in one transaction, or none. At most [MaxBatch]; an empty batch is no
// error.
func (l *Log) RecordBatch(ctx context.Context, events []Event) error {
	batch, err := l.prepareAll(ctx, events)
	if err != nil || len(batch) == 0 {
		return err
	}
	what := string(batch[0].Type)
	if len(batch) > 1 {
		what = fmt.Sprintf("%d events", len(batch))
	}
	if len(l.observers) == 0 && l.chainKey == nil { // the store's own statement is enough
		err = l.store.Append(ctx, batch...)
	} else {
		err = l.store.InTx(ctx, func(ctx context.Context) error { return l.append(ctx, batch) })
	}
	if err != nil {
		return fmt.Errorf("activity: record %s: %w", what, err)
	}
	return nil
}

// append stores the events, links them and tells the observers.
func (l *Log) append(ctx context.Context, batch []Event) error {
	if err := l.store.Append(ctx, batch...); err != nil {
		return err
	}
	for _, e := range batch {
		if err := l.link(ctx, e); err != nil {
			return err
		}
		for _, o := range l.observers {
			if err := o.Observe(ctx, e.clone()); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareAll prepares the events and leaves out those that repeat the id of an
// earlier one. In a chain an account's links are taken in the order of its
// name, so that two batches do not wait for one another in turn.
func (l *Log) prepareAll(ctx context.Context, events []Event) ([]Event, error) {
	if len(events) > MaxBatch {
		return nil, fmt.Errorf("%w: %d events, at most %d are taken at once", ErrBadEvent, len(events), MaxBatch)
	}
	type key struct{ account, id string }
	batch, seen := make([]Event, 0, len(events)), make(map[key]bool, len(events))
	for _, e := range events {
		e, err := l.prepare(e)
		if err != nil {
			return nil, err
		}
		if k := (key{e.Account, e.ID}); !seen[k] {
			seen[k] = true
			batch = append(batch, l.Enrich(ctx, e))
		}
	}
	if l.chainKey != nil {
		slices.SortStableFunc(batch, func(a, b Event) int { return cmp.Compare(a.Account, b.Account) })
	}
	return batch, nil
}

// prepare checks e and brings it into the form that is stored.
func (l *Log) prepare(e Event) (Event, error) {
	if err := canon.CheckID(e.Account); err != nil {
		return e, fmt.Errorf("%w: account: %w", ErrBadEvent, err)
	}
	if _, ok := l.cat.types[e.Type]; !ok {
		return e, fmt.Errorf("%w: unknown type %q (a shop's own go into Config.Types)", ErrBadEvent, canon.Line(string(e.Type), maxName))
	}
	if !e.Outcome.known() {
		return e, fmt.Errorf("%w: %s: unknown outcome %q", ErrBadEvent, e.Type, canon.Line(string(e.Outcome), maxName))
	}
	if !e.Disowned.IsZero() || e.Erased {
		return e, fmt.Errorf("%w: %s: Disowned and Erased are the log's to set", ErrBadEvent, e.Type)
	}
	e, err := l.stamp(e)
	if err != nil {
		return e, fmt.Errorf("%w: %s: %w", ErrBadEvent, e.Type, err)
	}
	if e.Detail, err = cleanDetail(e.Detail); err != nil {
		return e, fmt.Errorf("%w: %s: %w", ErrBadEvent, e.Type, err)
	}
	e.Client = cleanClient(e.Client)
	e.Location = cleanLocation(e.Location)
	e.Device = cleanDevice(e.Device)
	return e, nil
}

// stamp settles the event's time and id.
func (l *Log) stamp(e Event) (Event, error) {
	now := l.now()
	if e.ID != "" {
		raw, ok := decodeID(e.ID)
		if !ok {
			return e, fmt.Errorf("malformed id (NewID makes them)")
		}
		at := rawTime(raw)
		if !e.At.IsZero() && !clampTime(e.At).Equal(at) {
			return e, fmt.Errorf("the id's time differs from At")
		}
		e.At = at
	}
	if e.At.IsZero() {
		e.At = now
	}
	if e.At.After(now.Add(clockSkew)) {
		return e, fmt.Errorf("its time is in the future")
	}
	if e.At.Before(earliest) {
		return e, fmt.Errorf("its time is before 1970")
	}
	if e.At = clampTime(e.At); e.ID == "" {
		e.ID = NewID(e.At)
	}
	return e, nil
}

// cleanDetail copies and bounds the details: at most 16 × (64 + 512) bytes.
// Keys are the program's, so a bad one is an error; values may be a visitor's,
// so they are cut, up to the size that only a mistake can have.
func cleanDetail(in map[string]string) (map[string]string, error) {
	if len(in) > maxDetails {
		return nil, fmt.Errorf("%d details, at most %d are kept", len(in), maxDetails)
	}
	var out map[string]string
	for k, v := range in {
		if k == "" || len(k) > maxKey || canon.Line(k, maxKey) != k {
			return nil, fmt.Errorf("a detail's key is empty, longer than %d bytes or not one plain line", maxKey)
		}
		if len(v) > maxRaw {
			return nil, fmt.Errorf("detail %q has %d bytes, at most %d are taken", k, len(v), maxRaw)
		}
		if out == nil {
			out = make(map[string]string, len(in))
		}
		out[k] = canon.Line(v, maxValue)
	}
	return out, nil
}

func cleanClient(c Client) Client {
	c.IP = plainAddr(c.IP)
	c.UserAgent = canon.Line(c.UserAgent, maxUserAgent)
	c.DeviceID = canon.Line(c.DeviceID, canon.MaxID)
	c.SessionID = canon.Line(c.SessionID, canon.MaxID)
	return c
}

func cleanDevice(d Device) Device {
	return Device{
		Browser: canon.Line(d.Browser, maxName), OS: canon.Line(d.OS, maxName),
		Class: canon.Line(d.Class, maxName), Name: canon.Line(d.Name, 2*maxName+4), Model: canon.Line(d.Model, maxName),
	}
}

// cleanLocation drops what cannot be: a locator may be anyone's.
func cleanLocation(loc Location) Location {
	loc.Country = strings.ToUpper(canon.Line(loc.Country, 16))
	if !isCountry(loc.Country) {
		loc.Country = ""
	}
	loc.City = canon.Line(loc.City, maxText)
	loc.ASOrg = canon.Line(loc.ASOrg, maxText)
	loc.TimeZone = canon.Line(loc.TimeZone, maxText)
	loc.DataDate = canon.Line(loc.DataDate, 16)
	if _, err := time.Parse(time.DateOnly, loc.DataDate); err != nil {
		loc.DataDate = ""
	}
	loc.Network = cleanNetwork(loc.Network)
	if !(math.Abs(loc.Latitude) <= 90) || !(math.Abs(loc.Longitude) <= 180) || loc.RadiusKM < 0 { // NaN too
		loc.Latitude, loc.Longitude, loc.RadiusKM = 0, 0, 0
	}
	if loc.RadiusKM > maxRadiusKM {
		loc.RadiusKM = maxRadiusKM
	}
	if loc.ASN > math.MaxUint32 { // RFC 6793
		loc.ASN = 0
	}
	return loc
}

const maxRadiusKM = 20038 // half way round the Earth

// Enrich fills in the event's place, network and device where they are empty, as
// [Log.Record] does; it stores nothing. A locator that fails is logged and leaves the place
// unknown.
func (l *Log) Enrich(ctx context.Context, e Event) Event {
	if e.Device == (Device{}) {
		e.Device = DeviceOf(e.Client)
	}
	e.Client.Hints = Hints{}
	if !e.Client.IP.IsValid() {
		return e
	}
	if e.Location == (Location{}) && l.locator != nil {
		loc, err := l.locator.Locate(e.Client.IP)
		if err != nil {
			l.logger.WarnContext(ctx, "activity: the address could not be located", "type", string(e.Type), "error", err)
			loc = Location{}
		}
		e.Location = cleanLocation(loc)
	}
	if !e.Location.Network.IsValid() {
		e.Location.Network = networkOf(e.Client.IP)
	}
	return e
}

// cleanNetwork keeps no more of a prefix than networkOf would: the address
// itself must not outlive its deletion in here.
func cleanNetwork(p netip.Prefix) netip.Prefix {
	if !p.IsValid() {
		return netip.Prefix{}
	}
	p = plainPrefix(p)
	if n := networkOf(p.Addr()); p.Bits() > n.Bits() {
		return n
	}
	return p
}

// networkOf is the /24, or the /64 of IPv6, that an address is in.
func networkOf(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip = plainAddr(ip); ip.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(ip, bits).Masked()
}

package activity

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"example.com/accountsec/internal/sqldb"
)

// facts is the JSON of the columns that nothing is searched by. Its names are
// read by every later version.
type facts struct {
	UserAgent string            `json:"ua,omitempty"`
	SessionID string            `json:"sid,omitempty"`
	Browser   string            `json:"browser,omitempty"`
	OS        string            `json:"os,omitempty"`
	Class     string            `json:"class,omitempty"`
	Model     string            `json:"model,omitempty"`
	City      string            `json:"city,omitempty"`
	Latitude  float64           `json:"lat,omitempty"`
	Longitude float64           `json:"lon,omitempty"`
	RadiusKM  int               `json:"radius,omitempty"`
	ASN       uint              `json:"asn,omitempty"`
	ASOrg     string            `json:"org,omitempty"`
	TimeZone  string            `json:"tz,omitempty"`
	Network   netip.Prefix      `json:"net,omitzero"`
	DataDate  string            `json:"data,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
}

const (
	skeletonColumns = `account, at, id, type, outcome`
	personalColumns = `account, at, id, addr, country, device, device_id, disowned, facts`
	// columns are what scanEvent reads. A row without a personal part gives no
	// facts.
	columns = `e.account, e.at, e.id, e.type, e.outcome, COALESCE(p.addr, ''), COALESCE(p.country, ''), COALESCE(p.device, ''),
		COALESCE(p.device_id, ''), COALESCE(p.disowned, 0), COALESCE(p.facts, '')`
)

func scanEvent(row func(...any) error) (e Event, err error) {
	var at, disowned int64
	var typ, outcome, addr, rest string
	if err := row(&e.Account, &at, &e.ID, &typ, &outcome, &addr, &e.Location.Country, &e.Device.Name,
		&e.Client.DeviceID, &disowned, &rest); err != nil {
		return e, err
	}
	e.At, e.Type, e.Outcome, e.Disowned = sqldb.Time(at), Type(typ), Outcome(outcome), sqldb.Time(disowned)
	if e.Erased = rest == ""; e.Erased {
		return e, nil
	}
	if e.Client.IP, err = keyAddr(addr); err != nil {
		return e, fmt.Errorf("activity: event %s: stored address: %w", e.ID, err)
	}
	var f facts
	if err := json.Unmarshal([]byte(rest), &f); err != nil {
		return e, fmt.Errorf("activity: event %s: stored facts: %w", e.ID, err)
	}
	f.into(&e)
	return e, nil
}

func factsOf(e Event) facts {
	return facts{
		UserAgent: e.Client.UserAgent, SessionID: e.Client.SessionID,
		Browser: e.Device.Browser, OS: e.Device.OS, Class: e.Device.Class, Model: e.Device.Model,
		City: e.Location.City, Latitude: e.Location.Latitude, Longitude: e.Location.Longitude, RadiusKM: e.Location.RadiusKM,
		ASN: e.Location.ASN, ASOrg: e.Location.ASOrg, TimeZone: e.Location.TimeZone,
		Network: e.Location.Network, DataDate: e.Location.DataDate, Detail: e.Detail,
	}
}

func (f facts) into(e *Event) {
	e.Client.UserAgent, e.Client.SessionID = f.UserAgent, f.SessionID
	e.Device.Browser, e.Device.OS, e.Device.Class, e.Device.Model = f.Browser, f.OS, f.Class, f.Model
	l := &e.Location
	l.City, l.Latitude, l.Longitude, l.RadiusKM = f.City, f.Latitude, f.Longitude, f.RadiusKM
	l.ASN, l.ASOrg, l.TimeZone, l.Network, l.DataDate = f.ASN, f.ASOrg, f.TimeZone, f.Network, f.DataDate
	e.Detail = f.Detail
}

// keyAddr is the inverse of [AddrKey].
func keyAddr(key string) (netip.Addr, error) {
	if key == "" {
		return netip.Addr{}, nil
	}
	var b [16]byte
	if n, err := hex.Decode(b[:], []byte(key)); err != nil || n != len(b) || len(key) != 2*len(b) {
		return netip.Addr{}, fmt.Errorf("not an address key")
	}
	return netip.AddrFrom16(b).Unmap(), nil
}

// row is an event as it is stored.
type row struct {
	event Event
	addr  string
	facts string
}

func newRow(e Event) (row, error) {
	f, err := json.Marshal(factsOf(e))
	if err != nil {
		return row{}, fmt.Errorf("activity: facts: %w", err)
	}
	return row{e, AddrKey(e.Client.IP), string(f)}, nil
}

func (r row) skeleton() []any {
	return []any{r.event.Account, sqldb.Micros(r.event.At), r.event.ID, string(r.event.Type), string(r.event.Outcome)}
}

func (r row) personal() []any {
	return []any{r.addr, r.event.Location.Country, r.event.Device.Name, r.event.Client.DeviceID, sqldb.Micros(r.event.Disowned), r.facts}
}

// Append implements [Store].
func (s *SQLStore) Append(ctx context.Context, events ...Event) error {
	rows := make([]row, len(events))
	for i, e := range events {
		var err error
		if rows[i], err = newRow(e); err != nil {
			return err
		}
	}
	// In the order of the key, so that two batches never wait in a circle.
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.event.Account, b.event.Account), compareEvents(a.event, b.event))
	})
	if !s.postgres() {
		return s.appendSQLite(ctx, rows)
	}
	return s.withMonths(ctx, events, func() error {
		if len(rows) == 1 {
			return s.appendOne(ctx, rows[0])
		}
		return s.appendMany(ctx, rows)
	})
}

// appendOne writes both parts in one statement: the personal one exists only
// where the skeleton is new.
func (s *SQLStore) appendOne(ctx context.Context, r row) error {
	_, err := s.db.Exec(ctx, `WITH fresh AS (INSERT INTO activity_events (`+skeletonColumns+`) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING RETURNING account, at, id)
		INSERT INTO activity_personal (`+personalColumns+`) SELECT account, at, id, ?, ?, ?, ?, CAST(? AS BIGINT), ? FROM fresh`,
		append(r.skeleton(), r.personal()...)...)
	return err
}

// appendMany writes skeletons, then the personal parts of those that are new.
// Rows travel as one array a column.
func (s *SQLStore) appendMany(ctx context.Context, rows []row) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		var account, id, typ, outcome sqldb.TextArray
		var at sqldb.IntArray
		for _, r := range rows {
			account.Add(r.event.Account)
			at.Add(sqldb.Micros(r.event.At))
			id.Add(r.event.ID)
			typ.Add(string(r.event.Type))
			outcome.Add(string(r.event.Outcome))
		}
		fresh, err := s.fresh(ctx, slices.Clone(rows), `SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[])`,
			account.String(), at.String(), id.String(), typ.String(), outcome.String())
		if err != nil || len(fresh) == 0 {
			return err
		}
		return s.appendPersonal(ctx, fresh)
	})
}

func (s *SQLStore) appendPersonal(ctx context.Context, rows []row) error {
	var account, id, addr, country, device, deviceID, facts sqldb.TextArray
	var at, disowned sqldb.IntArray
	for _, r := range rows {
		e := r.event
		account.Add(e.Account)
		at.Add(sqldb.Micros(e.At))
		id.Add(e.ID)
		addr.Add(r.addr)
		country.Add(e.Location.Country)
		device.Add(e.Device.Name)
		deviceID.Add(e.Client.DeviceID)
		disowned.Add(sqldb.Micros(e.Disowned))
		facts.Add(r.facts)
	}
	_, err := s.db.Exec(ctx, `INSERT INTO activity_personal (`+personalColumns+`) SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[],
			?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[])`,
		account.String(), at.String(), id.String(), addr.String(), country.String(), device.String(), deviceID.String(),
		disowned.String(), facts.String())
	return err
}

// fresh inserts skeletons and gives the rows that were not there yet. It
// changes the slice.
func (s *SQLStore) fresh(ctx context.Context, rows []row, values string, args ...any) ([]row, error) {
	type key struct{ account, id string }
	added := make(map[key]bool, len(rows))
	err := s.db.Query(ctx, `INSERT INTO activity_events (`+skeletonColumns+`) `+values+` ON CONFLICT DO NOTHING RETURNING account, id`, args,
		func(row func(...any) error) error {
			var k key
			err := row(&k.account, &k.id)
			added[k] = true
			return err
		})
	if err != nil || len(added) == len(rows) {
		return rows, err
	}
	return slices.DeleteFunc(rows, func(r row) bool { return !added[key{r.event.Account, r.event.ID}] }), nil
}

// sqliteRows bounds the rows of one statement: beyond some dozens nothing is
// won, and SQLite bounds the parameters.
const sqliteRows = 50

// appendSQLite writes skeletons, then the personal parts of those that are new.
func (s *SQLStore) appendSQLite(ctx context.Context, rows []row) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		for len(rows) > 0 {
			n := min(len(rows), sqliteRows)
			if err := s.appendChunk(ctx, rows[:n]); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
}

func (s *SQLStore) appendChunk(ctx context.Context, rows []row) error {
	if len(rows) == 1 { // the common case, without rows to read back
		r := rows[0]
		n, err := s.db.Exec(ctx, `INSERT INTO activity_events (`+skeletonColumns+`) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, r.skeleton()...)
		if err != nil || n == 0 {
			return err
		}
		return s.personalRows(ctx, rows)
	}
	var args []any
	for _, r := range rows {
		args = append(args, r.skeleton()...)
	}
	fresh, err := s.fresh(ctx, slices.Clone(rows), `VALUES `+tuples(len(rows), 5), args...)
	if err != nil || len(fresh) == 0 {
		return err
	}
	return s.personalRows(ctx, fresh)
}

func (s *SQLStore) personalRows(ctx context.Context, rows []row) error {
	var args []any
	for _, r := range rows {
		args = append(append(args, r.event.Account, sqldb.Micros(r.event.At), r.event.ID), r.personal()...)
	}
	_, err := s.db.Exec(ctx, `INSERT INTO activity_personal (`+personalColumns+`) VALUES `+tuples(len(rows), 9), args...)
	return err
}

// tuples gives "(?,?),(?,?)" for rows of so many columns.
func tuples(rows, columns int) string {
	one := "(" + sqldb.Placeholders(columns) + "),"
	return strings.TrimSuffix(strings.Repeat(one, rows), ",")
}

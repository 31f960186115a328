package activity

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in the table activity_events. Its primary key
// (account, at, id) serves listing, reading one event and idempotence alike,
// since the id holds the time.
type SQLStore struct{ db *sqldb.DB }

var _ Store = (*SQLStore)(nil)

// NewSQLStore keeps events in db; dialect is "sqlite" or "postgres". The
// tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{d}, nil
}

// Migrate makes or updates the table. Any number of instances may call it at once.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "activity")
}

const columns = `id, account, at, type, outcome, ip, user_agent, device_id, session_id, browser, os, class, device,
	country, city, lat, lon, radius, asn, as_org, tz, detail`

// Append implements [Store].
func (s *SQLStore) Append(ctx context.Context, e Event) error {
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil {
			return fmt.Errorf("activity: detail: %w", err)
		}
	}
	ip := ""
	if e.Client.IP.IsValid() {
		ip = e.Client.IP.String()
	}
	args := []any{e.ID, e.Account, sqldb.Micros(e.At), string(e.Type), string(e.Outcome),
		ip, e.Client.UserAgent, e.Client.DeviceID, e.Client.SessionID,
		e.Device.Browser, e.Device.OS, e.Device.Class, e.Device.Name,
		e.Location.Country, e.Location.City, e.Location.Latitude, e.Location.Longitude, e.Location.RadiusKM,
		int64(e.Location.ASN), e.Location.ASOrg, e.Location.TimeZone, string(detail), AddrKey(e.Client.IP)}
	_, err := s.db.Exec(ctx, `INSERT INTO activity_events (`+columns+`, addr) VALUES (`+
		sqldb.Placeholders(len(args))+`) ON CONFLICT DO NOTHING`, args...)
	return err
}

// List implements [Store].
func (s *SQLStore) List(ctx context.Context, account string, q Query) ([]Event, error) {
	query, args := listQuery(account, q)
	var out []Event
	err := s.db.Query(ctx, query, args, func(row func(...any) error) error {
		e, err := scanEvent(row)
		out = append(out, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// listQuery writes the statement of a listing. The comparison of at alone
// repeats what the row comparison says: it is what partitions are chosen by.
func listQuery(account string, q Query) (string, []any) {
	var b strings.Builder
	args := []any{account}
	where := func(cond string, values ...any) {
		b.WriteString(" AND " + cond)
		args = append(args, values...)
	}
	b.WriteString(`SELECT ` + columns + ` FROM activity_events WHERE account = ?`)
	if !q.BeforeAt.IsZero() {
		at := sqldb.Micros(q.BeforeAt)
		where(`at <= ? AND (at, id) < (?, ?)`, at, at, q.BeforeID)
	}
	if !q.From.IsZero() {
		where(`at >= ?`, sqldb.Micros(q.From))
	}
	if !q.To.IsZero() {
		where(`at < ?`, sqldb.Micros(q.To))
	}
	whereIn(where, "type", q.Types)
	whereIn(where, "outcome", q.Outcomes)
	whereIn(where, "country", q.Countries)
	if q.AddrTo != "" {
		where(`addr BETWEEN ? AND ?`, q.AddrFrom, q.AddrTo)
	}
	if q.Device != "" {
		where(`(device = ? OR device_id = ?)`, q.Device, q.Device)
	}
	b.WriteString(` ORDER BY at DESC, id DESC LIMIT ?`)
	return b.String(), append(args, q.Limit)
}

// Explain gives the database's own plan of a listing, a line a step, for
// operators and tests that want to see the index being used. The query is
// planned, not run.
func (s *SQLStore) Explain(ctx context.Context, account string, q Query) (string, error) {
	query, args := listQuery(account, q)
	var b strings.Builder
	var id, parent, unused int64
	var line string
	explain, dest := "EXPLAIN ", []any{&line}
	if s.db.Dialect() == sqldb.SQLite {
		explain, dest = "EXPLAIN QUERY PLAN ", []any{&id, &parent, &unused, &line}
	}
	err := s.db.Query(ctx, explain+query, args, func(row func(...any) error) error {
		err := row(dest...)
		b.WriteString(line + "\n")
		return err
	})
	return b.String(), err
}

func whereIn[T ~string](where func(string, ...any), column string, list []T) {
	if len(list) == 0 {
		return
	}
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = string(v)
	}
	where(column+` IN (`+sqldb.Placeholders(len(list))+`)`, args...)
}

func scanEvent(row func(...any) error) (e Event, err error) {
	var at, asn int64
	var typ, outcome, ip, detail string
	if err := row(&e.ID, &e.Account, &at, &typ, &outcome, &ip,
		&e.Client.UserAgent, &e.Client.DeviceID, &e.Client.SessionID,
		&e.Device.Browser, &e.Device.OS, &e.Device.Class, &e.Device.Name,
		&e.Location.Country, &e.Location.City, &e.Location.Latitude, &e.Location.Longitude, &e.Location.RadiusKM,
		&asn, &e.Location.ASOrg, &e.Location.TimeZone, &detail); err != nil {
		return e, err
	}
	e.At, e.Type, e.Outcome, e.Location.ASN = sqldb.Time(at), Type(typ), Outcome(outcome), uint(asn)
	if ip != "" {
		if e.Client.IP, err = netip.ParseAddr(ip); err != nil {
			return e, fmt.Errorf("activity: event %s: stored address: %w", e.ID, err)
		}
	}
	if detail != "{}" {
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return e, fmt.Errorf("activity: event %s: stored detail: %w", e.ID, err)
		}
	}
	return e, nil
}

// Get implements [Store].
func (s *SQLStore) Get(ctx context.Context, account, id string) (Event, error) {
	at, err := IDTime(id)
	if err != nil {
		return Event{}, ErrNotFound
	}
	e, found := Event{}, false
	err = s.db.Query(ctx, `SELECT `+columns+` FROM activity_events WHERE account = ? AND at = ? AND id = ?`,
		[]any{account, sqldb.Micros(at), id}, func(row func(...any) error) (err error) {
			found = true
			e, err = scanEvent(row)
			return err
		})
	switch {
	case err != nil:
		return Event{}, err
	case !found:
		return Event{}, ErrNotFound
	}
	return e, nil
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM activity_events WHERE account = ?`, account)
	return err
}

// Purge implements [Store]. The division is the expression of the index
// activity_events_hour.
func (s *SQLStore) Purge(ctx context.Context, before time.Time, max int) (int64, error) {
	at := sqldb.Micros(before)
	return s.db.Exec(ctx, `DELETE FROM activity_events WHERE (account, at, id) IN (
		SELECT account, at, id FROM activity_events WHERE at / 3600000000 <= ? AND at < ?
		ORDER BY at / 3600000000 LIMIT ?)`, at/time.Hour.Microseconds(), at, max)
}

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

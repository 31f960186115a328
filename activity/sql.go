package activity

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/internal/sqldb"
)

//go:embed migrations
var migrationFiles embed.FS

// SQLStore is a [Store] in the tables activity_events (skeletons) and
// activity_personal, both under the primary key (account, at, id): it serves
// listing, reading one event and idempotence alike, since the id holds the
// time. On PostgreSQL both are partitioned by month, see [SQLStore.KeepMonths].
type SQLStore struct {
	db     *sqldb.DB
	months sync.Map // of month: the *sql.Tx in which alone its tables are known to exist, nil for all
}

var (
	_ Store  = (*SQLStore)(nil)
	_ Months = (*SQLStore)(nil)
)

// NewSQLStore keeps events in db; dialect is "sqlite" or "postgres". The
// tables are made by [SQLStore.Migrate].
func NewSQLStore(db *sql.DB, dialect string) (*SQLStore, error) {
	d, err := sqldb.Open(db, dialect)
	if err != nil {
		return nil, err
	}
	return &SQLStore{db: d}, nil
}

// Migrate makes or updates the tables. Any number of instances may call it at
// once. From the first layout (version 0.1) to the split one all rows are
// copied, in one transaction.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrationFiles, "activity")
}

func (s *SQLStore) postgres() bool { return s.db.Dialect() == sqldb.Postgres }

// InTx implements [Store].
func (s *SQLStore) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.db.InTx(ctx, fn)
}

// Get implements [Store].
func (s *SQLStore) Get(ctx context.Context, account, id string) (Event, error) {
	at, err := IDTime(id)
	if err != nil {
		return Event{}, ErrNotFound
	}
	e, found := Event{}, false
	err = s.db.Query(ctx, `SELECT `+columns+` FROM activity_events e `+s.join(false)+` WHERE e.account = ? AND e.at = ? AND e.id = ?`,
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

// List implements [Store].
func (s *SQLStore) List(ctx context.Context, account string, q Query) (events []Event, cut Position, err error) {
	query, args := s.listQuery(account, q)
	err = s.db.Query(ctx, query, args, func(row func(...any) error) error {
		e, err := scanEvent(row)
		events = append(events, e)
		return err
	})
	if err != nil {
		return nil, cut, err
	}
	if q.selective() && len(events) < q.Limit {
		cut, err = s.cut(ctx, account, q)
	}
	return events, cut, err
}

// cut gives the position of the q.Scan-th row; the zero one if there are fewer.
func (s *SQLStore) cut(ctx context.Context, account string, q Query) (cut Position, err error) {
	where, args := rangeWhere(account, q)
	var at int64
	err = s.db.Query(ctx, `SELECT at, id FROM activity_events e WHERE `+where+order(q)+` LIMIT 1 OFFSET ?`, append(args, q.Scan-1),
		func(row func(...any) error) error { return row(&at, &cut.ID) })
	cut.At = sqldb.Time(at)
	return cut, err
}

// listQuery writes the statement of a listing. Where rows may fail to match,
// q.Scan of them are taken first and searched then.
func (s *SQLStore) listQuery(account string, q Query) (string, []any) {
	where, args := rangeWhere(account, q)
	if !q.selective() {
		return `SELECT ` + columns + ` FROM activity_events e ` + s.join(false) + ` WHERE ` + where + order(q) + limit(min(q.Limit, q.Scan)), args
	}
	var b strings.Builder
	b.WriteString(`SELECT ` + columns + ` FROM (SELECT account, at, id, type, outcome FROM activity_events e WHERE ` +
		where + order(q) + limit(q.Scan) + `) e ` + s.join(q.personal()) + ` WHERE TRUE`)
	and := func(cond string, values ...any) {
		b.WriteString(" AND " + cond)
		args = append(args, values...)
	}
	andIn(and, "e.type", q.Types)
	andIn(and, "e.outcome", q.Outcomes)
	andIn(and, "p.country", q.Countries)
	if q.AddrTo != "" {
		and(`p.addr BETWEEN ? AND ?`, q.AddrFrom, q.AddrTo)
	}
	if q.Device != "" {
		and(`(p.device = ? OR p.device_id = ?)`, q.Device, q.Device)
	}
	b.WriteString(order(q) + limit(q.Limit))
	return b.String(), args
}

// limit writes the number out: of a parameter PostgreSQL does not know how
// small it is, and plans each call anew, which takes longer than the call.
func limit(n int) string { return ` LIMIT ` + strconv.Itoa(n) }

// join adds the personal parts. needed says that rows without one are not
// wanted. The tables must be walked in this order, row by row: a planner that
// knows little of an account may prefer to hash or to sort what it holds.
func (s *SQLStore) join(needed bool) string {
	switch {
	case s.postgres(): // OFFSET 0 keeps the subquery from being merged into the join
		return `LEFT JOIN LATERAL (SELECT addr, country, device, device_id, disowned, facts FROM activity_personal
			WHERE account = e.account AND at = e.at AND id = e.id OFFSET 0) p ON TRUE`
	case needed: // CROSS JOIN is SQLite's way to fix the order
		return `CROSS JOIN activity_personal p ON p.account = e.account AND p.at = e.at AND p.id = e.id`
	}
	return `LEFT JOIN activity_personal p ON p.account = e.account AND p.at = e.at AND p.id = e.id`
}

// rangeWhere selects the rows from the start of q on. The comparison of at
// alone repeats what the row comparison says: it is what partitions are chosen
// by.
func rangeWhere(account string, q Query) (string, []any) {
	where, args := `e.account = ?`, []any{account}
	and := func(cond string, values ...any) {
		where += " AND " + cond
		args = append(args, values...)
	}
	if at := sqldb.Micros(q.Start.At); at != 0 && q.Upwards {
		and(`e.at >= ? AND (e.at, e.id) > (?, ?)`, at, at, q.Start.ID)
	} else if at != 0 {
		and(`e.at <= ? AND (e.at, e.id) < (?, ?)`, at, at, q.Start.ID)
	}
	if !q.From.IsZero() {
		and(`e.at >= ?`, sqldb.Micros(q.From))
	}
	if !q.To.IsZero() {
		and(`e.at < ?`, sqldb.Micros(q.To))
	}
	return where, args
}

func order(q Query) string {
	if q.Upwards {
		return ` ORDER BY e.at, e.id`
	}
	return ` ORDER BY e.at DESC, e.id DESC`
}

func andIn[T ~string](and func(string, ...any), column string, list []T) {
	if len(list) == 0 {
		return
	}
	args := make([]any, len(list))
	for i, v := range list {
		args[i] = string(v)
	}
	and(column+` IN (`+sqldb.Placeholders(len(list))+`)`, args...)
}

// Count implements [Store].
func (s *SQLStore) Count(ctx context.Context, account string, from, to time.Time, shifts []Shift) (out []DayCount, err error) {
	query, args := countQuery(account, from, to, shifts)
	err = s.db.Query(ctx, query, args, func(row func(...any) error) error {
		var c DayCount
		var typ, outcome string
		err := row(&c.Day, &typ, &outcome, &c.Events)
		c.Type, c.Outcome = Type(typ), Outcome(outcome)
		out = append(out, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func countQuery(account string, from, to time.Time, shifts []Shift) (string, []any) {
	ahead, args := `CASE`, []any{}
	for i := len(shifts) - 1; i > 0; i-- { // the latest that has begun
		ahead += ` WHEN at >= ? THEN CAST(? AS BIGINT)`
		args = append(args, sqldb.Micros(shifts[i].From), shifts[i].Ahead.Microseconds())
	}
	ahead += ` ELSE CAST(? AS BIGINT) END`
	if len(shifts) == 1 {
		ahead = `CAST(? AS BIGINT)`
	}
	args = append(args, shifts[0].Ahead.Microseconds(), account, sqldb.Micros(from), sqldb.Micros(to))
	return `SELECT (at + ` + ahead + `) / 86400000000 AS day, type, outcome, COUNT(*) FROM activity_events
		WHERE account = ? AND at >= ? AND at < ? GROUP BY 1, 2, 3`, args
}

// Explain gives the database's own plan of a listing, a line a step, for
// operators and tests that want to see the index being used. The query is
// planned, not run.
func (s *SQLStore) Explain(ctx context.Context, account string, q Query) (string, error) {
	query, args := s.listQuery(account, q)
	return s.explain(ctx, query, args)
}

// ExplainCount is [SQLStore.Explain] for [Store.Count].
func (s *SQLStore) ExplainCount(ctx context.Context, account string, from, to time.Time, shifts []Shift) (string, error) {
	query, args := countQuery(account, from, to, shifts)
	return s.explain(ctx, query, args)
}

func (s *SQLStore) explain(ctx context.Context, query string, args []any) (string, error) {
	var b strings.Builder
	var id, parent, unused int64
	var line string
	explain, dest := "EXPLAIN ", []any{&line}
	if !s.postgres() {
		explain, dest = "EXPLAIN QUERY PLAN ", []any{&id, &parent, &unused, &line}
	}
	err := s.db.Query(ctx, explain+query, args, func(row func(...any) error) error {
		err := row(dest...)
		b.WriteString(line + "\n")
		return err
	})
	return b.String(), err
}

// Disown implements [Store].
func (s *SQLStore) Disown(ctx context.Context, account, id string, at time.Time) (won bool, err error) {
	when, err := IDTime(id)
	if err != nil {
		return false, ErrNotFound
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		n, err := s.db.Exec(ctx, `UPDATE activity_personal SET disowned = ? WHERE account = ? AND at = ? AND id = ? AND disowned = 0`,
			sqldb.Micros(at), account, sqldb.Micros(when), id)
		if won = n == 1; err != nil || won {
			return err
		}
		var there int
		err = s.db.QueryRow(ctx, `SELECT 1 FROM activity_personal WHERE account = ? AND at = ? AND id = ?`,
			[]any{account, sqldb.Micros(when), id}, &there)
		if errors.Is(err, sqldb.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
	return won && err == nil, err
}

// Erase implements [Store].
func (s *SQLStore) Erase(ctx context.Context, account string) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `UPDATE activity_chains SET salt = ? WHERE account = ?`, []byte{}, account); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `DELETE FROM activity_personal WHERE account = ?`, account)
		return err
	})
}

// DeleteAccount implements [Store].
func (s *SQLStore) DeleteAccount(ctx context.Context, account string) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		for _, table := range []string{"activity_personal", "activity_events", "activity_links", "activity_chains"} {
			if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
				return fmt.Errorf("activity: %s: %w", table, err)
			}
		}
		return nil
	})
}

package activity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/accountsec/internal/sqldb"
)

// month is a calendar month in UTC, counted from year 0.
type month int

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

func (m month) begin() time.Time { return time.Date(0, time.Month(int(m)+1), 1, 0, 0, 0, 0, time.UTC) }

// suffix names the month's tables: "_202611".
func (m month) suffix() string { return m.begin().Format("_200601") }

// monthsAhead are made by KeepMonths. A shop that runs it daily has a season
// of warning before an insert must make its own month.
const monthsAhead = 3

var monthTables = []string{"activity_events", "activity_personal"}

// KeepMonths implements [Months] on PostgreSQL. A month is dropped in one
// statement a table, which needs the table alone for a moment: it gives up
// after two seconds rather than hold up writers behind a long reader, and is
// to be called again.
func (s *SQLStore) KeepMonths(ctx context.Context, now, events, personal time.Time) (bool, error) {
	if !s.postgres() {
		return false, nil
	}
	for m := monthOf(now); m <= monthOf(now)+monthsAhead; m++ {
		if err := s.makeMonth(ctx, m); err != nil {
			return true, err
		}
	}
	for i, before := range []time.Time{events, personal} {
		if err := s.dropMonths(ctx, monthTables[i], before); err != nil {
			return true, err
		}
	}
	return true, nil
}

// dropMonths drops the table's months that ended by then.
func (s *SQLStore) dropMonths(ctx context.Context, table string, before time.Time) error {
	var past []string
	err := s.db.Query(ctx, `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = CAST(? AS regclass)`,
		[]any{table}, func(row func(...any) error) error {
			var name string
			err := row(&name)
			if m, ok := monthNamed(table, name); ok && !(m + 1).begin().After(before) {
				s.months.Delete(m)
				past = append(past, name)
			}
			return err
		})
	for _, name := range past {
		if err == nil {
			err = s.dropMonth(ctx, name)
		}
	}
	return err
}

func (s *SQLStore) dropMonth(ctx context.Context, name string) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
			return err
		}
		_, err := s.db.Exec(ctx, `DROP TABLE IF EXISTS `+name)
		return err
	})
}

func monthNamed(table, name string) (month, bool) {
	suffix, ok := strings.CutPrefix(name, table)
	if !ok {
		return 0, false
	}
	t, err := time.Parse("_200601", suffix)
	return monthOf(t), err == nil
}

// withMonths runs write once the tables of the events' months exist. If
// another instance has dropped one meanwhile, it is made again.
func (s *SQLStore) withMonths(ctx context.Context, events []Event, write func() error) error {
	for try := 0; ; try++ {
		for _, e := range events {
			if err := s.needMonth(ctx, monthOf(e.At)); err != nil {
				return err
			}
		}
		err := write()
		if !errors.Is(err, sqldb.ErrNoPartition) {
			return err
		}
		for _, e := range events {
			s.months.Delete(monthOf(e.At))
		}
		if try > 0 || sqldb.CarriesTx(ctx) { // the transaction is lost; its repetition will do
			return err
		}
	}
}

func (s *SQLStore) needMonth(ctx context.Context, m month) error {
	if by, ok := s.months.Load(m); ok && (by == (*sql.Tx)(nil) || by == sqldb.Tx(ctx)) {
		return nil
	}
	return s.makeMonth(ctx, m)
}

// makeMonth makes the month's tables if they are absent: in the caller's
// transaction if there is one, since a second connection might be one more than
// the pool has. Attaching a finished table, unlike making it a partition at
// once, stops neither readers nor writers.
//
// What the caller's transaction made is there for that transaction only, until
// another one finds it: the caller may roll back.
func (s *SQLStore) makeMonth(ctx context.Context, m month) error {
	made := false
	err := s.InTx(ctx, func(ctx context.Context) error {
		for _, table := range monthTables {
			one, err := s.makeMonthTable(ctx, table, m)
			if err != nil {
				return fmt.Errorf("activity: make %s: %w", table+m.suffix(), err)
			}
			made = made || one
		}
		return nil
	})
	if err != nil {
		return err
	}
	var by *sql.Tx
	if made {
		by = sqldb.Tx(ctx)
	}
	s.months.Store(m, by)
	return nil
}

// makeMonthTable reports false if it found the table.
func (s *SQLStore) makeMonthTable(ctx context.Context, table string, m month) (bool, error) {
	name := table + m.suffix()
	var there bool
	if err := s.db.QueryRow(ctx, `SELECT to_regclass(?) IS NOT NULL`, []any{name}, &there); err != nil || there {
		return false, err
	}
	if err := s.db.LockMigrations(ctx); err != nil { // one instance makes it
		return false, err
	}
	if _, err := s.db.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+name+` (LIKE `+table+` INCLUDING ALL)`); err != nil {
		return false, err
	}
	var attached bool
	if err := s.db.QueryRow(ctx, `SELECT relispartition FROM pg_class WHERE oid = CAST(? AS regclass)`, []any{name}, &attached); err != nil || attached {
		return true, err
	}
	_, err := s.db.Exec(ctx, fmt.Sprintf(`ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)`,
		table, name, sqldb.Micros(m.begin()), sqldb.Micros((m+1).begin())))
	return true, err
}

// Purge implements [Store].
func (s *SQLStore) Purge(ctx context.Context, p Purge) (int64, error) {
	table, at := "activity_events", sqldb.Micros(p.Before)
	if p.Personal {
		table = "activity_personal"
	}
	where, args, first := `at < ?`, []any{at}, ""
	if !s.postgres() { // the expression of the indexes, and the order in which they have it
		where, args = `at / 3600000000 <= ? AND at < ?`, []any{at / time.Hour.Microseconds(), at}
		first = ` ORDER BY at / 3600000000`
	}
	and := func(cond string, values ...any) {
		where += " AND " + cond
		args = append(args, values...)
	}
	switch {
	case p.Personal && len(p.Types) > 0:
		and(`EXISTS (SELECT 1 FROM activity_events e WHERE e.account = x.account AND e.at = x.at AND e.id = x.id AND e.type IN (`+
			sqldb.Placeholders(len(p.Types))+`))`, anys(p.Types)...)
	case len(p.Types) > 0:
		andIn(and, "type", p.Types)
	}
	var n int64
	err := s.InTx(ctx, func(ctx context.Context) error {
		keys, err := s.keys(ctx, `SELECT account, at, id FROM `+table+` x WHERE `+where+first+` LIMIT ?`, append(args, p.Max))
		if err != nil || len(keys) == 0 {
			n = 0
			return err
		}
		n, err = s.deleteKeys(ctx, table, keys)
		if err == nil && !p.Personal {
			_, err = s.deleteKeys(ctx, "activity_personal", keys)
		}
		return err
	})
	return n, err
}

func anys[T ~string](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func (s *SQLStore) keys(ctx context.Context, query string, args []any) (keys []any, err error) {
	err = s.db.Query(ctx, query, args, func(row func(...any) error) error {
		var account, id string
		var at int64
		err := row(&account, &at, &id)
		keys = append(keys, account, at, id)
		return err
	})
	return keys, err
}

// deleteKeys deletes the rows of (account, at, id) triples.
func (s *SQLStore) deleteKeys(ctx context.Context, table string, keys []any) (n int64, err error) {
	const most = 3 * 300
	for len(keys) > 0 && err == nil {
		var some int64
		chunk := keys[:min(most, len(keys))]
		typed := `(CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT))` // the others follow the first
		if n := len(chunk)/3 - 1; n > 0 {
			typed += "," + tuples(n, 3)
		}
		some, err = s.db.Exec(ctx, `DELETE FROM `+table+` WHERE (account, at, id) IN (VALUES `+typed+`)`, chunk...)
		n += some
		keys = keys[len(chunk):]
	}
	return n, err
}

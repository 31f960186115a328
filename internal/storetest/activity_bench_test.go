package storetest_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activitytest"
	"example.com/accountsec/internal/sqldb"
	"example.com/accountsec/internal/storetest"
)

// envBench is how many events the tables hold; a small number by default, so
// that running all benchmarks once is quick.
const envBench = "ACCOUNTSEC_BENCH_EVENTS"

// benchTable is a filled log: a twelfth of the events a month, of ordinary
// accounts with some fifty each, and a hot one, which has a fiftieth of all.
type benchTable struct {
	raw    *sql.DB
	store  *activity.SQLStore
	log    *activity.Log
	events int
	begin  time.Time
	now    time.Time
}

const hot = "hot"

func newBenchTable(b *testing.B, d storetest.Dialect) *benchTable {
	b.Helper()
	t := &benchTable{events: 20000, begin: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC), now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	if n, err := strconv.Atoi(os.Getenv(envBench)); err == nil {
		t.events = n
	}
	t.raw = d.Open(b)
	var err error
	if t.store, err = activity.NewSQLStore(t.raw, d.Name); err != nil {
		b.Fatal(err)
	}
	if err := t.store.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	t.log, err = activity.New(t.store, activity.Config{CursorKey: make([]byte, 32), Now: func() time.Time { return t.now }})
	if err != nil {
		b.Fatal(err)
	}
	t.fill(b, d)
	return t
}

// account spreads the events over accounts of about fifty each.
func (t *benchTable) account(n int) string {
	return fmt.Sprintf("acct-%06d", n*7919%max(1, t.events/50))
}

func (t *benchTable) event(n int) activity.Event {
	account := t.account(n)
	if n%50 == 0 {
		account = hot
	}
	e := activitytest.Event(account, 0)
	e.At = t.begin.Add(time.Duration(n) * (t.now.Sub(t.begin) / time.Duration(t.events)))
	e.ID = activity.NewID(e.At)
	e.Client.UserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	e.Type = []activity.Type{activity.SignInSucceeded, activity.OrderPlaced, activity.PaymentMade, activity.SignedOut}[n/50%4]
	if n%50000 == 0 { // one in a thousand of the hot account's
		e.Type, e.Location.Country = activity.PasswordChanged, "JP"
	}
	return e
}

func (t *benchTable) fill(b *testing.B, d storetest.Dialect) {
	b.Helper()
	for n := 0; n < t.events; {
		batch := make([]activity.Event, 0, 5000)
		for ; n < t.events && len(batch) < cap(batch); n++ {
			batch = append(batch, t.event(n))
		}
		if err := t.store.Append(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	settle := []string{"ANALYZE"}
	if d.Name == "postgres" {
		settle = []string{"VACUUM (ANALYZE) activity_events", "VACUUM (ANALYZE) activity_personal"}
	}
	for _, stmt := range settle {
		if _, err := t.raw.ExecContext(b.Context(), stmt); err != nil {
			b.Fatal(err)
		}
	}
}

// quantiles runs fn for b.N and reports the median and the 99th percentile.
func quantiles(b *testing.B, fn func(n int)) {
	b.Helper()
	var took []time.Duration
	n := 0
	for b.Loop() {
		begin := time.Now()
		fn(n)
		took = append(took, time.Since(begin))
		n++
	}
	slices.Sort(took)
	at := func(q float64) float64 {
		return float64(took[min(len(took)-1, int(math.Ceil(q*float64(len(took))))-1)].Microseconds())
	}
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
}

const benchPage = 50

// BenchmarkActivityRead compares pages of the log with the same rows read by
// hand through the bare driver, and measures what has no counterpart.
func BenchmarkActivityRead(b *testing.B) {
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			t := newBenchTable(b, d)
			raw := newRawReader(b, t, d)
			deep := t.position(b, min(500*benchPage, t.events/50/2))
			ordinary := func(n int) string { return t.account(n%300*50 + 7) }
			for n := range 300 { // both sides find the cache warm
				raw.page(b, ordinary(n), activity.Position{})
			}
			for _, c := range []struct {
				name    string
				account func(n int) string
				start   activity.Position
			}{
				{"first page", ordinary, activity.Position{}},
				{"first page, hot", func(int) string { return hot }, activity.Position{}},
				{"500th page, hot", func(int) string { return hot }, deep},
			} {
				b.Run(c.name+"/ours", func(b *testing.B) {
					q := activity.Query{Start: c.start, Limit: benchPage + 1, Scan: 5000}
					quantiles(b, func(n int) {
						if _, _, err := t.store.List(b.Context(), c.account(n), q); err != nil {
							b.Fatal(err)
						}
					})
				})
				b.Run(c.name+"/raw", func(b *testing.B) {
					quantiles(b, func(n int) { raw.page(b, c.account(n), c.start) })
				})
			}
			t.others(b)
		})
	}
}

// others are the reads without a counterpart, of the hot account.
func (t *benchTable) others(b *testing.B) {
	ctx := b.Context()
	list := func(f activity.Filter) func(int) {
		return func(int) {
			if _, err := t.log.List(ctx, hot, hot, f, activity.Page{Limit: benchPage}); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		run  func(n int)
	}{
		{"List, 50", list(activity.Filter{})},
		{"List, a type of 1 in 1000", list(activity.Filter{Types: []activity.Type{activity.PasswordChanged}})},
		{"List, a country of 1 in 1000", list(activity.Filter{Countries: []string{"JP"}})},
		{"Groups", func(int) {
			if _, err := t.log.Groups(ctx, hot, hot, activity.Filter{}, activity.Page{}); err != nil {
				b.Fatal(err)
			}
		}},
		{"Summary", func(int) {
			if _, err := t.log.Summary(ctx, hot, hot, activity.Filter{}); err != nil {
				b.Fatal(err)
			}
		}},
		{"Timeline, 90 days", func(int) {
			if _, err := t.log.Timeline(ctx, hot, hot, t.now.AddDate(0, 0, -89), t.now, time.UTC); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) { quantiles(b, c.run) })
	}
}

// position gives the place of the hot account's n-th newest event.
func (t *benchTable) position(b *testing.B, n int) (p activity.Position) {
	b.Helper()
	var at int64
	err := t.raw.QueryRow(fmt.Sprintf(`SELECT at, id FROM activity_events WHERE account = 'hot' ORDER BY at DESC, id DESC LIMIT 1 OFFSET %d`, n)).Scan(&at, &p.ID)
	if err != nil {
		b.Fatal(err)
	}
	p.At = sqldb.Time(at)
	return p
}

// rawReader is what one would write by hand for the same rows.
type rawReader struct {
	pg    *pgx.Conn // nil: SQLite
	lite  *sql.DB
	first string
	after string
}

const rawColumns = `SELECT e.account, e.at, e.id, e.type, e.outcome, p.addr, p.country, p.device, p.device_id, p.disowned, p.facts
	FROM activity_events e `

func newRawReader(b *testing.B, t *benchTable, d storetest.Dialect) *rawReader {
	b.Helper()
	join := `LEFT JOIN activity_personal p ON p.account = e.account AND p.at = e.at AND p.id = e.id WHERE e.account = $1`
	if d.Name == "postgres" { // the plain join, a first try by hand, is hashed: 100 times slower on a hot account
		join = `LEFT JOIN LATERAL (SELECT * FROM activity_personal WHERE account = e.account AND at = e.at AND id = e.id OFFSET 0) p ON TRUE WHERE e.account = $1`
	}
	r := &rawReader{lite: t.raw, first: rawColumns + join + ` ORDER BY e.at DESC, e.id DESC LIMIT 51`,
		after: rawColumns + join + ` AND e.at <= $2 AND (e.at, e.id) < ($2, $3) ORDER BY e.at DESC, e.id DESC LIMIT 51`}
	if d.Name == "postgres" {
		var err error
		if r.pg, err = pgx.Connect(b.Context(), storetest.DSN(b, t.raw, d)); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { r.pg.Close(context.Background()) }) //nolint:errcheck
	}
	return r
}

type scanner interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
}

func (r *rawReader) page(b *testing.B, account string, start activity.Position) {
	query, args := r.first, []any{account}
	if !start.At.IsZero() {
		query, args = r.after, []any{account, start.At.UnixMicro(), start.ID}
	}
	var rows scanner
	if r.pg != nil {
		found, err := r.pg.Query(b.Context(), query, args...)
		if err != nil {
			b.Fatal(err)
		}
		defer found.Close()
		rows = found
	} else {
		found, err := r.lite.QueryContext(b.Context(), query, args...)
		if err != nil {
			b.Fatal(err)
		}
		defer found.Close() //nolint:errcheck
		rows = found
	}
	var page []rawRow
	for rows.Next() {
		var e rawRow
		if err := rows.Scan(&e.Account, &e.At, &e.ID, &e.Type, &e.Outcome, &e.Addr, &e.Country, &e.Device, &e.DeviceID, &e.Disowned, &e.facts); err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal([]byte(*e.facts), &e.Facts); err != nil { // whoever wants the rows wants what they say
			b.Fatal(err)
		}
		page = append(page, e)
	}
	if rows.Err() != nil || len(page) == 0 {
		b.Fatal(len(page), rows.Err())
	}
}

type rawRow struct {
	Account, ID, Type, Outcome      string
	At                              int64
	Addr, Country, Device, DeviceID *string
	Disowned                        *int64
	facts                           *string
	Facts                           struct {
		UA     string            `json:"ua"`
		SID    string            `json:"sid"`
		City   string            `json:"city"`
		Lat    float64           `json:"lat"`
		Lon    float64           `json:"lon"`
		ASN    uint              `json:"asn"`
		Org    string            `json:"org"`
		TZ     string            `json:"tz"`
		Detail map[string]string `json:"detail"`
	}
}

// BenchmarkActivityWrite compares writing with the same rows written by hand.
func BenchmarkActivityWrite(b *testing.B) {
	const many = 1000
	for _, d := range storetest.Dialects() {
		b.Run(d.Name, func(b *testing.B) {
			t := newBenchTable(b, d)
			n := 0
			next := func() activity.Event {
				n++
				e := t.event(t.events - 1 - n%(t.events/2))
				e.ID = activity.NewID(e.At)
				return e
			}
			rate := func(b *testing.B, per int) {
				b.ReportMetric(float64(per)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			}
			b.Run("one/ours", func(b *testing.B) {
				for b.Loop() {
					if err := t.log.Record(b.Context(), next()); err != nil {
						b.Fatal(err)
					}
				}
				rate(b, 1)
			})
			b.Run("one/raw", func(b *testing.B) {
				for b.Loop() {
					t.insertRaw(b, d, []activity.Event{next()})
				}
				rate(b, 1)
			})
			batch := func() []activity.Event {
				events := make([]activity.Event, many)
				for i := range events {
					events[i] = next()
				}
				return events
			}
			b.Run("1000/ours", func(b *testing.B) {
				for b.Loop() {
					if err := t.log.RecordBatch(b.Context(), batch()); err != nil {
						b.Fatal(err)
					}
				}
				rate(b, many)
			})
			b.Run("1000/raw, multi-row insert", func(b *testing.B) {
				for b.Loop() {
					t.insertRaw(b, d, batch())
				}
				rate(b, many)
			})
			if d.Name == "postgres" {
				b.Run("1000/raw, COPY", func(b *testing.B) {
					for b.Loop() {
						t.copyRaw(b, batch())
					}
					rate(b, many)
				})
			}
			buffer, err := activity.NewBuffer(t.log, activity.BufferConfig{})
			if err != nil {
				b.Fatal(err)
			}
			for name, r := range map[string]activity.Recorder{"64 writers, one by one": t.log, "64 writers, Buffer": buffer} {
				b.Run(name, func(b *testing.B) {
					events := make(chan activity.Event, 1024)
					go func() {
						defer close(events)
						for range b.N {
							events <- next()
						}
					}()
					b.SetParallelism(32) // times the processors
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := r.Record(b.Context(), <-events); err != nil {
								b.Error(err)
							}
						}
					})
					rate(b, 1)
				})
			}
		})
	}
}

// rawFacts is the JSON column, made by hand.
func rawFacts(e activity.Event) string {
	f, _ := json.Marshal(map[string]any{"ua": e.Client.UserAgent, "sid": e.Client.SessionID, "browser": e.Device.Browser, "os": e.Device.OS, //nolint:errcheck,errchkjson
		"class": e.Device.Class, "city": e.Location.City, "lat": e.Location.Latitude, "lon": e.Location.Longitude, "radius": e.Location.RadiusKM,
		"asn": e.Location.ASN, "org": e.Location.ASOrg, "tz": e.Location.TimeZone, "detail": e.Detail})
	return string(f)
}

// insertRaw writes the rows of both tables in a transaction, in multi-row
// statements.
func (t *benchTable) insertRaw(b *testing.B, d storetest.Dialect, events []activity.Event) {
	tx, err := t.raw.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	for chunk := range slices.Chunk(events, 500) {
		var skeletons, personal []any
		for _, e := range chunk {
			skeletons = append(skeletons, e.Account, e.At.UnixMicro(), e.ID, string(e.Type), string(e.Outcome))
			personal = append(personal, e.Account, e.At.UnixMicro(), e.ID, activity.AddrKey(e.Client.IP), e.Location.Country, e.Device.Name, e.Client.DeviceID, 0, rawFacts(e))
		}
		if _, err := tx.ExecContext(b.Context(), `INSERT INTO activity_events (account, at, id, type, outcome) VALUES `+dollars(len(chunk), 5), skeletons...); err != nil {
			b.Fatal(err)
		}
		if _, err := tx.ExecContext(b.Context(), `INSERT INTO activity_personal (account, at, id, addr, country, device, device_id, disowned, facts) VALUES `+
			dollars(len(chunk), 9), personal...); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func dollars(rows, columns int) string {
	var s strings.Builder
	for r := range rows {
		for c := range columns {
			s.WriteString(map[bool]string{true: "(", false: ","}[c == 0])
			s.WriteString("$" + strconv.Itoa(r*columns+c+1))
		}
		s.WriteString(map[bool]string{true: ")", false: "),"}[r == rows-1])
	}
	return s.String()
}

func (t *benchTable) copyRaw(b *testing.B, events []activity.Event) {
	ctx := b.Context()
	conn, err := t.raw.Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck
	err = conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn()
		tx, err := pg.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"activity_events"}, []string{"account", "at", "id", "type", "outcome"},
			pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
				e := events[i]
				return []any{e.Account, e.At.UnixMicro(), e.ID, string(e.Type), string(e.Outcome)}, nil
			})); err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"activity_personal"}, []string{"account", "at", "id", "addr", "country", "device", "device_id", "disowned", "facts"},
			pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
				e := events[i]
				return []any{e.Account, e.At.UnixMicro(), e.ID, activity.AddrKey(e.Client.IP), e.Location.Country, e.Device.Name, e.Client.DeviceID, int64(0), rawFacts(e)}, nil
			})); err != nil {
			return err
		}
		return tx.Commit(ctx)
	})
	if err != nil {
		b.Fatal(err)
	}
}

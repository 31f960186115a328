package activity_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/activity"
)

func export(t *testing.T, l *activity.Log, f activity.Filter, opts activity.ExportOptions) (string, int64) {
	t.Helper()
	var b bytes.Buffer
	n, err := l.Export(t.Context(), "kim", "kim", f, &b, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), n
}

func fullEvent() activity.Event {
	e := event("kim")
	e.At = t0.Add(-time.Minute)
	e.Client = activity.Client{IP: netip.MustParseAddr("192.0.2.7"), UserAgent: `Mozilla/5.0 "odd", agent`, DeviceID: "d-1", SessionID: "s-1"}
	e.Location = activity.Location{Country: "KR", City: "Seoul", Latitude: 37.5, Longitude: -0.25, RadiusKM: 20, ASN: 4766, ASOrg: "KT", TimeZone: "Asia/Seoul"}
	e.Device = activity.Device{Browser: "Chrome", OS: "Windows", Class: "desktop", Name: "Chrome on Windows", Model: "PC"}
	e.Detail = map[string]string{"order": `A-1; "x"`, "amount": "=1+1"}
	return e
}

func TestExportCSV(t *testing.T) {
	l := newLog(t, nil)
	record(t, l, fullEvent())
	text, n := export(t, l, activity.Filter{}, activity.ExportOptions{Lang: "ko", Zone: zone(t, "Asia/Seoul"), Client: activity.Client{SessionID: "s-9"}})
	if !strings.HasPrefix(text, "\ufeff") || !strings.Contains(text, "\"\r\n") || n != 2 {
		t.Fatalf("%d events: %q", n, text)
	}
	rows, err := csv.NewReader(strings.NewReader(text[3:])).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "시각" {
		t.Fatalf("%v, %v", rows, err)
	}
	got := rows[2]
	got[len(got)-1] = ""
	want := []string{"2026-11-01 17:59:00 +09:00", "로그인", "signin.succeeded", "성공", "정보", "192.0.2.7", "KR", "Seoul",
		"Windows의 Chrome", `Mozilla/5.0 "odd", agent`, "KT", "s-1", `amount="=1+1"; order="A-1; \"x\""`, "", ""}
	want[1], want[3], want[4] = activity.Label("ko", activity.SignInSucceeded), activity.OutcomeLabel("ko", activity.OutcomeSuccess), activity.SeverityLabel("ko", activity.Info)
	want[8] = activity.DeviceLabel("ko", "Chrome on Windows")
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if rows[1][2] != string(activity.DataExported) || rows[1][11] != "s-9" {
		t.Errorf("its own event: %q", rows[1])
	}
}

func TestExportJSONLines(t *testing.T) {
	l := newLog(t, nil)
	record(t, l, fullEvent())
	text, n := export(t, l, activity.Filter{Types: []activity.Type{activity.SignInSucceeded}}, activity.ExportOptions{Format: activity.JSONLines})
	if n != 1 || strings.Count(text, "\n") != 1 {
		t.Fatalf("%d events: %s", n, text)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "id")
	want := `{"asn":4766,"at":"2026-11-01T08:59:00.123456Z","browser":"Chrome","category":"signin","city":"Seoul","country":"KR","detail":{"amount":"=1+1","order":"A-1; \"x\""},"device":"Chrome on Windows","device_class":"desktop","device_id":"d-1","ip":"192.0.2.7","latitude":37.5,"longitude":-0.25,"model":"PC","operator":"KT","os":"Windows","outcome":"success","radius_km":20,"session_id":"s-1","severity":"info","time_zone":"Asia/Seoul","type":"signin.succeeded","user_agent":"Mozilla/5.0 \"odd\", agent"}`
	if have, err := json.Marshal(got); err != nil || string(have) != want {
		t.Errorf("got  %s\nwant %s", have, want)
	}
}

// down fails where it is told to.
type down struct {
	*activity.MemoryStore
	appends, lists bool
}

func (d *down) Append(ctx context.Context, events ...activity.Event) error {
	if d.appends {
		return errors.New("the disk is gone")
	}
	return d.MemoryStore.Append(ctx, events...)
}

func (d *down) List(ctx context.Context, account string, q activity.Query) ([]activity.Event, activity.Position, error) {
	if d.lists {
		return nil, activity.Position{}, errors.New("the disk is gone")
	}
	return d.MemoryStore.List(ctx, account, q)
}

// An export is recorded before its first byte, or is not made.
func TestExportFailsClosed(t *testing.T) {
	s := &down{MemoryStore: activity.NewMemoryStore(), appends: true}
	l, err := activity.New(s, activity.Config{CursorKey: key, Now: func() time.Time { return t0 }})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := l.Export(t.Context(), "kim", "kim", activity.Filter{}, &b, activity.ExportOptions{}); err == nil || n != 0 || b.Len() != 0 {
		t.Errorf("unrecorded: %d events, %d bytes, %v", n, b.Len(), err)
	}
	s.appends, s.lists = false, true
	if _, err := l.Export(t.Context(), "kim", "kim", activity.Filter{}, &b, activity.ExportOptions{}); err == nil {
		t.Error("the store failed: no error")
	}
	s.lists = false
	for name, c := range map[string]struct {
		viewer string
		f      activity.Filter
		opts   activity.ExportOptions
		want   error
	}{
		"not the owner": {viewer: "lee", want: activity.ErrNotOwner},
		"bad filter":    {viewer: "kim", f: activity.Filter{Countries: []string{"Korea"}}, want: activity.ErrBadFilter},
		"bad format":    {viewer: "kim", opts: activity.ExportOptions{Format: "xlsx"}},
	} {
		b.Reset()
		before := len(all(t, l, "kim"))
		if n, err := l.Export(t.Context(), c.viewer, "kim", c.f, &b, c.opts); err == nil || c.want != nil && !errors.Is(err, c.want) || n != 0 || b.Len() != 0 {
			t.Errorf("%s: %d events, %d bytes, %v", name, n, b.Len(), err)
		}
		if len(all(t, l, "kim")) != before {
			t.Errorf("%s: recorded as made", name)
		}
	}
	stop := errors.New("the reader went away")
	if _, err := l.Export(t.Context(), "kim", "kim", activity.Filter{}, failingWriter{stop}, activity.ExportOptions{}); !errors.Is(err, stop) {
		t.Errorf("the writer's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	opts := activity.ExportOptions{Progress: func(int64) { cancel() }}
	if _, err := l.Export(ctx, "kim", "kim", activity.Filter{}, io.Discard, opts); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// endless gives as many events as are asked for, made up on the way.
type endless struct {
	*activity.MemoryStore
	left int
}

func (s *endless) List(_ context.Context, _ string, q activity.Query) ([]activity.Event, activity.Position, error) {
	n := min(q.Limit, s.left)
	s.left -= n - 1 // the page's last one is asked for again
	if n < q.Limit {
		s.left = 0
	}
	out := make([]activity.Event, n)
	for i := range out {
		out[i] = fullEvent()
		out[i].ID = activity.NewID(out[i].At)
	}
	return out, activity.Position{}, nil
}

// What an export holds does not grow with what it writes.
func TestExportTakesConstantMemory(t *testing.T) {
	const events = 60000
	l, err := activity.New(&endless{activity.NewMemoryStore(), events}, activity.Config{CursorKey: key, Now: func() time.Time { return t0 }})
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	base, most := heap(), uint64(0)
	n, err := l.Export(t.Context(), "kim", "kim", activity.Filter{}, io.Discard, activity.ExportOptions{Progress: func(n int64) {
		if n%10000 == 0 {
			most = max(most, heap())
		}
	}})
	if err != nil || n < events-1 || most == 0 || most > base+4<<20 {
		t.Errorf("%d events, %v; heap %d → %d bytes", n, err, base, most)
	}
}

// formula is a cell that some spreadsheet would run.
var formula = regexp.MustCompile(`^[ \x{a0}\x{3000}"]*[=+\-@\t\r\n＝＋－＠]`)

// FuzzExportCSV: whatever was recorded, no cell is a formula, and a CSV reader
// gets back what was written, the apostrophe aside.
func FuzzExportCSV(f *testing.F) {
	for _, s := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "'=1", "\"=1", "＝1", "－1", "a\"b", "a,b\r\nc", "", "\ufeff=1", "=cmd|'/C calc'!A0", "\u200b=1", "\xff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l := newLog(t, nil)
		e := fullEvent()
		e.Client.UserAgent, e.Location.City, e.Location.ASOrg, e.Client.SessionID, e.Detail = s, s, s, s, map[string]string{"k": s}
		record(t, l, e)
		stored := all(t, l, "kim")[0]
		text, _ := export(t, l, activity.Filter{Types: []activity.Type{activity.SignInSucceeded}}, activity.ExportOptions{})
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%v, %v", rows, err)
		}
		for _, cell := range rows[1] {
			if formula.MatchString(cell) {
				t.Errorf("a formula: %q", cell)
			}
		}
		for i, want := range map[int]string{7: stored.Location.City, 9: stored.Client.UserAgent, 10: stored.Location.ASOrg, 11: stored.Client.SessionID} {
			if got := rows[1][i]; got != want && got != "'"+want {
				t.Errorf("cell %d: %q, want %q", i, got, want)
			}
		}
	})
}

func BenchmarkExport(b *testing.B) {
	for _, format := range []activity.Format{activity.CSV, activity.JSONLines} {
		b.Run(string(format), func(b *testing.B) {
			s := &endless{MemoryStore: activity.NewMemoryStore()}
			l, err := activity.New(s, activity.Config{CursorKey: key})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				s.left = 10000
				if _, err := l.Export(b.Context(), "kim", "kim", activity.Filter{}, io.Discard, activity.ExportOptions{Format: format}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10000, "ns/event")
		})
	}
}

package activity

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
)

// Format is the form of an export.
type Format string

// The formats.
const (
	// CSV is RFC 4180 in UTF-8, with the byte order mark that Excel wants and
	// labels in the reader's language; see [Log.Export].
	CSV Format = "csv"
	// JSONLines is one JSON object a line, for programs.
	JSONLines Format = "jsonl"
)

// ContentType gives the format's media type, for a download.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8; header=present"
	case JSONLines:
		return "application/jsonl; charset=utf-8"
	}
	return "application/octet-stream"
}

// ExportOptions says how to export.
type ExportOptions struct {
	// Format is [CSV] or [JSONLines]. Defaults to CSV.
	Format Format
	// Lang is the language of CSV's labels, a BCP 47 tag or an Accept-Language
	// header. Defaults to English.
	Lang string
	// Zone is the time zone of CSV's times. Defaults to UTC.
	Zone *time.Location
	// Client is who exports, for the log. Defaults to nobody known.
	Client Client
	// Progress is told how many events were written, after each 500. Defaults
	// to nothing.
	Progress func(events int64)
}

// Export writes the account's events that match the filter, newest first, and
// gives their number. It takes constant memory, whatever the number. Its own
// event, [DataExported], is recorded before the first byte and is the newest it
// holds: an export that cannot be recorded is refused.
//
// CSV has one row an event under a header. A cell that a spreadsheet would
// take for a formula (one whose first character, leading spaces aside, is one
// of = + - @, their full-width forms, tab or return) gets an apostrophe before
// it, which spreadsheets read as "text".
//
// JSON Lines has the fields id, at (RFC 3339, UTC, microseconds), type,
// category, severity, outcome, ip, user_agent, device_id, session_id, country,
// city, latitude, longitude, radius_km, asn, operator, time_zone, browser, os,
// device_class, device, model, disowned, erased and detail; empty ones are left
// out.
//
// What was written before an error stays written. Errors: [ErrNotOwner],
// [ErrBadFilter], what [Config].MayExport says, the store's, w's, ctx's.
func (l *Log) Export(ctx context.Context, viewer, account string, f Filter, w io.Writer, opts ExportOptions) (int64, error) {
	if err := checkOwner(viewer, account); err != nil {
		return 0, err
	}
	if l.mayExport != nil {
		if err := l.mayExport(ctx, account); err != nil {
			return 0, err
		}
	}
	r, err := l.reading(account, f, Page{})
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriter(w)
	enc, err := l.encoder(opts, out)
	if err != nil {
		return 0, err
	}
	err = l.Record(ctx, Event{
		Account: account, Type: DataExported, Outcome: OutcomeSuccess, Client: opts.Client,
		Detail: map[string]string{DetailFormat: string(opts.format())},
	})
	if err != nil {
		return 0, err
	}
	n, err := r.export(ctx, enc, opts.Progress)
	return n, errors.Join(err, out.Flush())
}

func (o ExportOptions) format() Format {
	if o.Format == "" {
		return CSV
	}
	return o.Format
}

// export writes page after page.
func (r *reading) export(ctx context.Context, enc encoder, progress func(int64)) (n int64, err error) {
	if err := enc.begin(); err != nil || r.none {
		return 0, err
	}
	for more := true; more; {
		var events []Event
		if events, more, _, err = r.next(ctx, readPage); err != nil {
			return n, err
		}
		for _, e := range events {
			if err := enc.event(e); err != nil {
				return n, fmt.Errorf("activity: export: %w", err)
			}
			n++
		}
		if progress != nil && len(events) > 0 {
			progress(n)
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
	}
	return n, nil
}

// encoder writes events in a format.
type encoder interface {
	begin() error
	event(e Event) error
}

func (l *Log) encoder(opts ExportOptions, w *bufio.Writer) (encoder, error) {
	switch opts.format() {
	case CSV:
		zone := opts.Zone
		if zone == nil {
			zone = time.UTC
		}
		return &csvEncoder{log: l, w: w, lang: opts.Lang, zone: zone}, nil
	case JSONLines:
		return &jsonEncoder{log: l, w: w}, nil
	}
	return nil, fmt.Errorf("activity: unknown export format %q", canon.Line(string(opts.Format), maxName))
}

// csvEncoder writes RFC 4180, every cell quoted.
type csvEncoder struct {
	log  *Log
	w    *bufio.Writer
	lang string
	zone *time.Location
}

// csvColumns are the message keys of the header, in the order of the cells.
var csvColumns = []string{"at", "label", "type", "outcome", "severity", "ip", "country", "city", "device", "user_agent", "operator",
	"session", "detail", "disowned", "id"}

const byteOrderMark = "\ufeff"

func (c *csvEncoder) begin() error {
	if _, err := c.w.WriteString(byteOrderMark); err != nil {
		return err
	}
	cells := make([]string, len(csvColumns))
	for i, key := range csvColumns {
		cells[i] = texts().Text(c.lang, "export."+key, nil)
	}
	return c.row(cells)
}

func (c *csvEncoder) event(e Event) error {
	ip, disowned := "", ""
	if e.Client.IP.IsValid() {
		ip = e.Client.IP.String()
	}
	if !e.Disowned.IsZero() {
		disowned = c.time(e.Disowned)
	}
	return c.row([]string{
		c.time(e.At), c.log.Label(c.lang, e.Type), string(e.Type), OutcomeLabel(c.lang, e.Outcome),
		SeverityLabel(c.lang, c.log.cat.types[e.Type].Severity), ip, e.Location.Country, e.Location.City,
		DeviceLabel(c.lang, e.Device.Name), e.Client.UserAgent, e.Location.ASOrg, e.Client.SessionID, detailText(e.Detail), disowned, e.ID,
	})
}

func (c *csvEncoder) time(t time.Time) string {
	return t.In(c.zone).Format("2006-01-02 15:04:05 -07:00")
}

func detailText(detail map[string]string) string {
	parts := make([]string, 0, len(detail))
	for k, v := range detail {
		parts = append(parts, k+"="+strconv.Quote(v))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

func (c *csvEncoder) row(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			c.w.WriteByte(',') //nolint:errcheck // bufio keeps its first error for the last write
		}
		c.w.WriteByte('"')                                          //nolint:errcheck
		c.w.WriteString(strings.ReplaceAll(inert(cell), `"`, `""`)) //nolint:errcheck
		c.w.WriteByte('"')                                          //nolint:errcheck
	}
	_, err := c.w.WriteString("\r\n")
	return err
}

// inert keeps a spreadsheet from running a cell (CWE-1236).
func inert(cell string) string {
	first := strings.TrimLeft(cell, " \u00a0\u3000'\"")
	if first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0]) {
		return "'" + cell
	}
	return cell
}

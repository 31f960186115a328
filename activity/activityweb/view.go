package activityweb

import (
	"context"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/message"
)

// View is what the templates show.
type View struct {
	// Lang is "en" or "ko", Title the page's.
	Lang, Title string
	// Path is where the handler is mounted.
	Path string
	// Hidden goes into every POST form.
	Hidden template.HTML
	// Errors are what is wrong with the request; the page then shows what it
	// can.
	Errors []FieldError
	// Filter is the form, Filtered tells that it selects.
	Filter   FilterForm
	Filtered bool
	// Groups are the rows, newest first.
	Groups []Group
	// Older, Newer and Newest are addresses of pages; "" where there is none.
	Older, Newer, Newest string
	// Until is how far a search came that was cut off; "" otherwise. It goes on
	// with Older, or if Upwards with Newer.
	Until   string
	Upwards bool
	// Chart, Summary and Sessions are nil on further pages.
	Chart    *Chart
	Summary  *Summary
	Sessions []Session

	zone *time.Location
	now  time.Time
}

// T renders a message of this package in the page's language; args are names
// and values in turn.
func (v *View) T(key string, args ...any) string {
	a := message.Args{}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		switch value := args[i+1].(type) {
		case string:
			a[name] = value
		case int:
			a[name] = itoa(value)
		}
	}
	return texts().Text(v.Lang, key, a)
}

// Error says what is wrong with a field; "" if nothing is.
func (v *View) Error(field string) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return v.T(e.Key)
		}
	}
	return ""
}

// Choice is an option of a select.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// FilterForm is the filter as it was sent, and what it offers.
type FilterForm struct {
	From, To, Device, IP                     string
	Categories, Outcomes, Severities, Places []Choice
}

// Group is a row: an event, or several of one kind.
type Group struct {
	// Label says what, Count how often if more than once.
	Label string
	Count string
	// Type, Icon, Severity, Outcome and OutcomeLabel are the type's and the
	// newest event's.
	Type, Icon, Severity  string
	Outcome, OutcomeLabel string
	// Events are all of them, newest first.
	Events []Event
}

// Event is an event in the words of the page.
type Event struct {
	ID                string
	At                time.Time
	When, Ago         string
	Place, IP, Device string
	Detail            []Pair
	Note              string
	Disowned, Erased  bool
	// CanDisown says that there is a way to say "this wasn't me".
	CanDisown bool
}

// Pair is a labelled detail.
type Pair struct{ Label, Value string }

// Summary is the last 90 days at a glance.
type Summary struct {
	Events, Failed, Countries, Devices int
}

// Session is a place where the account is signed in.
type Session struct {
	Device, Place, IP, Since string
	Current                  bool
}

// blank is a view without content.
func (h *Handler) blank(r *http.Request) *View {
	v := &View{Lang: h.lang(r), Path: h.cfg.Path, Hidden: h.cfg.Hidden(r), zone: h.cfg.Zone(r), now: h.cfg.Now()}
	v.Title = v.T("title")
	return v
}

// View gathers what the page shows to the account's owner. Errors are the
// log's; a request that makes no sense is none.
func (h *Handler) View(r *http.Request, account string) (*View, error) {
	v := h.blank(r)
	q := readQuery(r.URL.Query(), v.zone)
	ctx := r.Context()
	found, err := h.log.Groups(ctx, account, account, q.filter, q.page)
	if errors.Is(err, activity.ErrBadCursor) {
		q.errors = append(q.errors, FieldError{"", "error.cursor"})
		q.page = activity.Page{Limit: perPage}
		found, err = h.log.Groups(ctx, account, account, q.filter, q.page)
	}
	if errors.Is(err, activity.ErrBadFilter) {
		q.errors = append(q.errors, FieldError{"", "error.filter"})
		q.filter, q.page = activity.Filter{}, activity.Page{Limit: perPage}
		found, err = h.log.Groups(ctx, account, account, q.filter, q.page)
	}
	if err != nil {
		return nil, err
	}
	v.Errors, v.Filtered = q.errors, len(q.form) > 0
	for _, g := range found.Groups {
		v.Groups = append(v.Groups, h.group(v, g))
	}
	v.Older, v.Newer = q.link(v.Path, "after", found.Next), q.link(v.Path, "before", found.Prev)
	if v.Newer != "" {
		v.Newest = q.link(v.Path, "", "")
	}
	if !found.Until.IsZero() {
		v.Until, v.Upwards = v.clock(found.Until), q.page.Before != ""
	}
	first := q.page.After == "" && q.page.Before == ""
	return v, h.surroundings(ctx, v, account, q, first, h.cfg.Client(r).SessionID)
}

const summaryDays = 90

// surroundings add the filter's choices and, on the first page, the chart, the
// summary and the sessions.
func (h *Handler) surroundings(ctx context.Context, v *View, account string, q query, first bool, session string) error {
	recent, err := h.log.Summary(ctx, account, account, activity.Filter{From: v.now.AddDate(0, 0, -summaryDays)})
	if err != nil {
		return err
	}
	h.fillFilter(v, q, recent)
	if !first || v.Filtered {
		return nil
	}
	v.Summary = &Summary{recent.Events, recent.Failed, len(recent.Countries), len(recent.Devices)}
	days, err := h.log.Timeline(ctx, account, account, v.now.AddDate(0, 0, 1-chartDays), v.now, v.zone)
	if err != nil {
		return err
	}
	v.Chart = h.chart(v, days)
	open, err := h.log.Sessions(ctx, account, account, session)
	for _, s := range open {
		v.Sessions = append(v.Sessions, Session{
			Device: v.orUnknown(activity.DeviceLabel(v.Lang, s.Device.Name)), Place: v.orUnknown(activity.PlaceLabel(v.Lang, s.Location)),
			IP: address(s.Client), Since: v.clock(s.Started), Current: s.Current,
		})
	}
	return err
}

func (h *Handler) fillFilter(v *View, q query, recent activity.Summary) {
	f := &v.Filter
	f.From, f.To, f.Device, f.IP = q.form.Get("from"), q.form.Get("to"), q.form.Get("device"), q.form.Get("ip")
	for _, c := range h.log.Categories() {
		f.Categories = append(f.Categories, Choice{c.Category, h.log.CategoryLabel(v.Lang, c.Category), c.Category == q.form.Get("category")})
	}
	for _, o := range []activity.Outcome{activity.OutcomeSuccess, activity.OutcomeFailure, activity.OutcomeDenied, activity.OutcomePending} {
		f.Outcomes = append(f.Outcomes, Choice{string(o), activity.OutcomeLabel(v.Lang, o), string(o) == q.form.Get("outcome")})
	}
	for i, s := range severities[1:] {
		f.Severities = append(f.Severities, Choice{s, v.T("severity.from", "severity", activity.SeverityLabel(v.Lang, activity.Severity(i+1))), s == q.form.Get("severity")})
	}
	codes := map[string]bool{}
	if c := strings.ToUpper(q.form.Get("country")); len(c) == 2 {
		codes[c] = true
	}
	for _, t := range recent.Countries {
		codes[t.Name] = true
	}
	for _, c := range slices.Sorted(maps.Keys(codes)) {
		f.Places = append(f.Places, Choice{c, activity.CountryName(v.Lang, c), c == strings.ToUpper(q.form.Get("country"))})
	}
}

func (h *Handler) group(v *View, g activity.Group) Group {
	newest := g.Events[0]
	info, _ := h.log.Info(newest.Type)
	out := Group{
		Label: h.log.Label(v.Lang, newest.Type), Type: string(newest.Type), Icon: info.Icon, Severity: info.Severity.String(),
		Outcome: string(newest.Outcome), OutcomeLabel: activity.OutcomeLabel(v.Lang, newest.Outcome),
	}
	switch n := len(g.Events); {
	case n > 1 && g.Addresses > 1:
		out.Count = v.T("group.addresses", "count", n, "addresses", g.Addresses)
	case n > 1:
		out.Count = v.T("group.count", "count", n)
	}
	for _, e := range g.Events {
		out.Events = append(out.Events, h.event(v, e))
	}
	return out
}

func (h *Handler) event(v *View, e activity.Event) Event {
	out := Event{
		ID: e.ID, At: e.At, When: v.clock(e.At), Ago: v.ago(e.At), Disowned: !e.Disowned.IsZero(), Erased: e.Erased,
		Note: h.cfg.Note(v.Lang, e), Detail: h.details(v, e),
	}
	if e.Erased {
		return out
	}
	out.Place, out.IP = v.orUnknown(activity.PlaceLabel(v.Lang, e.Location)), address(e.Client)
	out.Device = v.orUnknown(activity.DeviceLabel(v.Lang, e.Device.Name))
	out.CanDisown = h.cfg.Disown != nil && !out.Disowned && e.Type != activity.EventDisowned
	return out
}

// details labels what an event says of itself. What only programs read (ids,
// reasons that [Config].Note puts into words) is left out.
func (h *Handler) details(v *View, e activity.Event) (out []Pair) {
	for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
		value := e.Detail[k]
		switch k {
		case activity.DetailEvent, activity.DetailSession, activity.DetailUntil, activity.DetailFactorID, "reasons", "evidence", "level", "failures", "purpose":
			continue
		case activity.DetailType:
			value = h.log.Label(v.Lang, activity.Type(value))
		case activity.DetailFields:
			value = activity.FieldLabels(v.Lang, value)
		case "method", "reason", activity.DetailHow, activity.DetailWarning:
			value = v.words(k+".", value)
		}
		label := k
		if key := "detail." + k; texts().Has(key) {
			label = v.T(key)
		}
		if value != "" {
			out = append(out, Pair{label, value})
		}
	}
	return out
}

// words renders a comma-separated list of values that have names of their own.
func (v *View) words(prefix, list string) string {
	parts := strings.Split(list, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		if key := prefix + p; texts().Has(key) {
			p = v.T(key)
		}
		parts[i] = p
	}
	return strings.Join(parts, ", ")
}

func address(c activity.Client) string {
	if !c.IP.IsValid() {
		return ""
	}
	return c.IP.String()
}

func (v *View) orUnknown(s string) string {
	if s == "" {
		return v.T("unknown")
	}
	return s
}

// clock writes a moment in the owner's zone.
func (v *View) clock(at time.Time) string {
	at = at.In(v.zone)
	if v.Lang == "ko" {
		return at.Format("2006년 1월 2일 15:04")
	}
	return at.Format("2 Jan 2006, 15:04")
}

// ago writes how long it is since; "" beyond a month.
func (v *View) ago(at time.Time) string {
	d := v.now.Sub(at)
	switch {
	case d < time.Minute:
		return v.T("ago.now")
	case d < time.Hour:
		return v.T("ago.minutes", "n", int(d.Minutes()))
	case d < 24*time.Hour:
		return v.T("ago.hours", "n", int(d.Hours()))
	case d < 31*24*time.Hour:
		return v.T("ago.days", "n", int(d.Hours()/24))
	}
	return ""
}

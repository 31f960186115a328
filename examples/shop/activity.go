package main

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// eventView is an event in the words of the page.
type eventView struct {
	Type, Label, Icon, Severity string
	Outcome, OutcomeLabel       string
	Place, IP, Device           string
	Detail, Reasons             string
	At                          time.Time
}

type choice struct{ Value, Label string }

type activityData struct {
	Events                          []eventView
	Next, Newest                    string // addresses of pages
	Categories, Outcomes, Countries []choice
}

const eventsPerPage = 15

func (a *app) activityPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "activity.title")
	data := activityData{}
	a.filterChoices(p, &data)
	filter := a.readFilter(r, p)
	after := r.URL.Query().Get("after")
	list, err := a.guard.Log().List(r.Context(), p.Me.ID, p.Me.ID, filter, activity.Page{After: after, Limit: eventsPerPage})
	status := http.StatusOK
	if errors.Is(err, activity.ErrBadFilter) || errors.Is(err, activity.ErrBadCursor) || len(canon.Line(after, 1024)) != len(after) {
		p.wrong("", "activity.bad_filter")
		p.Form, after, status = url.Values{}, "", http.StatusBadRequest
		list, err = a.guard.Log().List(r.Context(), p.Me.ID, p.Me.ID, activity.Filter{}, activity.Page{Limit: eventsPerPage})
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	for _, e := range list.Events {
		data.Events = append(data.Events, a.eventView(p, e))
	}
	if after != "" {
		data.Newest = activityURL(p.Form, "")
	}
	if list.Next != "" {
		data.Next = activityURL(p.Form, list.Next)
	}
	p.Data = data
	a.render(w, r, status, "activity", p)
}

func activityURL(form url.Values, after string) string {
	q := url.Values{}
	for name, v := range form {
		if len(v) > 0 && v[0] != "" {
			q[name] = v[:1]
		}
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return "/security/activity"
	}
	return "/security/activity?" + q.Encode()
}

// readFilter reads the form; dates are days in the owner's time zone, the last
// one included.
func (a *app) readFilter(r *http.Request, p *page) activity.Filter {
	var f activity.Filter
	ask := func(name string) string {
		v := canon.Line(r.URL.Query().Get(name), 64)
		p.Form.Set(name, v)
		return v
	}
	if v := ask("category"); v != "" {
		f.Categories = []string{v}
	}
	if v := ask("outcome"); v != "" {
		f.Outcomes = []activity.Outcome{activity.Outcome(v)}
	}
	if v := ask("country"); v != "" {
		f.Countries = []string{v}
	}
	f.From = a.day(p, ask("from"))
	if to := a.day(p, ask("to")); !to.IsZero() {
		f.To = to.AddDate(0, 0, 1)
	}
	if !f.To.IsZero() && f.To.Before(f.From) {
		p.wrong("from", "activity.bad_date")
		f.From, f.To = time.Time{}, time.Time{}
	}
	return f
}

func (a *app) day(p *page, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, s, p.zone)
	if err != nil {
		p.wrong("from", "activity.bad_date")
		return time.Time{}
	}
	return t
}

func (a *app) filterChoices(p *page, d *activityData) {
	for _, c := range a.guard.Log().Categories() {
		d.Categories = append(d.Categories, choice{c.Category, a.guard.Log().CategoryLabel(p.Lang, c.Category)})
	}
	for _, o := range []activity.Outcome{activity.OutcomeSuccess, activity.OutcomeFailure, activity.OutcomeDenied, activity.OutcomePending} {
		d.Outcomes = append(d.Outcomes, choice{string(o), activity.OutcomeLabel(p.Lang, o)})
	}
	for _, code := range []string{"KR", "US", "JP", "DE", "GB"} { // where the demo can go
		d.Countries = append(d.Countries, choice{code, p.Country(code)})
	}
}

func (a *app) eventView(p *page, e activity.Event) eventView {
	v := eventView{
		Type: string(e.Type), Label: a.guard.Log().Label(p.Lang, e.Type), Icon: "dot", At: e.At,
		Outcome: string(e.Outcome), OutcomeLabel: activity.OutcomeLabel(p.Lang, e.Outcome),
		Place: placeText(p, e.Location), Device: activity.DeviceLabel(p.Lang, e.Device.Name),
	}
	if info, ok := a.guard.Log().Info(e.Type); ok {
		v.Icon, v.Severity = info.Icon, info.Severity.String()
	}
	if e.Client.IP.IsValid() {
		v.IP = e.Client.IP.String()
	}
	if v.Device == "" {
		v.Device = p.T("activity.unknown")
	}
	v.Detail = strings.Join(slices.DeleteFunc([]string{e.Detail["order"], e.Detail["amount"]}, func(s string) bool { return s == "" }), " · ")
	v.Reasons = reasonsText(p, e)
	return v
}

// placeText names a place: "Seoul, South Korea".
func placeText(p *page, l activity.Location) string {
	if !l.Known() {
		return p.T("activity.unknown")
	}
	country := p.Country(l.Country)
	if l.City == "" {
		return country
	}
	city := l.City
	if named := p.T("city." + city); !strings.HasPrefix(named, "city.") {
		city = named
	}
	if p.Lang == "ko" {
		return country + " " + city
	}
	return city + ", " + country
}

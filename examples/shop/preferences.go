package main

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// alertsData is the page of alerts: kinds by channels, quiet hours, language.
type alertsData struct {
	Channels []alertChannel
	Rows     []alertRow
	Quiet    bool
	From, To string // on a clock of 24 hours
	Zone     string
	Lang     string // "" follows the profile
	Phrase   bool
	Push     template.HTML // the switch for this browser
}

// alertChannel is a column.
type alertChannel struct{ Name, Label string }

// alertRow is a kind, with a cell for each channel.
type alertRow struct {
	Label     string
	Mandatory bool
	Cells     []alertCell
}

// alertCell is whether a kind goes to a channel. What must reach the owner goes
// to their mail whatever else they choose: a browser may be gone tomorrow.
type alertCell struct {
	Value, Channel string
	On, Fixed      bool
}

// cellSeparator stands in no kind and in no channel.
const cellSeparator = "|"

func (a *app) alertsPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "alerts.title")
	chosen, err := a.guard.Alerts().Preferences(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.showAlerts(w, r, http.StatusOK, p, chosen)
}

func (a *app) showAlerts(w http.ResponseWriter, r *http.Request, status int, p *page, chosen alerts.Preferences) {
	phrase, err := a.guard.Alerts().Phrase(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	d := alertsData{Quiet: chosen.Quiet.On(), From: "23:00", To: "07:00", Zone: chosen.Quiet.Zone, Lang: chosen.Lang, Phrase: phrase != ""}
	switch {
	case p.Form.Has("from"): // as it was sent
		d.Quiet, d.From, d.To = true, p.Form.Get("from"), p.Form.Get("to")
	case d.Quiet:
		d.From, d.To = minuteText(chosen.Quiet.From), minuteText(chosen.Quiet.To)
	}
	if d.Zone == "" {
		d.Zone = p.Zone()
	}
	if d.Push, err = a.pushPages.Widget(p.Lang); err != nil {
		a.fail(w, r, err)
		return
	}
	for _, c := range a.guard.Queue().Channels() {
		d.Channels = append(d.Channels, alertChannel{c, channelText(p, c)})
	}
	for _, info := range alerts.Kinds() {
		row := alertRow{Label: info.Kind.Label(p.Lang), Mandatory: info.Mandatory}
		for _, c := range d.Channels {
			row.Cells = append(row.Cells, alertCell{
				Value: string(info.Kind) + cellSeparator + c.Name, Channel: c.Label,
				On: slices.Contains(chosen.Channels[info.Kind], c.Name), Fixed: info.Mandatory && c.Name == alerts.ChannelEmail,
			})
		}
		d.Rows = append(d.Rows, row)
	}
	p.Data = d
	a.render(w, r, status, "alerts", p)
}

// channelText names a channel; one that the shop has no word for has its own.
func channelText(p *page, channel string) string {
	key := "channel." + channel
	if text := p.T(key); text != key {
		return text
	}
	return channel
}

// setAlerts takes the whole page. The mails that must reach the owner are not
// in the form and stay on.
func (a *app) setAlerts(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "alerts.title")
	channels := a.guard.Queue().Channels()
	next := alerts.Preferences{Channels: map[alerts.Kind][]string{}, Lang: r.PostFormValue("lang")}
	for _, info := range alerts.Kinds() {
		next.Channels[info.Kind] = nil
		if info.Mandatory {
			next.Channels[info.Kind] = []string{alerts.ChannelEmail}
		}
	}
	for _, cell := range r.PostForm["on"] {
		kind, channel, _ := strings.Cut(cell, cellSeparator)
		k := alerts.Kind(kind)
		if _, known := next.Channels[k]; known && slices.Contains(channels, channel) && !slices.Contains(next.Channels[k], channel) {
			next.Channels[k] = append(next.Channels[k], channel)
		}
	}
	if r.PostFormValue("quiet") != "" {
		from, ok := minuteOf(r.PostFormValue("from"))
		to, ok2 := minuteOf(r.PostFormValue("to"))
		if !ok || !ok2 || from == to {
			p.wrong("from", "alerts.bad_quiet")
			p.Form.Set("from", r.PostFormValue("from"))
			p.Form.Set("to", r.PostFormValue("to"))
		}
		next.Quiet = alerts.Quiet{From: from, To: to, Zone: p.Me.Zone}
	}
	if len(p.Errors) == 0 {
		err := a.guard.Alerts().SetPreferences(r.Context(), p.Me.ID, next, a.client(r))
		switch {
		case err == nil:
			a.flash(r, "flash.alerts")
			redirect(w, r, "/security/alerts")
			return
		case errors.Is(err, alerts.ErrMandatory):
			p.wrong("", "alerts.keep_one")
		case errors.Is(err, alerts.ErrPreferences):
			p.wrong("", "error.malformed")
		default:
			a.fail(w, r, err)
			return
		}
	}
	a.showAlerts(w, r, http.StatusUnprocessableEntity, p, next)
}

// minuteOf reads the minute of the day from "23:00".
func minuteOf(text string) (int, bool) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

func minuteText(minute int) string {
	return time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC).Format("15:04")
}

// phrasePage shows the owner's phrase to who proved themselves lately: whoever
// knows it can write mails that look like the shop's.
func (a *app) phrasePage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "phrase.title")
	phrase, err := a.guard.Alerts().Phrase(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Form.Set("phrase", string(phrase))
	a.render(w, r, http.StatusOK, "phrase", p)
}

func (a *app) setPhrase(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "phrase.title")
	phrase := r.PostFormValue("phrase")
	if r.PostFormValue("remove") != "" {
		phrase = ""
	}
	err := a.guard.Alerts().SetPhrase(r.Context(), p.Me.ID, phrase, a.client(r))
	switch {
	case err == nil:
		a.flash(r, "flash.phrase")
		redirect(w, r, "/security/alerts")
	case errors.Is(err, alerts.ErrPhrase):
		p.Form.Set("phrase", phrase)
		p.wrong("phrase", "phrase.unfit")
		a.render(w, r, http.StatusUnprocessableEntity, "phrase", p)
	default:
		a.fail(w, r, err)
	}
}

// sentRow is a message that was sent to the owner.
type sentRow struct {
	What, Channel, State, Tone string
	At                         time.Time
}

const sentShown = 50

// sentPage lists what the shop wrote to the owner, so that what is not in it is
// not the shop's.
func (a *app) sentPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "sent.title")
	rows, err := a.sentTo(r.Context(), p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p.Data = rows
	a.render(w, r, http.StatusOK, "sent", p)
}

func (a *app) sentTo(ctx context.Context, p *page) (out []sentRow, err error) {
	list, err := a.guard.Queue().Deliveries(ctx, p.Me.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.State == alerts.Standby || d.State == alerts.Skipped || len(out) == sentShown { // not sent
			continue
		}
		row := sentRow{What: d.Kind.Label(p.Lang), Channel: channelText(p, d.Channel), State: d.Text(p.Lang), Tone: "warn", At: d.CreatedAt}
		if _, ok := d.Kind.Info(); !ok {
			row.What = p.T("sent.code")
		}
		switch d.State {
		case alerts.Done, alerts.Sent:
			row.Tone = "good"
		case alerts.Dead:
			row.Tone = "bad"
		}
		out = append(out, row)
	}
	return out, nil
}

// reasonsText says what was odd about a sign-in.
func reasonsText(lang string, e activity.Event) string {
	if e.Detail["level"] == alerts.LevelLow.String() {
		return ""
	}
	var out []string
	for _, r := range alerts.Reasons(e) {
		out = append(out, r.Text(lang))
	}
	return strings.Join(out, " ")
}

package main

import (
	"net/http"
	"slices"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// channelMail is the demo's one channel.
const channelMail = "email"

// alertRow is a kind of alert and whether it is mailed.
type alertRow struct {
	Kind, Label   string
	On, Mandatory bool
}

func (a *app) alertsPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "alerts.title")
	chosen, err := a.guard.Alerts().Preferences(r.Context(), p.Me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	var rows []alertRow
	for _, info := range alerts.Kinds() {
		rows = append(rows, alertRow{
			Kind: string(info.Kind), Label: info.Kind.Label(p.Lang), Mandatory: info.Mandatory,
			On: slices.Contains(chosen[info.Kind], channelMail),
		})
	}
	p.Data = rows
	a.render(w, r, http.StatusOK, "alerts", p)
}

// setAlerts switches kinds on and off. Mandatory ones are not in the form and
// stay on: the library would refuse anything else.
func (a *app) setAlerts(w http.ResponseWriter, r *http.Request) {
	next := alerts.Preferences{}
	for _, info := range alerts.Kinds() {
		next[info.Kind] = nil
		if info.Mandatory || slices.Contains(r.PostForm["kind"], string(info.Kind)) {
			next[info.Kind] = []string{channelMail}
		}
	}
	if err := a.guard.Alerts().SetPreferences(r.Context(), visitorOf(r).me.ID, next, a.client(r)); err != nil {
		a.fail(w, r, err)
		return
	}
	a.flash(r, "flash.alerts")
	redirect(w, r, "/security/alerts")
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

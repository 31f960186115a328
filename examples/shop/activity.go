package main

import (
	"html/template"
	"net/http"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/activity/activityweb"
)

// activityPath is where the log's page and what belongs to it are.
const activityPath = "/security/activity"

// activityPages mounts the log in the shop's frame.
func (a *app) activityPages() (http.Handler, error) {
	return activityweb.New(a.guard.Log(), activityweb.Config{
		Path: activityPath, Client: a.client, Lang: a.langOf, Disown: a.disown, Now: a.now, Logger: a.log,
		Viewer: func(r *http.Request) (string, bool) {
			if me := visitorOf(r).me; me != nil {
				return me.ID, true
			}
			return "", false
		},
		Zone: func(r *http.Request) *time.Location { return zoneOf(*visitorOf(r).me) },
		Note: reasonsText,
		Layout: func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) {
			p := a.page(r, "activity.title")
			p.Title, p.Data = title, body
			a.render(w, r, status, "activity", p)
		},
	})
}

// placeText names a place: "near Seoul, South Korea".
func placeText(p *page, l activity.Location) string {
	if place := activity.PlaceLabel(p.Lang, l); place != "" {
		return place
	}
	return p.T("activity.unknown")
}

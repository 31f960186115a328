package main

import (
	"context"
	"net/http"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
)

// tile is a card of the security page.
type tile struct{ Key, Href, Icon, Text, Badge, Tone string }

// securityData is what the security page shows: the newest unusual sign-in, if
// there is one, and why it is, and the tiles.
type securityData struct {
	Odd   *oddSignIn
	Tiles []tile
}

func (a *app) securityPage(w http.ResponseWriter, r *http.Request) {
	p := a.page(r, "security.title")
	tiles, err := a.tiles(r.Context(), p)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	odd, err := a.oddSignIns(r.Context(), p, a.client(r))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	d := securityData{Tiles: tiles}
	if len(odd) > 0 && !odd[0].Closed {
		d.Odd = &odd[0]
	}
	p.Data = d
	a.render(w, r, http.StatusOK, "security", p)
}

func (a *app) tiles(ctx context.Context, p *page) ([]tile, error) {
	last, err := a.lastSignIn(ctx, p)
	if err != nil {
		return nil, err
	}
	factors, err := a.factorTile(ctx, p)
	if err != nil {
		return nil, err
	}
	status, err := a.guard.RecoveryStatus(ctx, p.Me.ID)
	if err != nil {
		return nil, err
	}
	questions := tile{Key: "questions", Href: "/security/questions", Icon: "message-circle-question", Text: p.T("tile.questions.text"), Badge: p.T("tile.questions.off"), Tone: "warn"}
	if status.Set > 0 {
		questions.Badge, questions.Tone = p.T("tile.questions.on", "n", status.Set), "good"
	}
	return []tile{
		{Key: "activity", Href: "/security/activity", Icon: "list", Text: last, Badge: p.T("tile.activity.badge")},
		factors,
		{Key: "password", Href: "/security/password", Icon: "key-round", Text: p.T("tile.password.text"), Badge: p.T("tile.password.badge"), Tone: "good"},
		questions,
		{Key: "signins", Href: "/security/signins", Icon: "shield-check", Text: p.T("tile.signins.text"), Badge: p.T("tile.signins.badge")},
		{Key: "alerts", Href: "/security/alerts", Icon: "bell-ring", Text: p.T("tile.alerts.text"), Badge: p.T("tile.alerts.badge"), Tone: "good"},
		{Key: "profile", Href: "/security/profile", Icon: "user-pen", Text: p.T("tile.profile.text"), Badge: p.Me.Email},
	}, nil
}

func (a *app) lastSignIn(ctx context.Context, p *page) (string, error) {
	list, err := a.guard.Log().List(ctx, p.Me.ID, p.Me.ID, activity.Filter{Types: []activity.Type{activity.SignInSucceeded}}, activity.Page{Limit: 1})
	if err != nil || len(list.Events) == 0 {
		return p.T("tile.activity.none"), err
	}
	e := list.Events[0]
	return p.T("tile.activity.text", "when", p.Time(e.At), "where", placeText(p, e.Location)), nil
}

func (a *app) factorTile(ctx context.Context, p *page) (tile, error) {
	t := tile{Key: "factors", Href: "/security/factors", Icon: "shield-check", Text: p.T("tile.factors.text"), Badge: p.T("tile.factors.off"), Tone: "warn"}
	health, err := a.guard.MFA().Health(ctx, p.Me.ID)
	if err != nil || len(health.Factors) == 0 {
		return t, err
	}
	t.Badge, t.Tone = p.T("tile.factors.on"), "good"
	switch {
	case health.CodesLeft <= mfa.FewRecoveryCodes:
		t.Badge, t.Tone = p.T("tile.factors.few", "n", health.CodesLeft), "warn"
	case len(health.Nudges) > 0:
		t.Badge, t.Tone = p.T("tile.factors.nudge"), "warn"
	}
	return t, nil
}

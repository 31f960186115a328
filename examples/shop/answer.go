package main

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// answerPath is where the links of messages lead.
const answerPath = "/security/answer"

// answerData is what the page behind a link shows: what it is about, and what
// its button does.
type answerData struct {
	Purpose, Kind, Where, Device, Channel string
	At                                    time.Time
	Muted                                 []string
}

// answerPage is behind the links. Opening it changes nothing, for mail programs
// and scanners open links by themselves.
func (a *app) answerPage(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("t")
	found, err := a.guard.ReadAnswer(r.Context(), token)
	if err != nil {
		a.answerFailed(w, r, err)
		return
	}
	p := a.page(r, "said.title."+string(found.Purpose))
	p.Path = answerPath
	p.Form.Set("t", token)
	if err := a.showAnswer(r, p, found); err != nil {
		a.fail(w, r, err)
		return
	}
	tokenPage(w)
	a.render(w, r, http.StatusOK, "answer", p)
}

// tokenPage keeps an address that holds a token out of other requests: the page
// tells where it is from, and no more. (Without even that, browsers send forms
// with no origin, which older ones cannot be told from a stranger's.)
func tokenPage(w http.ResponseWriter) { w.Header().Set("Referrer-Policy", "strict-origin") }

// showAnswer fills the page, with times as the owner reads them.
func (a *app) showAnswer(r *http.Request, p *page, found accountsec.Answer) error {
	owner, err := a.customers.one(r.Context(), "id", found.Account)
	if err != nil {
		return err
	}
	p.zone = zoneOf(owner)
	d := answerData{Purpose: string(found.Purpose), Kind: found.Kind.Label(p.Lang), Channel: channelText(p, found.Channel)}
	if found.Purpose == alerts.AnswerMute {
		for _, k := range found.Kinds {
			d.Muted = append(d.Muted, k.Label(p.Lang))
		}
	} else {
		d.At, d.Where = found.Event.At, placeText(p, found.Event.Location)
		d.Device = activity.DeviceLabel(p.Lang, found.Event.Device.Name)
	}
	p.Data = d
	return nil
}

// oneClick is what mail programs post to unsubscribe (RFC 8058 §3.1).
const oneClick = "One-Click"

// answer takes what was pressed. It needs no session and starts none. A mail
// program's one click has its token in the address and may do one thing only.
func (a *app) answer(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if err := r.ParseMultipartForm(maxForm); err != nil {
			a.errorPage(w, r, http.StatusBadRequest, "error.malformed_title", "error.malformed")
			return
		}
	}
	token := r.PostFormValue("t")
	if r.PostFormValue("List-Unsubscribe") == oneClick {
		token = r.URL.Query().Get("t")
		found, err := a.guard.ReadAnswer(r.Context(), token)
		if err == nil && found.Purpose != alerts.AnswerMute {
			err = accountsec.ErrAnswer
		}
		if err != nil {
			a.answerFailed(w, r, err)
			return
		}
	}
	done, err := a.guard.Answer(r.Context(), token, a.client(r))
	if err != nil {
		a.answerFailed(w, r, err)
		return
	}
	if done.EndSessions.Account != "" {
		if err := a.endSessions(r.Context(), done.EndSessions); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	p := a.page(r, "said.done_title."+string(done.Purpose))
	if p.Me != nil && p.Me.ID == done.EndSessions.Account {
		p.Me = nil // the visitor's own session has ended too
	}
	if err := a.showAnswer(r, p, done.Answer); err != nil {
		a.fail(w, r, err)
		return
	}
	tokenPage(w)
	a.render(w, r, http.StatusOK, "answered", p)
}

func (a *app) answerFailed(w http.ResponseWriter, r *http.Request, err error) {
	tokenPage(w)
	switch {
	case errors.Is(err, accountsec.ErrAnswer):
		a.errorPage(w, r, http.StatusNotFound, "answer.gone_title", "answer.gone")
	case errors.Is(err, accountsec.ErrConfirm):
		a.errorPage(w, r, http.StatusForbidden, "answer.elsewhere_title", "answer.elsewhere")
	default:
		a.fail(w, r, err)
	}
}

package main

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// errorPage answers with a page that says what happened in plain words. It
// needs no session, so that it works when the sessions do not.
func (a *app) errorPage(w http.ResponseWriter, r *http.Request, status int, titleKey, textKey string) {
	p := &page{Lang: a.langOf(r), Me: visitorOf(r).me, Places: places, Place: placeOf(r), text: a.text, zone: time.UTC}
	p.Title, p.Data = p.T(titleKey), p.T(textKey)
	a.render(w, r, status, "error", p)
}

// fail answers for a fault of ours: nothing of it is shown.
func (a *app) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	a.errorPage(w, r, http.StatusServiceUnavailable, "error.title", "error.text")
}

func (a *app) notFound(w http.ResponseWriter, r *http.Request) {
	a.errorPage(w, r, http.StatusNotFound, "error.not_found_title", "error.not_found")
}

func (a *app) crossOrigin(w http.ResponseWriter, r *http.Request) {
	a.errorPage(w, r, http.StatusForbidden, "error.cross_title", "error.cross")
}

// explain turns what any form may run into into an error on the page, and
// gives the status to answer with; 0 if err is none of these.
func (a *app) explain(w http.ResponseWriter, p *page, err error) int {
	if wait, ok := retryAfter(err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		p.wrong("", "error.throttled", "wait", waitText(p, wait))
		return http.StatusTooManyRequests
	}
	var held *accountsec.HeldError
	switch {
	case errors.As(err, &held):
		p.wrong("", "error.held", "when", p.Time(held.Until))
		return http.StatusForbidden
	case errors.Is(err, password.ErrBusy):
		p.wrong("", "error.busy")
		return http.StatusServiceUnavailable
	case errors.Is(err, accountsec.ErrConflict):
		p.wrong("", "error.conflict")
		return http.StatusConflict
	}
	return 0
}

// unlessHeld lets nobody through while an action is held after a recovery.
func (a *app) unlessHeld(action recovery.Action, back string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := a.guard.Held(r.Context(), visitorOf(r).me.ID, action)
		var held *accountsec.HeldError
		switch {
		case errors.As(err, &held):
			a.flash(r, "flash.held")
			redirect(w, r, back)
		case err != nil:
			a.fail(w, r, err)
		default:
			next(w, r)
		}
	}
}

// retryAfter is how long to wait after too many attempts; false if err is not
// about that. What the shop asks of mfa directly has an error of its own.
func retryAfter(err error) (time.Duration, bool) {
	var ofGuard *accountsec.ThrottledError
	var ofMFA *mfa.ThrottledError
	switch {
	case errors.As(err, &ofGuard):
		return ofGuard.RetryAfter, true
	case errors.As(err, &ofMFA):
		return ofMFA.RetryAfter, true
	}
	return 0, false
}

func waitText(p *page, d time.Duration) string {
	switch {
	case d <= time.Second:
		return p.T("wait.second")
	case d <= 2*time.Minute:
		return p.T("wait.seconds", "n", int(math.Ceil(d.Seconds())))
	}
	return p.T("wait.minutes", "n", int(math.Ceil(d.Minutes())))
}

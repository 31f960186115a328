package main

import (
	"bytes"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// page is what every template gets.
type page struct {
	Lang, Path, Title string
	Me                *customer // nil: nobody is signed in
	Flash, Tone       string    // what just happened; "good" or "warn"
	Places            []place
	Place             place
	Mails             int
	Form              url.Values // what was sent, without passwords and codes
	Errors            []formError
	Data              any

	text func(lang, key string, args ...any) string
	zone *time.Location
}

// formError belongs to a field, or to the whole form if Field is empty.
type formError struct{ Field, Text string }

// T renders a message in the page's language; args are names and values.
func (p *page) T(key string, args ...any) string { return p.text(p.Lang, key, args...) }

// Under tells whether the page is below a path.
func (p *page) Under(path string) bool { return strings.HasPrefix(p.Path, path) }

// Time shows a moment in the owner's time zone.
func (p *page) Time(t time.Time) string { return clockText(p.Lang, t, p.zone) }

// Zone names the zone that Time shows: the owner's, or UTC for who is not
// signed in.
func (p *page) Zone() string { return p.zone.String() }

// Country names a country.
func (p *page) Country(code string) string { return activity.CountryName(p.Lang, code) }

// Error is what is wrong with a field; "" if nothing is.
func (p *page) Error(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// wrong adds an error by message key.
func (p *page) wrong(field, key string, args ...any) {
	p.Errors = append(p.Errors, formError{Field: field, Text: p.T(key, args...)})
}

// page prepares a page with what all pages show.
func (a *app) page(r *http.Request, titleKey string) *page {
	v := visitorOf(r)
	p := &page{
		Lang: a.langOf(r), Path: pageOf(r.URL.Path), Me: v.me, Places: places, Place: placeOf(r),
		Form: url.Values{}, text: a.text, zone: time.UTC,
	}
	p.Title = p.T(titleKey)
	if v.me != nil {
		p.zone = zoneOf(*v.me)
	}
	if key := a.sessions.PopString(r.Context(), keyFlash); key != "" {
		p.Flash, p.Tone = p.T(key), "good"
		if cautions[key] {
			p.Tone = "warn"
		}
	}
	n, err := a.countMails(r.Context())
	if err != nil {
		a.log.ErrorContext(r.Context(), "count mails", "err", err)
	}
	p.Mails = n
	return p
}

// cautions are the flashes that are no good news.
var cautions = map[string]bool{
	"flash.signed_in_unusual": true, "flash.signed_in_recovery": true, "flash.over": true, "flash.please_sign_in": true,
	"flash.factor_removed": true, "flash.wait_over": true, "flash.held": true, "flash.questions_removed": true,
	"flash.text_later": true, "flash.text_paused": true, "code.stopped": true, "flash.signed_in_copied": true,
	"flash.confirm_elsewhere": true,
}

// pageOf is the page that a path is, or that it is below: where a form on it
// comes back to.
func pageOf(p string) string {
	for !isPage(p) {
		p = path.Dir(p)
		if p == "." {
			return "/"
		}
	}
	return p
}

var functions = template.FuncMap{
	"icon": icon, "won": won, "dict": dict,
	"png": func(b []byte) template.URL { return template.URL("data:image/png;base64," + b64(b)) }, //nolint:gosec // an image of ours
	"iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"seq": func(n int) []int { return make([]int, n) },
	"add": func(a, b int) int { return a + b },
}

// dict gathers named arguments for a sub-template.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: odd number of arguments")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// loadTemplates parses each page together with the layout and the parts.
func loadTemplates() (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "parts" {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, err
		}
		pages[name] = t
	}
	return pages, nil
}

// render writes a page whole or, if its template fails, not at all.
func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name string, p *page) {
	if len(p.Errors) > 0 {
		p.Title = p.T("error.title_prefix", "title", p.Title)
	}
	var buf bytes.Buffer
	if err := a.pages[name].ExecuteTemplate(&buf, "layout", p); err != nil {
		a.log.ErrorContext(r.Context(), "render", "page", name, "err", err)
		http.Error(w, p.T("error.text"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang)
	w.Header().Add("Vary", "Cookie, Accept-Language")
	w.Header().Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	buf.WriteTo(w) //nolint:errcheck // the reader is gone
}

func itoa(n int) string { return strconv.Itoa(n) }

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

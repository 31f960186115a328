package passwordweb

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/password"
)

// maxBody bounds one request: the longest password that a policy accepts, and
// the owner's few fields.
const maxBody = 16 << 10

// request is what the script sends.
type request struct {
	Password, Lang                string
	Name, Email, Phone, ID, Birth string
}

func (in request) person() password.Person {
	who := password.Person{Name: in.Name, Email: in.Email, Phone: in.Phone, ID: in.ID}
	if born, err := time.Parse(time.DateOnly, in.Birth); err == nil { // half a date is no date yet
		who.BirthDate = born
	}
	return who
}

// check judges a password while it is typed. Nothing of it is kept.
func (web *Web) check(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.Method != http.MethodPost:
		notAllowed(w, "POST")
		return
	case !sameOrigin(r):
		http.Error(w, "only pages of this site may ask", http.StatusForbidden)
		return
	case r.URL.RawQuery != "": // it would end up in logs
		http.Error(w, "send nothing in the address", http.StatusBadRequest)
		return
	}
	wait, err := web.take(r)
	if err != nil {
		web.cfg.Logger.ErrorContext(r.Context(), "passwordweb: a request was not counted", "err", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	in, status := read(w, r)
	if status != 0 {
		http.Error(w, "want a small JSON object", status)
		return
	}
	who, signedIn := web.cfg.Person(r)
	if !signedIn {
		form := in.person()
		form.Shop, form.Domain, form.Other = who.Shop, who.Domain, who.Other
		who = form
	}
	body, err := json.Marshal(viewOf(web.cfg.Policy.Check(in.Password, who), in.Lang))
	if err != nil {
		http.Error(w, "try again later", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body) //nolint:errcheck // the reader is gone
}

// read gives what was sent, or the status that refuses it.
func read(w http.ResponseWriter, r *http.Request) (in request, status int) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, http.StatusUnsupportedMediaType
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return in, http.StatusRequestEntityTooLarge
	case err != nil:
		return in, http.StatusBadRequest
	}
	return in, 0
}

// sameOrigin tells whether a page of this very origin asks. A browser says so
// by Sec-Fetch-Site (W3C Fetch Metadata); an older one by Origin, which every
// fetch by POST carries. A request with neither comes from no page and has no
// business here.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		return len(site) == 1 && site[0] == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && (origin.Scheme == "https" || origin.Scheme == "http") && strings.EqualFold(origin.Host, r.Host)
}

package mfaweb

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/mfa"
)

// maxBody bounds a request: a response as long as the Manager takes one, and the
// page's few fields.
const maxBody = mfa.MaxResponse + 8<<10

// body is what the script sends.
type body struct {
	Lang     string            `json:"lang"`
	Factor   string            `json:"factor"`
	Fields   map[string]string `json:"fields"`
	Response json.RawMessage   `json:"response"`
	ProvedBy string            `json:"provedBy"`
}

// step is one of a ceremony's two requests.
type step func(c Ceremony, w http.ResponseWriter, r *http.Request, in Input) (any, error)

type startedView struct {
	Options any    `json:"options"`
	Factor  string `json:"factor,omitempty"`
	Seconds int64  `json:"seconds"` // until it ends
}

const defaultLife = 5 * time.Minute

func (web *Web) start(c Ceremony, w http.ResponseWriter, r *http.Request, in Input) (any, error) {
	if in.ProvedBy == "" {
		in.Response = ""
	}
	s, err := c.Start(w, r, in)
	if err != nil {
		return nil, err
	}
	life := defaultLife
	if !s.ExpiresAt.IsZero() {
		life = s.ExpiresAt.Sub(web.cfg.Now())
	}
	return startedView{Options: s.Options, Factor: s.Factor, Seconds: max(int64(life/time.Second), 1)}, nil
}

type doneView struct {
	Next  string   `json:"next,omitempty"`
	Codes []string `json:"recoveryCodes,omitempty"`
	Sheet string   `json:"recoverySheet,omitempty"`
}

func (*Web) finish(c Ceremony, w http.ResponseWriter, r *http.Request, in Input) (any, error) {
	in.ProvedBy = ""
	d, err := c.Finish(w, r, in)
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, err
	}
	if d.RecoverySheet == "" {
		d.RecoverySheet = strings.Join(d.RecoveryCodes, "\r\n")
	}
	return doneView{Next: d.Next, Codes: d.RecoveryCodes, Sheet: d.RecoverySheet}, nil
}

// handle runs a step for a request that a page of the shop made.
func (web *Web) handle(w http.ResponseWriter, r *http.Request, c Ceremony, do step) {
	w.Header().Set("Cache-Control", "no-store")
	in, status, err := web.read(w, r)
	if err != nil {
		web.refuse(w, r, in.Lang, status, err)
		return
	}
	out, err := do(c, w, r, in)
	if err != nil {
		web.refuse(w, r, in.Lang, 0, err)
		return
	}
	data, err := json.Marshal(out)
	if err != nil {
		web.refuse(w, r, in.Lang, 0, err)
		return
	}
	write(w, http.StatusOK, data)
}

// read gives what the page sent, or why the request is refused and, if it is
// not the code's own, the status.
func (web *Web) read(w http.ResponseWriter, r *http.Request) (in Input, status int, err error) {
	malformed := &Error{Code: CodeMalformed}
	in.Lang = r.Header.Get("Accept-Language")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return in, http.StatusMethodNotAllowed, malformed
	}
	if !web.fromOwnPage(r) {
		return in, 0, &Error{Code: CodeForbidden}
	}
	if r.URL.RawQuery != "" { // it would end up in logs
		return in, 0, malformed
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return in, http.StatusUnsupportedMediaType, malformed
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return in, http.StatusRequestEntityTooLarge, malformed
	}
	var b body
	if err != nil || json.Unmarshal(data, &b) != nil {
		return in, 0, malformed
	}
	if b.Lang != "" {
		in.Lang = b.Lang
	}
	in.Factor, in.Fields, in.Response, in.ProvedBy = b.Factor, b.Fields, string(b.Response), b.ProvedBy
	var typed string // a code, where a proof is one
	if json.Unmarshal(b.Response, &typed) == nil {
		in.Response = typed
	}
	return in, 0, nil
}

// fromOwnPage tells whether a page of a configured origin asks. Every fetch by
// POST carries Origin; browsers that know Sec-Fetch-Site (W3C Fetch Metadata)
// must also say that it goes to the page's own origin.
func (web *Web) fromOwnPage(r *http.Request) bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 1 || len(site) == 1 && site[0] != "same-origin" {
		return false
	}
	origin := r.Header.Values("Origin")
	return len(origin) == 1 && slices.Contains(web.cfg.Origins, origin[0])
}

type errorView struct {
	Error struct {
		Code Code   `json:"code"`
		Text string `json:"text"`
	} `json:"error"`
}

// refuse tells what went wrong. A status of 0 is the code's own.
func (web *Web) refuse(w http.ResponseWriter, r *http.Request, lang string, status int, err error) {
	e := told(err)
	if e.Code == CodeFault {
		web.cfg.Logger.ErrorContext(r.Context(), "mfaweb: a ceremony failed", "path", r.URL.Path, "err", err)
	}
	if status == 0 {
		status = statuses[e.Code]
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
	var view errorView
	view.Error.Code, view.Error.Text = e.Code, text(lang, "error."+string(e.Code))
	data, err := json.Marshal(view)
	if err != nil {
		http.Error(w, "", status)
		return
	}
	write(w, status, data)
}

func write(w http.ResponseWriter, status int, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.Write(data) //nolint:errcheck // the reader is gone
}

package webpushweb

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/message"
)

// Code says what went wrong, to the page's script. Codes never change.
type Code string

// The codes.
const (
	CodeSignedOut   Code = "signed_out"  // sign in first
	CodeForbidden   Code = "forbidden"   // not from a page of this site
	CodeMalformed   Code = "malformed"   // no browser's request
	CodeUnsupported Code = "unsupported" // a push service that the shop does not send to
	CodeNone        Code = "none"        // no such browser
	CodeProof       Code = "proof"       // a fresh proof is needed
	CodeFault       Code = "fault"       // not the visitor's doing
)

var statuses = map[Code]int{
	CodeSignedOut: http.StatusUnauthorized, CodeForbidden: http.StatusForbidden, CodeMalformed: http.StatusBadRequest,
	CodeUnsupported: http.StatusUnprocessableEntity, CodeNone: http.StatusNotFound, CodeProof: http.StatusForbidden, CodeFault: http.StatusInternalServerError,
}

// ErrProof is for [Config].MayChange: the customer has to prove first who they are.
var ErrProof = errors.New("webpushweb: a fresh proof is needed")

// maxBody bounds a request: a subscription, an endpoint and a few fields.
const maxBody = 8 << 10

// visitor is who asks, and in which language.
type visitor struct {
	account, lang string
	client        activity.Client
}

// body is what the scripts send; each request has its part of it.
type body struct {
	// Subscription is the browser's, Old the endpoint that it is in place of.
	Subscription json.RawMessage `json:"subscription"`
	Old          string          `json:"old"`
	// ID is of the browser to remove.
	ID string `json:"id"`
	// Endpoint is that of the browser that asks, if it has one.
	Endpoint string `json:"endpoint"`
}

type deviceView struct {
	ID    string    `json:"id"`
	Label string    `json:"label"`
	Added time.Time `json:"added"`
	Used  time.Time `json:"used"`
	// This tells the browser that asks.
	This bool `json:"this,omitempty"`
}

type listView struct {
	Key     string       `json:"key"`
	Devices []deviceView `json:"devices"`
}

// list gives the account's browsers, and the key to subscribe to.
func (web *Web) list(r *http.Request, v visitor, b body) (any, error) {
	devices, err := web.cfg.Devices.List(r.Context(), v.account)
	if err != nil {
		return nil, err
	}
	out := listView{Key: web.cfg.Devices.PublicKey(), Devices: []deviceView{}}
	for _, d := range devices {
		label := activity.DeviceLabel(v.lang, d.Label)
		if label == "" {
			label = text(v.lang, "unknown")
		}
		out.Devices = append(out.Devices, deviceView{d.ID, label, d.AddedAt, d.UsedAt, b.Endpoint != "" && d.ID == webpush.ID(b.Endpoint)})
	}
	return out, nil
}

func (web *Web) subscribe(r *http.Request, v visitor, b body) (any, error) {
	known, err := web.has(r, v.account, b.Old)
	if err == nil && !known {
		err = web.mayChange(r)
	}
	if err != nil {
		return nil, err
	}
	if b.Old != "" {
		_, err = web.cfg.Devices.Replace(r.Context(), v.account, b.Old, b.Subscription, v.client)
	} else {
		_, err = web.cfg.Devices.Subscribe(r.Context(), v.account, b.Subscription, v.client)
	}
	return struct{}{}, err
}

// has tells whether an endpoint is of one of the account's browsers.
func (web *Web) has(r *http.Request, account, endpoint string) (bool, error) {
	if endpoint == "" {
		return false, nil
	}
	devices, err := web.cfg.Devices.List(r.Context(), account)
	return slices.ContainsFunc(devices, func(d webpush.Device) bool { return d.ID == webpush.ID(endpoint) }), err
}

func (web *Web) mayChange(r *http.Request) error {
	if web.cfg.MayChange == nil {
		return nil
	}
	return web.cfg.MayChange(r)
}

func (web *Web) remove(r *http.Request, v visitor, b body) (any, error) {
	if err := web.mayChange(r); err != nil {
		return nil, err
	}
	return struct{}{}, web.cfg.Devices.Remove(r.Context(), v.account, b.ID, v.client)
}

// handle answers a request that a page or the worker of the shop made for a
// customer who is signed in.
func (web *Web) handle(w http.ResponseWriter, r *http.Request, do func(*http.Request, visitor, body) (any, error)) {
	w.Header().Set("Cache-Control", "no-store")
	v := visitor{lang: message.Lang(r.Header.Get("Accept-Language"))}
	b, code, status := web.read(w, r)
	if code == "" {
		if v.account, v.client = web.cfg.Account(r); v.account == "" {
			code = CodeSignedOut
		}
	}
	if code != "" {
		refuse(w, v.lang, code, status)
		return
	}
	out, err := do(r, v, b)
	if err != nil {
		web.fail(w, r, v.lang, err)
		return
	}
	write(w, http.StatusOK, out)
}

// read gives what the page sent, or why it is refused and, if it is not the
// code's own, the status.
func (web *Web) read(w http.ResponseWriter, r *http.Request) (b body, code Code, status int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return b, CodeMalformed, http.StatusMethodNotAllowed
	}
	if !web.fromOwnPage(r) {
		return b, CodeForbidden, 0
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return b, CodeMalformed, http.StatusUnsupportedMediaType
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return b, CodeMalformed, http.StatusRequestEntityTooLarge
	}
	if err != nil || json.Unmarshal(data, &b) != nil {
		return body{}, CodeMalformed, 0
	}
	return b, "", 0
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

func (web *Web) fail(w http.ResponseWriter, r *http.Request, lang string, err error) {
	code := CodeFault
	switch {
	case errors.Is(err, webpush.ErrSubscription):
		code = CodeMalformed
	case errors.Is(err, webpush.ErrService):
		code = CodeUnsupported
	case errors.Is(err, webpush.ErrNoDevice):
		code = CodeNone
	case errors.Is(err, ErrProof):
		code = CodeProof
	default:
		web.cfg.Logger.ErrorContext(r.Context(), "webpushweb: a request failed", "path", r.URL.Path, "err", err)
	}
	refuse(w, lang, code, 0)
}

type errorView struct {
	Error struct {
		Code Code   `json:"code"`
		Text string `json:"text"`
	} `json:"error"`
}

// refuse tells what went wrong. A status of 0 is the code's own.
func refuse(w http.ResponseWriter, lang string, code Code, status int) {
	if status == 0 {
		status = statuses[code]
	}
	var v errorView
	v.Error.Code, v.Error.Text = code, text(lang, "error."+string(code))
	write(w, status, v)
}

func write(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	w.Write(data) //nolint:errcheck // the reader is gone
}

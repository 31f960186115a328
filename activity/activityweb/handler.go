package activityweb

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed style.css
var styleSheet []byte

var texts = sync.OnceValue(func() *message.Catalogue { return message.MustLoad(messageFiles) })

// Config sets up a [Handler].
type Config struct {
	// Path is where the handler is mounted, such as "/security/activity",
	// without a slash at the end. Required.
	Path string
	// Viewer names the account that is signed in; false if nobody is, which is
	// answered with 401: let the shop's own check stand before the handler.
	// Required.
	Viewer func(r *http.Request) (account string, ok bool)
	// Client says who asks, for what the handler records. Its SessionID marks
	// the reader's own session. Defaults to [activity.ClientFromRequest] without
	// proxies.
	Client func(r *http.Request) activity.Client
	// Lang gives the reader's language. Defaults to the Accept-Language header.
	Lang func(r *http.Request) string
	// Zone gives the owner's time zone; nil is UTC. Defaults to UTC.
	Zone func(r *http.Request) *time.Location
	// Disown is called for "this wasn't me", such as the Guard's. Defaults to
	// none: there is no such button.
	Disown func(ctx context.Context, account, eventID string, c activity.Client) error
	// Note adds a line to an event, such as what was odd about a sign-in.
	// Defaults to none.
	Note func(lang string, e activity.Event) string
	// Hidden gives fields for every POST form, such as a CSRF token. Defaults to
	// none.
	Hidden func(r *http.Request) template.HTML
	// Layout writes the page around the body, which begins with the link to the
	// style sheet and an h1. Defaults to a bare page.
	Layout func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML)
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger takes faults. Defaults to none.
	Logger *slog.Logger
}

// maxForm bounds what a form may send; the largest is some 2 KiB.
const maxForm = 64 << 10

// Handler is the page and what belongs to it. Safe for concurrent use.
type Handler struct {
	log   *activity.Log
	cfg   Config
	parts *template.Template
	serve http.Handler
}

// New makes a handler over a log.
func New(log *activity.Log, cfg Config) (*Handler, error) {
	if log == nil || cfg.Viewer == nil {
		return nil, errors.New("activityweb: a log and Config.Viewer are required")
	}
	if !strings.HasPrefix(cfg.Path, "/") || strings.HasSuffix(cfg.Path, "/") || strings.ContainsAny(cfg.Path, "?#{}") {
		return nil, errors.New(`activityweb: Config.Path must be like "/security/activity"`)
	}
	cfg.fill()
	parts, err := Templates()
	if err != nil {
		return nil, err
	}
	h := &Handler{log: log, cfg: cfg, parts: parts}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+cfg.Path, h.owner(h.list))
	mux.HandleFunc("GET "+cfg.Path+"/style.css", h.style)
	mux.HandleFunc("POST "+cfg.Path+"/export", h.owner(h.export))
	if cfg.Disown != nil {
		mux.HandleFunc("GET "+cfg.Path+"/disown", h.owner(h.askDisown))
		mux.HandleFunc("POST "+cfg.Path+"/disown", h.owner(h.disown))
	}
	h.serve = http.NewCrossOriginProtection().Handler(mux)
	return h, nil
}

func (cfg *Config) fill() {
	if cfg.Client == nil {
		cfg.Client = func(r *http.Request) activity.Client { return activity.ClientFromRequest(r, nil) }
	}
	if cfg.Lang == nil {
		cfg.Lang = func(r *http.Request) string { return r.Header.Get("Accept-Language") }
	}
	if cfg.Zone == nil {
		cfg.Zone = func(*http.Request) *time.Location { return time.UTC }
	}
	zone := cfg.Zone
	cfg.Zone = func(r *http.Request) *time.Location {
		if z := zone(r); z != nil {
			return z
		}
		return time.UTC
	}
	if cfg.Note == nil {
		cfg.Note = func(string, activity.Event) string { return "" }
	}
	if cfg.Hidden == nil {
		cfg.Hidden = func(*http.Request) template.HTML { return "" }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve.ServeHTTP(w, r) }

// owner lets only who is signed in through.
func (h *Handler) owner(next func(w http.ResponseWriter, r *http.Request, account string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		account, ok := h.cfg.Viewer(r)
		if !ok || account == "" {
			http.Error(w, texts().Text(h.lang(r), "error.signed_out", nil), http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil && r.Method == http.MethodPost {
			http.Error(w, texts().Text(h.lang(r), "error.form", nil), http.StatusBadRequest)
			return
		}
		next(w, r, account)
	}
}

func (h *Handler) lang(r *http.Request) string { return message.Lang(h.cfg.Lang(r)) }

func (h *Handler) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Write(styleSheet) //nolint:errcheck // the reader is gone
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request, account string) {
	v, err := h.View(r, account)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusBadRequest
	}
	h.render(w, r, status, "page", v)
}

func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	h.cfg.Logger.ErrorContext(r.Context(), "activityweb: request failed", "path", r.URL.Path, "err", err)
	v := h.blank(r)
	h.render(w, r, http.StatusServiceUnavailable, "fault", v)
}

// render executes a part into the layout.
func (h *Handler) render(w http.ResponseWriter, r *http.Request, status int, part string, v *View) {
	var b bytes.Buffer
	if err := h.parts.ExecuteTemplate(&b, part, v); err != nil {
		h.cfg.Logger.ErrorContext(r.Context(), "activityweb: render", "part", part, "err", err)
		http.Error(w, v.T("error.fault"), http.StatusInternalServerError)
		return
	}
	body := template.HTML(b.String()) //nolint:gosec // made by html/template
	if h.cfg.Layout != nil {
		h.cfg.Layout(w, r, status, v.Title, body)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	h.parts.ExecuteTemplate(w, "bare", struct { //nolint:errcheck // the reader is gone
		Lang, Title string
		Body        template.HTML
	}{v.Lang, v.Title, body})
}

// export sends the log as a file. What is wrong is told before the first byte.
func (h *Handler) export(w http.ResponseWriter, r *http.Request, account string) {
	lang, zone := h.lang(r), h.cfg.Zone(r)
	format := activity.CSV
	if r.PostForm.Get("format") == string(activity.JSONLines) {
		format = activity.JSONLines
	}
	q := readQuery(r.PostForm, zone)
	filter := q.filter
	if len(q.errors) > 0 {
		filter = activity.Filter{} // better too much of one's own than a silent part
	}
	name := "activity-" + h.cfg.Now().In(zone).Format(time.DateOnly) + "." + string(format)
	out := &download{w: w, name: name, contentType: format.ContentType()}
	_, err := h.log.Export(r.Context(), account, account, filter, out, activity.ExportOptions{
		Format: format, Lang: lang, Zone: zone, Client: h.cfg.Client(r),
	})
	switch {
	case err == nil && !out.begun: // JSON Lines without events
		out.begin()
	case err != nil && !out.begun:
		h.fail(w, r, err)
	case err != nil: // too late for words: cut the connection, so that the file is not taken for whole
		h.cfg.Logger.ErrorContext(r.Context(), "activityweb: export", "err", err)
		panic(http.ErrAbortHandler)
	}
}

// download sends the headers with the first byte.
type download struct {
	w                 http.ResponseWriter
	name, contentType string
	begun             bool
}

func (d *download) begin() {
	d.begun = true
	d.w.Header().Set("Content-Type", d.contentType)
	d.w.Header().Set("Content-Disposition", "attachment; filename="+strconv.Quote(d.name))
	d.w.Header().Set("X-Content-Type-Options", "nosniff")
}

func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begin()
	}
	return d.w.Write(p)
}

// askDisown shows the event and the button.
func (h *Handler) askDisown(w http.ResponseWriter, r *http.Request, account string) {
	h.disownPage(w, r, account, r.URL.Query().Get("event"))
}

func (h *Handler) disownPage(w http.ResponseWriter, r *http.Request, account, id string) {
	v := h.blank(r)
	e, err := h.log.Get(r.Context(), account, account, id)
	switch {
	case errors.Is(err, activity.ErrNotFound):
		h.render(w, r, http.StatusNotFound, "absent", v)
	case err != nil:
		h.fail(w, r, err)
	default:
		v.Title = v.T("disown.title")
		v.Groups = []Group{h.group(v, activity.Group{Events: []activity.Event{e}})}
		h.render(w, r, http.StatusOK, "disown", v)
	}
}

func (h *Handler) disown(w http.ResponseWriter, r *http.Request, account string) {
	err := h.cfg.Disown(r.Context(), account, r.PostForm.Get("event"), h.cfg.Client(r))
	switch {
	case errors.Is(err, activity.ErrNotFound):
		h.render(w, r, http.StatusNotFound, "absent", h.blank(r))
	case err != nil:
		h.fail(w, r, err)
	default:
		http.Redirect(w, r, h.cfg.Path, http.StatusSeeOther)
	}
}

package webpushweb

import (
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/webpush"
)

// DefaultPath is where [Web] is mounted unless the configuration says otherwise.
const DefaultPath = "/push/"

// Config wires a [Web].
type Config struct {
	// Devices are the browsers. Required.
	Devices *webpush.Devices
	// Account tells who is signed in and calls, "" if nobody. Safe for concurrent
	// use. Required.
	Account func(r *http.Request) (account string, client activity.Client)
	// MayChange is asked before a browser is added or removed, and gives [ErrProof]
	// where a fresh proof is needed: whoever has only stolen a session must not
	// choose where alerts go. It is not asked when the push service gave one of the
	// account's browsers a new endpoint, which happens without the customer:
	// knowing the old one proves the browser. Safe for concurrent use. Defaults to
	// allowing it.
	MayChange func(r *http.Request) error
	// Origins are the origins of the pages that may ask, as a browser writes them.
	// Required.
	Origins []string
	// Path is the prefix under which the handler is mounted, and the scope of the
	// service worker; it begins and ends with a slash. Defaults to [DefaultPath].
	Path string
	// Logger takes faults; never an endpoint. Defaults to discarding.
	Logger *slog.Logger
}

// Web serves the requests of pages and of the service worker, and both scripts.
// Safe for concurrent use.
type Web struct{ cfg Config }

// New checks cfg.
func New(cfg Config) (*Web, error) {
	if cfg.Devices == nil || cfg.Account == nil {
		return nil, errors.New("webpushweb: Config.Devices and Config.Account are required")
	}
	cfg.Origins = slices.Clone(cfg.Origins)
	if len(cfg.Origins) == 0 || slices.Contains(cfg.Origins, "") || slices.Contains(cfg.Origins, "null") {
		return nil, errors.New("webpushweb: Config.Origins is required")
	}
	if cfg.Path == "" {
		cfg.Path = DefaultPath
	}
	if !strings.HasPrefix(cfg.Path, "/") || !strings.HasSuffix(cfg.Path, "/") || strings.Contains(cfg.Path, "//") || strings.ContainsAny(cfg.Path, "?#%{}\\\"'<> ") {
		return nil, errors.New("webpushweb: Config.Path must be a path that begins and ends with a slash")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Web{cfg}, nil
}

// The files under Config.Path.
const (
	scriptFile = "push.js"
	workerFile = "worker.js"
)

// workerPolicy lets the worker ask the shop and load its icon, and no more.
const workerPolicy = "default-src 'none'; connect-src 'self'; img-src 'self'"

// ServeHTTP serves everything under Config.Path: mux.Handle("/push/", web).
func (web *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	name, under := strings.CutPrefix(r.URL.Path, web.cfg.Path)
	switch {
	case !under:
		http.NotFound(w, r)
	case name == scriptFile:
		serveAsset(w, r, scriptFile, "public, max-age=300")
	case name == workerFile: // a browser has to see a new one at once
		w.Header().Set("Content-Security-Policy", workerPolicy)
		serveAsset(w, r, workerFile, "no-cache")
	case name == "list":
		web.handle(w, r, web.list)
	case name == "subscribe":
		web.handle(w, r, web.subscribe)
	case name == "remove":
		web.handle(w, r, web.remove)
	default:
		http.NotFound(w, r)
	}
}

//go:embed assets
var assetFiles embed.FS

func serveAsset(w http.ResponseWriter, r *http.Request, name, cache string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	data, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", cache)
	if r.Method == http.MethodGet {
		w.Write(data) //nolint:errcheck // the reader is gone
	}
}

package mfaweb

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// DefaultPath is where [Web] is mounted unless the configuration says otherwise.
const DefaultPath = "/passkey/"

// Config wires a [Web]. At least one ceremony is required.
type Config struct {
	// Origins are the origins of the pages that may ask, as a browser writes them:
	// give webauthn.Method's. Required.
	Origins []string
	// Path is the prefix under which the handler is mounted; it begins and ends
	// with a slash. Defaults to [DefaultPath].
	Path string
	// Enroll adds a passkey to the account that is signed in. Defaults to none:
	// 404.
	Enroll Ceremony
	// SignIn proves the second factor of a pending sign-in. Defaults to none: 404.
	SignIn Ceremony
	// Prove proves a factor again before a change, such as a new or a removed
	// factor. Defaults to none: 404.
	Prove Ceremony
	// Discover signs in without a user name. Defaults to none: 404.
	Discover Ceremony
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger takes faults; never a response. Defaults to discarding.
	Logger *slog.Logger
}

// Kind names a ceremony.
type Kind string

// The ceremonies.
const (
	Enroll   Kind = "enroll"
	SignIn   Kind = "signin"
	Prove    Kind = "prove"
	Discover Kind = "discover"
)

// Web serves the ceremonies and what their pages need. Safe for concurrent use.
type Web struct {
	cfg        Config
	ceremonies map[Kind]Ceremony
}

// New checks cfg.
func New(cfg Config) (*Web, error) {
	if cfg.Path == "" {
		cfg.Path = DefaultPath
	}
	if !strings.HasPrefix(cfg.Path, "/") || !strings.HasSuffix(cfg.Path, "/") || strings.HasPrefix(cfg.Path, "//") || strings.ContainsAny(cfg.Path, "?#%{}\\\"'<> ") {
		return nil, errors.New("mfaweb: Config.Path must be a path that begins and ends with a slash")
	}
	cfg.Origins = slices.Clone(cfg.Origins)
	if len(cfg.Origins) == 0 || slices.Contains(cfg.Origins, "") || slices.Contains(cfg.Origins, "null") {
		return nil, errors.New("mfaweb: Config.Origins is required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	web := &Web{cfg: cfg, ceremonies: map[Kind]Ceremony{}}
	for kind, c := range map[Kind]Ceremony{Enroll: cfg.Enroll, SignIn: cfg.SignIn, Prove: cfg.Prove, Discover: cfg.Discover} {
		if c != nil {
			web.ceremonies[kind] = c
		}
	}
	if len(web.ceremonies) == 0 {
		return nil, errors.New("mfaweb: Config has no ceremony")
	}
	return web, nil
}

// The files under Config.Path, beside "<kind>/options" and "<kind>/finish".
const (
	scriptFile = "passkey.js"
	styleFile  = "passkey.css"
)

// ServeHTTP serves the ceremonies, the script and the style sheet under
// Config.Path: mux.Handle("/passkey/", web).
func (web *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	name, under := strings.CutPrefix(r.URL.Path, web.cfg.Path)
	kind, step, _ := strings.Cut(name, "/")
	c, ok := web.ceremonies[Kind(kind)]
	switch {
	case !under:
		http.NotFound(w, r)
	case name == scriptFile:
		serveAsset(w, r, scriptFile, "text/javascript; charset=utf-8")
	case name == styleFile:
		serveAsset(w, r, styleFile, "text/css; charset=utf-8")
	case ok && step == "options":
		web.handle(w, r, c, web.start)
	case ok && step == "finish":
		web.handle(w, r, c, web.finish)
	default:
		http.NotFound(w, r)
	}
}

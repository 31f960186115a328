package passwordweb

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/throttle"
	"example.com/accountsec/password"
)

// DefaultPath is where [Web] is mounted unless the configuration says otherwise.
const DefaultPath = "/password/"

// Config wires a [Web].
type Config struct {
	// Policy is what passwords are judged under; give the Manager's. Defaults to
	// the zero Policy, the recommended one.
	Policy password.Policy
	// Path is the prefix under which the handler is mounted; it begins and ends
	// with a slash. Defaults to [DefaultPath].
	Path string
	// Person gives what is known of who sends r, if somebody is signed in; then
	// the form's own fields are not looked at. If nobody is, of who only Shop,
	// Domain and Other count, beside the form's. Defaults to nobody.
	Person func(r *http.Request) (who password.Person, signedIn bool)
	// Session names the visitor's session, for the limit of requests; "" if there
	// is none. It must be the server's word, not the visitor's. Defaults to none.
	Session func(r *http.Request) string
	// Address gives the visitor's address, for the limit of requests. Defaults to
	// the peer's; behind a proxy, use activity.ClientFromRequest.
	Address func(r *http.Request) netip.Addr
	// Attempts counts requests. Defaults to a counter in this process, which is
	// enough: the limit protects its own processor. It holds some 16,000 networks
	// and sessions, 3 MB, whoever floods it.
	Attempts password.Attempts
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger takes failures; never a password. Defaults to discarding.
	Logger *slog.Logger
}

// Web serves live feedback on new passwords. Safe for concurrent use.
type Web struct{ cfg Config }

// New checks cfg.
func New(cfg Config) (*Web, error) {
	if err := cfg.Policy.Validate(); err != nil {
		return nil, err
	}
	if cfg.Path == "" {
		cfg.Path = DefaultPath
	}
	if !strings.HasPrefix(cfg.Path, "/") || !strings.HasSuffix(cfg.Path, "/") || strings.HasPrefix(cfg.Path, "//") || strings.ContainsAny(cfg.Path, "?#%{}\\\"'<> ") {
		return nil, errors.New("passwordweb: Config.Path must be a path that begins and ends with a slash")
	}
	if cfg.Person == nil {
		cfg.Person = func(*http.Request) (password.Person, bool) { return password.Person{}, false }
	}
	if cfg.Session == nil {
		cfg.Session = func(*http.Request) string { return "" }
	}
	if cfg.Address == nil {
		cfg.Address = func(r *http.Request) netip.Addr { return activity.ClientFromRequest(r, nil).IP }
	}
	if cfg.Attempts == nil {
		cfg.Attempts = throttle.NewBoundedMemoryStore(maxCounted)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Web{cfg: cfg}, nil
}

// The files under Config.Path.
const (
	checkFile  = "check"
	scriptFile = "password.js"
	styleFile  = "password.css"
)

// ServeHTTP serves the check, the script and the style sheet under Config.Path:
// mux.Handle("/password/", web).
func (web *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	switch r.URL.Path {
	case web.cfg.Path + checkFile:
		web.check(w, r)
	case web.cfg.Path + scriptFile:
		serveAsset(w, r, scriptFile, "text/javascript; charset=utf-8")
	case web.cfg.Path + styleFile:
		serveAsset(w, r, styleFile, "text/css; charset=utf-8")
	default:
		http.NotFound(w, r)
	}
}

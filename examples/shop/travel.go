package main

import (
	"net/http"
	"net/netip"
)

// place is somewhere that the demo can pretend a visitor is. The addresses are
// reserved for documentation (RFC 5737): nobody has them.
type place struct {
	ID   string
	Addr netip.Addr
}

// Name is the message key of its name.
func (p place) Name() string { return "place." + p.ID }

const placeCookie = "haneul_demo_place"

// placeOf is where the visitor pretends to be; home is the first place.
func placeOf(r *http.Request) place {
	if c, err := r.Cookie(placeCookie); err == nil {
		for _, p := range places {
			if p.ID == c.Value {
				return p
			}
		}
	}
	return places[0]
}

// travelling plays the reverse proxy that stands in front of a real shop: it
// writes the visitor's address into X-Forwarded-For, replacing whatever the
// visitor sent. The Guard believes it because, and only if, the connection
// comes from loopback, the demo's one trusted proxy network.
func travelling(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Forwarded")
		r.Header.Set("X-Forwarded-For", placeOf(r).Addr.String())
		next.ServeHTTP(w, r)
	})
}

// travel moves the visitor.
func (a *app) travel(w http.ResponseWriter, r *http.Request) {
	for _, p := range places {
		if p.ID == r.PostFormValue("place") {
			http.SetCookie(w, a.preference(placeCookie, p.ID))
			a.flash(r, "demo.travelled")
		}
	}
	a.back(w, r)
}

// setLang changes the language of the pages, and of the mails of whoever is
// signed in.
func (a *app) setLang(w http.ResponseWriter, r *http.Request) {
	lang := r.PostFormValue("lang")
	if isLang(lang) {
		http.SetCookie(w, a.preference(langCookie, lang))
		if me := visitorOf(r).me; me != nil {
			if err := a.customers.setLang(r.Context(), me.ID, lang); err != nil {
				a.fail(w, r, err)
				return
			}
		}
	}
	a.back(w, r)
}

func (a *app) preference(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, Secure: a.cfg.HTTPS, SameSite: http.SameSiteLaxMode,
	}
}

// places lie where the demo database puts their addresses; the first is home.
var places = []place{
	{"seoul", netip.MustParseAddr("192.0.2.10")},
	{"busan", netip.MustParseAddr("192.0.2.200")},
	{"tokyo", netip.MustParseAddr("2001:db8:4000::10")},
	{"new_york", netip.MustParseAddr("198.51.100.10")},
	{"berlin", netip.MustParseAddr("203.0.113.10")},
	{"london", netip.MustParseAddr("203.0.113.200")},
}

package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/webpush/webpushweb"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/recovery"
)

// maxForm bounds what a form may send; the largest is some 3 KiB.
const maxForm = 64 << 10

// newServer is an HTTP server that no slow or greedy client can hold up.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}

// handler is the whole site.
func (a *app) handler() http.Handler {
	site := http.NewServeMux()
	site.HandleFunc("GET /{$}", a.home)
	site.HandleFunc("POST /demo/travel", a.travel)
	site.HandleFunc("POST /language", a.setLang)
	site.HandleFunc("GET /mailbox", a.mailboxPage)
	site.HandleFunc("GET /mailbox/{id}", a.mailPage)
	site.HandleFunc("GET /mailbox/{id}/html", a.mailHTML)
	site.HandleFunc("GET /signup", a.signUpPage)
	site.HandleFunc("POST /signup", a.signUp)
	site.Handle("/password/", a.feedback) // what live feedback needs
	site.Handle(mfaweb.DefaultPath, a.passkeys)
	site.Handle(webpushweb.DefaultPath, a.pushPages)
	site.HandleFunc("GET /signin", a.signInPage)
	site.HandleFunc("POST /signin", a.signInPassword)
	site.HandleFunc("GET /signin/code", a.signInCodePage)
	site.HandleFunc("POST /signin/code", a.signInCode)
	site.HandleFunc("POST /signin/send", a.sendSignIn)
	site.HandleFunc("POST /signout", a.signOut)
	site.HandleFunc("GET /recover", a.recoverPage)
	site.HandleFunc("POST /recover", a.recoverStart)
	site.HandleFunc("GET /recover/code", a.recoverStep(stepCode, a.recoverCodePage))
	site.HandleFunc("POST /recover/code", a.recoverStep(stepCode, a.recoverCode))
	site.HandleFunc("GET /recover/questions", a.recoverStep(stepQuestions, a.recoverQuestionsPage))
	site.HandleFunc("POST /recover/questions", a.recoverStep(stepQuestions, a.recoverQuestions))
	site.HandleFunc("GET /recover/factor", a.recoverStep(stepFactor, a.recoverFactorPage))
	site.HandleFunc("POST /recover/factor", a.recoverStep(stepFactor, a.recoverFactor))
	site.HandleFunc("POST /recover/delay", a.recoverStep(stepFactor, a.recoverDelay))
	site.HandleFunc("GET /recover/waiting", a.recoverWaiting)
	site.HandleFunc("POST /recover/resume", a.recoverResume)
	site.HandleFunc("GET "+cancelPath, a.cancelPage)
	site.HandleFunc("POST "+cancelPath, a.cancelRecovery)
	site.HandleFunc("POST /recover/send", a.recoverStep(stepFactor, a.sendRecovery))
	site.HandleFunc("GET /recover/password", a.recoverStep(stepPassword, a.recoverPasswordPage))
	site.HandleFunc("POST /recover/password", a.recoverStep(stepPassword, a.recoverPassword))
	site.HandleFunc("GET /orders", a.member(a.ordersPage))
	site.HandleFunc("POST /orders", a.member(a.placeOrder))
	site.HandleFunc("GET /security", a.member(a.securityPage))
	site.Handle(activityPath, a.member(a.activity.ServeHTTP))
	site.Handle("GET "+activityPath+"/export", a.member(a.unlessHeld(recovery.ActionExport, activityPath, a.activity.ServeHTTP)))
	site.Handle(activityPath+"/", a.member(a.activity.ServeHTTP))
	site.HandleFunc("GET /security/factors", a.member(a.factorsPage))
	site.HandleFunc("POST /security/factors/start", a.member(a.startFactor))
	site.HandleFunc("POST /security/factors/finish", a.member(a.finishFactor))
	site.HandleFunc("POST /security/factors/manage", a.member(a.manageFactors))
	site.HandleFunc("POST /security/factors/send", a.member(a.sendManage))
	site.HandleFunc("GET /security/devices", a.member(a.devicesPage))
	site.HandleFunc("POST /security/devices", a.member(a.revokeDevice))
	site.HandleFunc("GET /security/confirm", a.member(a.confirmPage))
	site.HandleFunc("POST /security/confirm", a.member(a.confirm))
	site.HandleFunc("POST /security/confirm/send", a.member(a.sendConfirm))
	site.HandleFunc("GET /security/password", a.member(a.passwordPage))
	site.HandleFunc("POST /security/password", a.member(a.changePassword))
	site.HandleFunc("GET /security/questions", a.member(a.questionsPage))
	site.HandleFunc("POST /security/questions", a.member(a.setQuestions))
	site.HandleFunc("POST /security/questions/remove", a.member(a.removeQuestions))
	site.HandleFunc("GET /security/questions/drill", a.member(a.drillPage))
	site.HandleFunc("POST /security/questions/drill", a.member(a.drill))
	site.HandleFunc("GET /security/alerts", a.member(a.fresh(a.alertsPage)))
	site.HandleFunc("POST /security/alerts", a.member(a.fresh(a.setAlerts)))
	site.HandleFunc("GET /security/alerts/sent", a.member(a.sentPage))
	site.HandleFunc("GET /security/phrase", a.member(a.fresh(a.phrasePage)))
	site.HandleFunc("POST /security/phrase", a.member(a.fresh(a.setPhrase)))
	site.HandleFunc("GET "+answerPath, a.answerPage)
	site.HandleFunc("POST "+answerPath, a.answer)
	site.HandleFunc("GET /security/signins", a.member(a.signInsPage))
	site.HandleFunc("POST /security/signins/rules", a.member(a.setRules))
	site.HandleFunc("POST /security/signins/confirm", a.member(a.confirmSignIn))
	site.HandleFunc("GET /security/profile", a.member(a.fresh(a.profilePage)))
	site.HandleFunc("POST /security/profile", a.member(a.fresh(a.setProfile)))
	site.HandleFunc("/", a.notFound)

	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(a.crossOrigin))
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the name is valid
	}
	all := http.NewServeMux()
	all.Handle("GET /static/", a.static(http.StripPrefix("/static/", http.FileServerFS(static))))
	all.Handle("/", a.sessions.LoadAndSave(a.visiting(cross.Handler(a.forms(site)))))
	return a.recovering(travelling(a.headers(all)))
}

// contentPolicy lets a page use what this server serves, and nothing else. Of
// inline code and styles there are none. data: is for the QR code.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (a *app) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store") // every page may be personal
		if a.cfg.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func (*app) static(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // no listings
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=300")
		next.ServeHTTP(w, r)
	})
}

// recovering answers a fault in a handler with a page and a log line.
func (a *app) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			a.log.ErrorContext(r.Context(), "a handler panicked", "path", r.URL.Path, "fault", fault, "stack", string(debug.Stack()))
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// forms reads a form whole before its handler runs, or refuses it.
func (a *app) forms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if r.URL.Path == "/password/check" || strings.HasPrefix(r.URL.Path, mfaweb.DefaultPath) { // JSON, read by its handler
			next.ServeHTTP(w, r)
			return
		}
		err := r.ParseForm()
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			a.errorPage(w, r, http.StatusRequestEntityTooLarge, "error.too_large_title", "error.too_large")
		case err != nil:
			a.errorPage(w, r, http.StatusBadRequest, "error.malformed_title", "error.malformed")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// visitor is who sends a request.
type visitor struct {
	me      *customer // nil: nobody is signed in
	session string    // the session's handle
}

type visitorKey struct{}

func visitorOf(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

func (a *app) visiting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		me, session, err := a.signedIn(r.Context())
		switch {
		case errors.Is(err, errNoCustomer):
			next.ServeHTTP(w, r)
		case err != nil:
			a.fail(w, r, err)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, visitor{me: &me, session: session})))
		}
	})
}

// member lets only signed-in visitors through.
func (a *app) member(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if visitorOf(r).me != nil {
			if a.sessions.GetBool(r.Context(), keyMustChange) && r.URL.Path != "/security/password" {
				redirect(w, r, "/security/password")
				return
			}
			next(w, r)
			return
		}
		if r.Method == http.MethodGet && isPage(r.URL.Path) {
			a.sessions.Put(r.Context(), keyNext, r.URL.Path)
		}
		a.flash(r, "flash.please_sign_in")
		redirect(w, r, "/signin")
	}
}

// client is the visitor as accountsec sees one.
func (a *app) client(r *http.Request) activity.Client {
	c := a.guard.Client(r)
	c.SessionID = visitorOf(r).session
	return c
}

// pagePaths are where a redirect may lead that follows something which a
// request says. Everything else a request asks for leads home.
var pagePaths = map[string]bool{
	"/": true, "/signin": true, "/signin/code": true, "/signup": true, "/orders": true, "/mailbox": true,
	"/recover": true, "/recover/code": true, "/recover/questions": true, "/recover/factor": true, "/recover/password": true, "/recover/waiting": true,
	"/security": true, "/security/activity": true, "/security/factors": true, "/security/password": true,
	"/security/questions": true, "/security/questions/drill": true, "/security/alerts": true, "/security/profile": true,
	"/security/devices": true, "/security/signins": true, "/security/confirm": true, "/security/phrase": true, "/security/alerts/sent": true,
}

func isPage(path string) bool { return pagePaths[path] }

// back leads to the page that a form says it was on, with its token if it is one
// that a link leads to.
func (a *app) back(w http.ResponseWriter, r *http.Request) {
	to, token := r.PostFormValue("back"), r.PostFormValue("t")
	switch {
	case token != "" && (to == answerPath || to == cancelPath):
		to += "?" + url.Values{"t": {token}}.Encode()
	case !isPage(to):
		to = "/"
	}
	redirect(w, r, to)
}

// redirect leads to a page of this site; path is never a visitor's text.
func redirect(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// flash shows a message on the next page.
func (a *app) flash(r *http.Request, key string) { a.sessions.Put(r.Context(), keyFlash, key) }

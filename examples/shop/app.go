package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity/geoip"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushweb"
	"example.com/accountsec/internal/geofixture"
	"example.com/accountsec/internal/message"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/mfaweb"
	"example.com/accountsec/mfa/sms"
	"example.com/accountsec/mfa/totp"
	"example.com/accountsec/password"
	"example.com/accountsec/password/passwordweb"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
)

const (
	brand = "Haneul Market"
)

// config is what a start of the shop chooses.
type config struct {
	DataDir string           // kept across restarts
	Lang    string           // "en", "ko" or "" for the browser's
	Origin  string           // where browsers find the shop; passkeys belong to its host
	HTTPS   bool             // a proxy in front ends TLS
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: discards
	ByHand  bool             // alerts wait for guard.Deliver, the upkeep for tidy; for tests
}

// app is the shop: its own tables and pages, and the Guard.
type app struct {
	cfg       config
	now       func() time.Time
	log       *slog.Logger
	db        *sql.DB
	customers customers
	sessions  *scs.SessionManager
	store     *sqlite3store.SQLite3Store
	texts     *message.Catalogue
	pages     map[string]*template.Template
	mailer    *mailServer
	places    *geoip.Reader
	policy    password.Policy
	guard     *accountsec.Guard
	activity  http.Handler // the page of the log
	feedback  *passwordweb.Web
	passkeys  *mfaweb.Web
	texting   *sms.Method
	push      *webpush.Notifier
	pushPages *webpushweb.Web

	stop    context.CancelFunc
	running sync.WaitGroup
}

// newApp opens or makes everything in cfg.DataDir and starts the mail server, the
// delivery of alerts and the daily upkeep. Close ends them.
func newApp(ctx context.Context, cfg config) (*app, error) {
	a := &app{cfg: cfg, now: cfg.Now, log: cfg.Logger}
	if a.now == nil {
		a.now = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if cfg.ByHand {
		return a, nil
	}
	run, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.running.Go(func() {
		if err := a.guard.Run(run); err != nil && !errors.Is(err, context.Canceled) {
			a.log.Error("the delivery of alerts stopped", "err", err)
		}
	})
	a.running.Go(func() {
		daily := time.NewTicker(tidyEvery)
		defer daily.Stop()
		a.keepTidy(run, daily.C)
	})
	return a, nil
}

func (a *app) open(ctx context.Context) (err error) {
	if a.texts, err = message.Load(messageFiles); err != nil {
		return err
	}
	if a.pages, err = loadTemplates(); err != nil {
		return err
	}
	if err := os.MkdirAll(a.cfg.DataDir, 0o700); err != nil {
		return err
	}
	seal, secret, err := loadKeys(a.cfg.DataDir)
	if err != nil {
		return err
	}
	if a.db, err = openDatabase(ctx, a.cfg.DataDir); err != nil {
		return err
	}
	a.customers = customers{db: a.db}
	a.sessions, a.store = newSessions(a.db, seal, a.cfg.HTTPS, a.fail)
	if a.mailer, err = startMailServer(a.db, a.now, a.log); err != nil {
		return err
	}
	if a.places, err = demoPlaces(); err != nil {
		return err
	}
	method, err := newPasskeys(a.cfg.Origin, secret)
	if err != nil {
		return err
	}
	if a.texting, err = a.newTexting(secret); err != nil {
		return err
	}
	if a.guard, err = a.newGuard(ctx, seal, secret, method); err != nil {
		return err
	}
	if a.passkeys, err = a.newPasskeyWeb(method); err != nil {
		return err
	}
	if a.pushPages, err = a.newPushWeb(a.push); err != nil {
		return err
	}
	if a.feedback, err = a.newFeedback(); err != nil {
		return err
	}
	if err := a.guard.Migrate(ctx); err != nil {
		return err
	}
	if a.activity, err = a.activityPages(); err != nil {
		return err
	}
	return a.tidy(ctx)
}

// newGuard is the wiring: the shop's database, keys, customers, mail.
func (a *app) newGuard(ctx context.Context, seal accountsec.AEAD, secret []byte, passkeys mfa.Method) (*accountsec.Guard, error) {
	stores, err := accountsec.NewSQLStores(a.db, "sqlite")
	if err != nil {
		return nil, err
	}
	authenticator, err := totp.New(totp.Config{Issuer: brand})
	if err != nil {
		return nil, err
	}
	sender := alerts.Sender{
		Brand: brand, Domain: "haneul.example", From: "security@haneul.example",
		PrivacyURL: "https://haneul.example/privacy", SecurityURL: "https://haneul.example/security",
		SecurityPolicyURL: "https://haneul.example/security-policy", SupportEmail: "support@haneul.example", Country: "KR", Phrases: true,
	}
	mailer, err := email.New(email.Config{
		Host: "127.0.0.1", Port: a.mailer.port, RootCAs: a.mailer.roots, Sender: sender, Now: a.now,
	})
	if err != nil {
		return nil, err
	}
	if a.push, err = a.newPush(seal, sender); err != nil {
		return nil, err
	}
	return accountsec.New(accountsec.Config{
		Stores: stores, AEAD: seal, Secret: secret, Accounts: a.customers,
		Policy: a.policy, Methods: []mfa.Method{authenticator, passkeys, a.texting}, Locator: a.places,
		SignIns: alerts.Policy{Home: []string{homeCountry}}, NetworkOf: a.networkOf,
		Sender: sender, Notifiers: []alerts.Notifier{mailer, a.push}, AnswerURL: "https://haneul.example" + answerPath,
		Recovery:       accountsec.RecoveryConfig{CancelURL: "https://haneul.example" + cancelPath, OnRecovered: a.endRecovered},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Now:            a.now, Logger: a.log,
	})
}

// demoPlaces is a database in which the documentation ranges lie all over the
// world.
func demoPlaces() (*geoip.Reader, error) {
	city, err := geofixture.City()
	if err != nil {
		return nil, err
	}
	asn, err := geofixture.ASN()
	if err != nil {
		return nil, err
	}
	anonymous, err := geofixture.Of("GeoIP2-Anonymous-IP")
	if err != nil {
		return nil, err
	}
	return geoip.OpenBytes(geoip.Files{City: city, ASN: asn, AnonymousIP: anonymous})
}

// Close ends what newApp began, in reverse order. Serve no requests any more.
func (a *app) Close() error {
	var errs []error
	if a.stop != nil {
		a.stop()
		a.running.Wait()
	}
	if a.texting != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		errs = append(errs, a.texting.Close(ctx))
		cancel()
	}
	if a.mailer != nil {
		errs = append(errs, a.mailer.close())
	}
	if a.places != nil {
		errs = append(errs, a.places.Close())
	}
	if a.store != nil {
		a.store.StopCleanup()
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

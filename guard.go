package accountsec

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/secret"
	"example.com/accountsec/mfa"
	"example.com/accountsec/password"
	"example.com/accountsec/recovery"
)

// AEAD is authenticated encryption with associated data, in the shape of
// Tink's primitive: in production a Tink keyset, with its rotation and KMS.
// Implementations are safe for concurrent use.
type AEAD interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// Config configures a [Guard]. It is copied; later changes have no effect.
type Config struct {
	// Stores hold everything that is kept. Required.
	Stores Stores
	// AEAD seals second-factor secrets, answers and codes at rest, messages while
	// they wait, and the links in them. [Guard.Reseal] says how to rotate it. Required.
	AEAD AEAD
	// Secret is at least 32 random bytes, kept apart from the database and the
	// same on all instances. Cursors, decoys, shadow accounts, device cookies and
	// the log's chains are keyed with it, and nothing can be keyed anew. With
	// another one, readers of lists are back on the first page; all devices are
	// unknown, and owners are told of new ones; recoveries may ask other questions,
	// those of accounts that do not exist too, which get new shadows, their counts of
	// attempts at zero; and all chains of ChainLog are broken. What is sealed, and
	// sessions and trusted devices, stay. Required.
	Secret []byte
	// Accounts reads the shop's customers. Required.
	Accounts Accounts
	// Sender is who messages come from. Required.
	Sender alerts.Sender
	// Notifiers deliver messages, one a channel. Without one, alerts are not kept
	// and recovery codes cannot be sent. What one keeps itself, as webpush does, is
	// migrated, erased and sealed anew with the rest. Defaults to none.
	Notifiers []alerts.Notifier
	// Queue makes what keeps messages until the courier delivers them, for instance
	// a riverqueue.Queue for a shop that runs River. Defaults to an
	// alerts.Dispatcher over Stores.Alerts.
	Queue func(*alerts.Courier) (alerts.Queue, error)
	// AnswerURL is the page that the links of messages lead to, on the sender's
	// domain: "this was me", "this wasn't me", and no more of these. The page
	// shows what [Guard.ReadAnswer] reads, and only its button calls
	// [Guard.Answer]. Where the Sender has a Change, it is on the domain of the
	// day; see [alerts.AnswersConfig]. Defaults to none: messages have no such
	// links.
	AnswerURL string
	// Delivery says how they are delivered. Its zero value is safe.
	Delivery DeliveryConfig
	// Policy is the password policy. Defaults to 8 to 128 characters with a
	// strength of at least 3 of 4.
	Policy password.Policy
	// PolicyReportOnly is a policy that is not in force yet: passwords are judged
	// under it and counted ([Guard.PasswordCounts]), and none is refused by it.
	// Defaults to none.
	PolicyReportOnly *password.Policy
	// PasswordHistory is how many of the last passwords, the current one included,
	// may not be used again, up to password.MaxHistory; password.NoHistory for
	// none. password.PCI wants 4. Defaults to password.DefaultHistory, 3.
	PasswordHistory int
	// Hasher hashes passwords and answers. Defaults to argon2id with OWASP's
	// parameters and a memory budget of 256 MiB.
	Hasher password.Hasher
	// PepperPasswords seals password hashes by AEAD as well, each to its
	// account, so that the database alone is no use for guessing. Hashes of
	// before are sealed at the next sign-in, or all at once by [Guard.Reseal].
	// Once it is on it stays on: without it, sealed hashes cannot be read.
	// Defaults to false.
	PepperPasswords bool
	// Breach looks new passwords up in leaked data: a breach.Client online, a
	// breach.Filter offline, or breach.Tiers, one before the other. Defaults to
	// none.
	Breach password.Breach
	// BreachMode says what becomes of a new password when Breach cannot be
	// asked. Defaults to password.BreachWarn: accepted, and logged.
	BreachMode password.BreachMode
	// BreachAtSignIn looks the password up at each sign-in as well, to advise the
	// owner: [Grant].PasswordAdvice. It turns nobody away. Needs Breach. Defaults
	// to false.
	BreachAtSignIn bool
	// AdvisePasswordAfter is the age from which [Grant].PasswordAdvice recommends
	// a new password. Nobody is forced to one. Defaults to never.
	AdvisePasswordAfter time.Duration
	// Methods are the second factors on offer. Those that have tables of their own,
	// as mfa/sms, are migrated with the rest. Defaults to none.
	Methods []mfa.Method
	// Locator places addresses on the map, for instance a geoip.Reader.
	// Defaults to none: places stay unknown.
	Locator activity.Locator
	// SignIns says what becomes of unusual sign-ins, by the home countries of the
	// shop's customers and its own networks too. Defaults to telling the owner,
	// and to asking for a second factor or a sent code where it is grave.
	SignIns alerts.Policy
	// Risk weighs what makes a sign-in unusual. Defaults to what [risk.Config]
	// says.
	Risk risk.Config
	// NetworkOf knows what kind of network an address belongs to, for instance
	// from a database of anonymous addresses (geoip.Reader.Anonymous). Defaults
	// to what is known of the autonomous system.
	NetworkOf func(ip netip.Addr) risk.Network
	// EventTypes are the shop's own activity types. Defaults to none.
	EventTypes []activity.TypeInfo
	// EventCategories are the shop's own categories, for EventTypes and Retention.
	// Defaults to none.
	EventCategories []activity.CategoryInfo
	// SessionLife is how long a session of the shop lives at most, for
	// [activity.Log.Sessions]. Defaults to 30 days.
	SessionLife time.Duration
	// Retention says how long the activity log is kept. Defaults to 180 days.
	Retention activity.Retention
	// ChainLog links every event to those before it, under a key that comes
	// from Secret, so that tampering with the log shows: see
	// [activity.Log.VerifyChain]. Changing Secret breaks all chains. Defaults
	// to false.
	ChainLog bool
	// Recovery configures recoveries. Its zero value is safe.
	Recovery RecoveryConfig
	// TrustedProxies are the networks whose forwarding headers are believed.
	// Defaults to none: the peer's address is the client's.
	TrustedProxies []netip.Prefix
	// OnFactorEnabled is called once per account and method, for a badge or
	// points. Defaults to nothing.
	OnFactorEnabled func(ctx context.Context, account, method string) error
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives faults; never a secret. Defaults to discarding.
	Logger *slog.Logger
}

// Guard is the one place that grants: see the package comment. Safe for
// concurrent use.
type Guard struct {
	cfg       Config
	shadowKey []byte
	deviceKey []byte

	log       *activity.Log
	passwords *password.Manager
	factors   *mfa.Manager
	recovery  *recovery.Manager
	monitor   *alerts.Monitor
	queue     alerts.Queue
}

// New wires the domains together. A missing field or a contradiction is an
// error here rather than a gap later. It does not touch the database.
func New(cfg Config) (*Guard, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	g := &Guard{cfg: cfg}
	var err error
	if g.shadowKey, err = secret.DeriveKey(cfg.Secret, "shadow account"); err != nil {
		return nil, err
	}
	if g.deviceKey, err = secret.DeriveKey(cfg.Secret, "device cookie"); err != nil {
		return nil, err
	}
	if err := g.wireActivity(); err != nil {
		return nil, err
	}
	if err := g.wireDomains(); err != nil {
		return nil, err
	}
	return g, nil
}

func (cfg *Config) check() error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Accounts == nil {
		return errors.New("accountsec: Config.Accounts is required")
	}
	for name, store := range cfg.Stores.all() {
		if store == nil {
			return fmt.Errorf("accountsec: Config.Stores.%s is required", name)
		}
	}
	if err := cfg.Sender.Validate(); err != nil {
		return err
	}
	if err := cfg.checkRecovery(); err != nil {
		return err
	}
	return secret.CheckAEAD(cfg.AEAD)
}

// Migrate brings all tables up to date: those of the stores, of the queue, and of
// methods and notifiers that have a Migrate, as mfa/sms and webpush do. Any number
// of instances may call it at the same time. Memory stores need none.
func (g *Guard) Migrate(ctx context.Context) error {
	parts := g.keepers()
	for _, m := range g.cfg.Methods {
		parts = append(parts, m)
	}
	for _, store := range g.cfg.Stores.all() {
		parts = append(parts, store)
	}
	for _, part := range parts {
		m, ok := part.(interface{ Migrate(context.Context) error })
		if !ok {
			continue
		}
		if err := m.Migrate(ctx); err != nil {
			return fmt.Errorf("accountsec: migrate %T: %w", part, err)
		}
	}
	return nil
}

// Log is the activity log: the owner's list, and where the shop records its
// own events such as orders.
func (g *Guard) Log() *activity.Log { return g.log }

// MFA manages second factors: enrolment, names, removal, recovery codes. What
// it proves grants nothing by itself; see [Guard.FinishSignIn]. The enrolment of a
// first factor needs the session's evidence, or is [ErrStepUp]. Its errors are
// those of package mfa, its *mfa.ThrottledError among them, which is another type
// than this package's.
func (g *Guard) MFA() *mfa.Manager { return g.factors }

// Alerts holds the owners' preferences.
func (g *Guard) Alerts() *alerts.Monitor { return g.monitor }

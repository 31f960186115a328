package risk

import (
	"fmt"
	"math"
	"time"
)

// MinHistory is how many sign-ins must be known before one is graded above
// [LevelNotice]. Under it nearly everything is new, and new means little.
const MinHistory = 4

// Config weighs the evidence. Weights multiply natural logarithms; the zero
// value of a field takes its default, [Off] switches its evidence off. The
// defaults were chosen by the simulator of internal/riskeval on other seeds
// than the one that is reported; README.md has both.
type Config struct {
	// KnownDevice is what the cookie of a device on which the owner has signed
	// in speaks for the owner. Defaults to 4: one thief in 55 has the cookie.
	KnownDevice float64
	// NewDevice weighs the absence of such a cookie, -ln of the share of the
	// owner's sign-ins that came from new devices. Defaults to 1.
	NewDevice float64
	// NewDeviceRate is that share where nothing is known of the owner yet.
	// Defaults to 0.04, what the simulator measures at a sign-in a month.
	NewDeviceRate float64

	// Kind weighs the kind of network: the first sign-in through a VPN, relay,
	// host or satellite. It takes the place of the four that follow, which are
	// not looked at then. Defaults to 1.
	Kind float64
	// Country, ASN, Prefix and IP weigh the levels of the network. Default to
	// 0.4, 0.6, 0.3 and 0.05. On networks of mobile carriers, where addresses
	// are shared and change by the hour, Prefix and IP are not looked at.
	Country, ASN, Prefix, IP float64

	// Class, OS, Browser, Version and Agent weigh the levels of the client, from
	// desktop or mobile to the whole user agent. A version that is not lower
	// than one that is known is an update, not a change. Default to 0.1, 0.3,
	// 0.3, 0.05 and 0.02.
	Class, OS, Browser, Version, Agent float64
	// ClientOnNewDevice scales the client's evidence on a device without a
	// cookie: a new device has no reason to look like the old one, and a thief
	// who has prepared does look like it. Defaults to 0.1.
	ClientOnNewDevice float64

	// RTT weighs the round-trip time, in steps of a factor of 1.5. Defaults to
	// 0.2; without a measurement it says nothing.
	RTT float64
	// Hour weighs the time of the week, in four-hour steps of UTC, working days
	// and weekends apart. Defaults to Off: no public data shows that it helps.
	Hour float64

	// Account weighs the prior of Freeman et al., p(u|attack)/p(u|legitimate):
	// thieves take each account alike, owners come unequally often. Defaults to 1.
	Account float64
	// Attack weighs what is known of attacks from the same AS and country.
	// Defaults to 0.3; Wiefling et al. found that more does harm.
	Attack float64
	// Travel is what an impossible journey adds on a new device in a new AS.
	// Defaults to 2.
	Travel float64
	// Speeds limit what a journey can be.
	Speeds Speeds

	// Smoothing is a of the formula: how many sign-ins the population's habits
	// are worth where the owner's are to be found out. Defaults to 1.
	Smoothing float64
	// HalfLife is the time after which a sign-in counts half. Defaults to 365
	// days; Wiefling et al. found history beyond six months to matter little.
	HalfLife time.Duration

	// Notice, High and Severe are the scores from which on the levels begin.
	// Default to 1.5, 5 and 9.
	Notice, High, Severe float64
}

// Off switches a kind of evidence off.
const Off = -1

// Model judges sign-ins. Immutable, safe for concurrent use; the profiles and
// populations that it is given are the caller's to guard.
type Model struct {
	cfg    Config
	weight [levels]float64
}

// New makes a model. Errors: a field that is NaN, infinite, or out of range.
func New(cfg Config) (*Model, error) {
	for _, f := range cfg.fields() {
		switch {
		case math.IsNaN(*f.value), *f.value > f.max, *f.value < 0 && *f.value != Off, *f.value == Off && f.needed:
			return nil, fmt.Errorf("risk: Config.%s is %v, must be from 0 to %v", f.name, *f.value, f.max)
		case *f.value == Off:
			*f.value = 0
		case *f.value == 0:
			*f.value = f.standard
		}
	}
	if cfg.HalfLife == 0 {
		cfg.HalfLife = 365 * 24 * time.Hour
	}
	if cfg.HalfLife < 24*time.Hour || cfg.HalfLife > 3650*24*time.Hour {
		return nil, fmt.Errorf("risk: Config.HalfLife is %v, must be from a day to ten years", cfg.HalfLife)
	}
	if cfg.Notice >= cfg.High || cfg.High >= cfg.Severe {
		return nil, fmt.Errorf("risk: Config.Notice, High and Severe are %v, %v and %v, must rise", cfg.Notice, cfg.High, cfg.Severe)
	}
	return &Model{cfg: cfg, weight: cfg.weights()}, nil
}

type field struct {
	name          string
	value         *float64
	standard, max float64
	needed        bool // cannot be switched off
}

func (c *Config) fields() []field {
	const w = 10 // the largest weight
	return []field{
		{"KnownDevice", &c.KnownDevice, 4, w, false}, {"NewDevice", &c.NewDevice, 1, w, false},
		{"NewDeviceRate", &c.NewDeviceRate, 0.04, 1, true},
		{"Kind", &c.Kind, 1, w, false}, {"Country", &c.Country, 0.4, w, false}, {"ASN", &c.ASN, 0.6, w, false},
		{"Prefix", &c.Prefix, 0.3, w, false}, {"IP", &c.IP, 0.05, w, false},
		{"Class", &c.Class, 0.1, w, false}, {"OS", &c.OS, 0.3, w, false}, {"Browser", &c.Browser, 0.3, w, false},
		{"Version", &c.Version, 0.05, w, false}, {"Agent", &c.Agent, 0.02, w, false},
		{"ClientOnNewDevice", &c.ClientOnNewDevice, 0.1, 1, false},
		{"RTT", &c.RTT, 0.2, w, false}, {"Hour", &c.Hour, 0, w, false},
		{"Account", &c.Account, 1, w, false}, {"Attack", &c.Attack, 0.3, 1, false}, {"Travel", &c.Travel, 2, w, false},
		{"Speeds.Ground", &c.Speeds.Ground, 350, 2000, true}, {"Speeds.Air", &c.Speeds.Air, 1000, 10000, true},
		{"Speeds.FlyFrom", &c.Speeds.FlyFrom, 300, 5000, true}, {"Speeds.MinKM", &c.Speeds.MinKM, 50, 5000, true},
		{"Smoothing", &c.Smoothing, 1, 100, true},
		{"Notice", &c.Notice, 1.5, 100, true}, {"High", &c.High, 5, 100, true}, {"Severe", &c.Severe, 9, 100, true},
	}
}

func (c *Config) weights() [levels]float64 {
	return [levels]float64{
		levelKind: c.Kind, levelCountry: c.Country, levelASN: c.ASN, levelPrefix: c.Prefix, levelIP: c.IP,
		levelClass: c.Class, levelOS: c.OS, levelBrowser: c.Browser, levelVersion: c.Version, levelAgent: c.Agent,
		levelRTT: c.RTT, levelHour: c.Hour,
	}
}

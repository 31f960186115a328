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
	// in takes off the score, NewDevice what its absence adds. Default to 2 and
	// 2.8: their sum says that one thief in 120 has the cookie.
	KnownDevice, NewDevice float64
	// DeviceHabit weighs how unusual new devices are for this owner, -ln of the
	// share of the sign-ins that came from one. Defaults to 0.25.
	DeviceHabit float64
	// NewDeviceRate is that share for an owner of whom nothing is known yet.
	// Defaults to 0.7: the second sign-in often is on the second device.
	NewDeviceRate float64

	// Weights weigh the levels of the network and the client.
	Weights Levels
	// Smoothing is a of the formula for each level: how many sign-ins the
	// population's habits are worth where the owner's are to be found out. The
	// less often people come with a new value, the smaller it is. What the owner
	// has come with anew is added to it.
	Smoothing Levels
	// ClientOnNewDevice scales the client's evidence on a device without a
	// cookie: a new device has no reason to look like the old one, and a thief
	// who has prepared does look like it. Defaults to 0.04.
	ClientOnNewDevice float64

	// Account weighs the prior of Freeman et al., p(u|attack)/p(u|legitimate):
	// thieves take each account alike, owners come unequally often. Defaults to
	// Off: it makes a suspect of whoever comes seldom, and detected no more.
	Account float64
	// Attack weighs what is known of attacks from the same AS and country.
	// Defaults to 0.3; Wiefling et al. found that more does harm.
	Attack float64
	// Travel is what an impossible journey adds on a new device in a new AS.
	// Defaults to 1.3.
	Travel float64
	// Speeds limit what a journey can be.
	Speeds Speeds

	// HalfLife is the time after which a sign-in counts half. Defaults to 365
	// days; Wiefling et al. found history beyond six months to matter little.
	HalfLife time.Duration

	// Notice, High and Severe are the scores from which on the levels begin.
	// Default to 2, 3 and 7: of the owners' sign-ins in the simulator at most
	// one in a hundred is graded high, and one in ten thousand severe.
	Notice, High, Severe float64
}

// Levels holds a number for each level of the hierarchies. Weights below 1
// make up for levels that say the same thing twice.
type Levels struct {
	// Kind is the kind of network: the first sign-in through a VPN, relay, host
	// or satellite. It takes the place of the four that follow, which are not
	// looked at then. Weight defaults to 0.6, smoothing to 0.15.
	Kind float64
	// Country, ASN, Prefix and IP are the levels of the network; the prefix is
	// the /24, or /56 of IPv6. On networks of mobile carriers, where addresses
	// are shared and change by the hour, Prefix and IP are not looked at. Weights
	// default to 0.13, 0.28, 1.1 and 0.02, smoothing to 0.006, 1.6, 0.7 and 1.
	Country, ASN, Prefix, IP float64
	// Class, OS, Browser, Version and Agent are the levels of the client, from
	// desktop or mobile to the whole user agent. A version that is not lower
	// than one that is known is an update, not a change. Weights default to 0.1,
	// 0.3, 0.3, 0.05 and 0.02, smoothing to 1.
	Class, OS, Browser, Version, Agent float64
	// RTT is the round-trip time, in steps of a factor of 1.5; without a
	// measurement it says nothing. Weight defaults to 0.2, smoothing to 1.
	RTT float64
	// Hour is the time of the week, in four-hour steps of UTC, working days and
	// weekends apart. Weight defaults to Off, since no public data shows that it
	// helps; smoothing to 1.
	Hour float64
}

func (l *Levels) array() [levels]*float64 {
	return [levels]*float64{&l.Kind, &l.Country, &l.ASN, &l.Prefix, &l.IP, &l.Class, &l.OS, &l.Browser, &l.Version, &l.Agent, &l.RTT, &l.Hour}
}

func defaultWeights() Levels {
	return Levels{Kind: 0.6, Country: 0.13, ASN: 0.28, Prefix: 1.1, IP: 0.02, Class: 0.1, OS: 0.3, Browser: 0.3, Version: 0.05, Agent: 0.02, RTT: 0.2}
}

func defaultSmoothing() Levels {
	return Levels{Kind: 0.15, Country: 0.006, ASN: 1.6, Prefix: 0.7, IP: 1, Class: 1, OS: 1, Browser: 1, Version: 1, Agent: 1, RTT: 1, Hour: 1}
}

// Off switches a kind of evidence off.
const Off = -1

// Model judges sign-ins. Immutable, safe for concurrent use; the profiles and
// populations that it is given are the caller's to guard.
type Model struct {
	cfg               Config
	weight, smoothing [levels]float64
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
	m := &Model{cfg: cfg}
	weights, smoothing := cfg.Weights.array(), cfg.Smoothing.array()
	for l := range levels {
		m.weight[l], m.smoothing[l] = *weights[l], *smoothing[l]
	}
	return m, nil
}

type field struct {
	name          string
	value         *float64
	standard, max float64
	needed        bool // cannot be switched off
}

func (c *Config) fields() []field {
	const w = 10 // the largest weight
	list := []field{
		{"KnownDevice", &c.KnownDevice, 2, w, false}, {"NewDevice", &c.NewDevice, 2.8, w, false}, {"DeviceHabit", &c.DeviceHabit, 0.25, w, false},
		{"NewDeviceRate", &c.NewDeviceRate, 0.7, 1, true},
		{"ClientOnNewDevice", &c.ClientOnNewDevice, 0.04, 1, false},
		{"Account", &c.Account, 0, w, false}, {"Attack", &c.Attack, 0.3, 1, false}, {"Travel", &c.Travel, 1.3, w, false},
		{"Speeds.Ground", &c.Speeds.Ground, 350, 2000, true}, {"Speeds.Air", &c.Speeds.Air, 1000, 10000, true},
		{"Speeds.FlyFrom", &c.Speeds.FlyFrom, 300, 5000, true}, {"Speeds.MinKM", &c.Speeds.MinKM, 50, 5000, true},
		{"Notice", &c.Notice, 2, 100, true}, {"High", &c.High, 3, 100, true}, {"Severe", &c.Severe, 7, 100, true},
	}
	weights, smoothing := defaultWeights(), defaultSmoothing()
	standard, standardSmoothing, smooth := weights.array(), smoothing.array(), c.Smoothing.array()
	for l, v := range c.Weights.array() {
		name := level(l).String()
		list = append(list, field{"Weights." + name, v, *standard[l], w, false}, field{"Smoothing." + name, smooth[l], *standardSmoothing[l], 100, true})
	}
	return list
}

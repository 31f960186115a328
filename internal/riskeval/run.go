package riskeval

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

// Config describes a run of the simulator.
type Config struct {
	// Users is how many accounts there are, at most a million. Defaults to 2000.
	Users int
	// Rate is how often the average owner signs in, a year. Defaults to 12.
	Rate float64
	// Mix is where they live. Defaults to [KoreanMix].
	Mix Mix
	// Seed makes the run repeatable. Defaults to 0, a seed like any other.
	Seed uint64
	// CookieLoss is the chance that a device comes without its cookie at a
	// sign-in and gets a new one: private windows, cleaners. Defaults to 0.
	CookieLoss float64
	// Model is the configuration of the model that is measured.
	Model risk.Config
}

// Detector is something that scores sign-ins.
type Detector int

// The detectors that are compared.
const (
	// Model is alerts/risk.
	Model Detector = iota
	// NewCountryOrDevice says 1 where either was never seen on the account.
	NewCountryOrDevice
	// TravelAlone is how many times faster than possible somebody travelled
	// since the sign-in before, whatever the network and the device.
	TravelAlone
	detectors
)

// String names the detector.
func (d Detector) String() string {
	return [...]string{"alerts/risk", "new country or new device", "impossible travel alone"}[d]
}

// sample is one scored sign-in.
type sample struct {
	scores  [detectors]float32
	history int32
	level   risk.Level
	travel  bool // the model told an impossible journey
	fresh   bool // on a new device
}

// Result is what a run measured.
type Result struct {
	Config Config
	// Source names what was measured, if it was not the simulator.
	Source string
	// Kinds names the kinds of thieves, in the order in which ROC and Policy
	// count them. A run of the simulator has those of [Kind].
	Kinds []string
	// owners are the scored sign-ins of owners, thieves those of each kind.
	owners  []sample
	thieves [][]sample
	// Years is how many user-years were simulated.
	Years float64
	// Elapsed is how long it took.
	Elapsed time.Duration
}

// Run simulates a year and scores it. The same Config gives the same Result on
// every machine, but for Elapsed.
func Run(cfg Config) (*Result, error) {
	if cfg.Users == 0 {
		cfg.Users = 2000
	}
	if cfg.Rate == 0 {
		cfg.Rate = 12
	}
	if cfg.Mix == nil {
		cfg.Mix = KoreanMix()
	}
	if cfg.Users < 1 || cfg.Users > 1e6 || !(cfg.Rate > 0 && cfg.Rate <= 1000) || !(cfg.CookieLoss >= 0 && cfg.CookieLoss <= 1) {
		return nil, fmt.Errorf("riskeval: %d users, %v sign-ins a year, %v cookies lost: out of range", cfg.Users, cfg.Rate, cfg.CookieLoss)
	}
	model, err := risk.New(cfg.Model)
	if err != nil {
		return nil, err
	}
	w := &world{cfg: cfg, net: newInternet(), families: families(), begin: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, s := range cfg.Mix {
		if i, ok := w.net.byCode[s.Country]; !ok || len(w.net.countries[i].fixed) == 0 {
			return nil, errors.New("riskeval: nobody can live in " + s.Country)
		}
	}
	start := time.Now()
	res := &Result{Config: cfg, Years: float64(cfg.Users), thieves: make([][]sample, kinds)}
	for k := range kinds {
		res.Kinds = append(res.Kinds, k.String())
	}
	crowd := w.population(max(cfg.Users/10, 300))
	each(w, cfg.Users, func(p *person, r *rand.Rand) measured { return w.live(r, p, model, crowd) }, func(m measured) {
		res.owners = append(res.owners, m.owners...)
		for k := range m.thieves {
			res.thieves[k] = append(res.thieves[k], m.thieves[k]...)
		}
	})
	res.Elapsed = time.Since(start)
	return res, nil
}

// population is learned from other people than those that are measured.
func (w *world) population(users int) *risk.Population {
	crowd, other := &risk.Population{}, *w
	other.cfg.Seed ^= 0xdecade
	each(&other, users, func(p *person, r *rand.Rand) []risk.Attempt {
		var out []risk.Attempt
		for i, at := range p.times(r) {
			if i < 50 {
				out = append(out, w.signIn(r, p, at))
			}
		}
		return out
	}, func(list []risk.Attempt) {
		for _, a := range list {
			crowd.Learn(a)
		}
	})
	return crowd
}

// each makes people, household by household, has them live on all processors and
// gathers what users of them give, in order.
func each[T any](w *world, users int, live func(*person, *rand.Rand) T, gather func(T)) {
	const batch = 512 // households
	for first := 0; users > 0; first += batch {
		out := make([][]T, batch)
		var wg sync.WaitGroup
		for part := range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := part; i < batch; i += runtime.GOMAXPROCS(0) {
					r := rand.New(rand.NewPCG(w.cfg.Seed, uint64(first+i)))
					h := w.newHousehold(r)
					for range h.size {
						out[i] = append(out[i], live(w.newPerson(r, &h), r))
					}
				}
			})
		}
		wg.Wait()
		for _, lives := range out {
			for _, l := range lives {
				if users--; users < 0 {
					return
				}
				gather(l)
			}
		}
	}
}

// measured is what a person gives.
type measured struct {
	owners  []sample
	thieves [kinds][]sample
}

// live has a person sign in for a year, and be attacked.
func (w *world) live(r *rand.Rand, p *person, model *risk.Model, crowd *risk.Population) (out measured) {
	var attacks [kinds]time.Duration
	for k := range attacks {
		attacks[k] = time.Duration((.25 + .75*r.Float64()) * float64(year))
	}
	profile, seen := &risk.Profile{}, &habits{}
	thieves := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
	attacked := func(until time.Duration) {
		for k, at := range attacks {
			if at < until {
				if profile.SignIns() > 0 {
					out.thieves[k] = append(out.thieves[k], judge(model, crowd, profile, seen, w.attack(thieves, p, Kind(k), at)))
				}
				attacks[k] = 2 * year
			}
		}
	}
	for _, at := range p.times(r) {
		attacked(at)
		a := w.signIn(r, p, at)
		if profile.SignIns() > 0 {
			out.owners = append(out.owners, judge(model, crowd, profile, seen, a))
		}
		model.Learn(profile, a, a.At)
		seen.learn(a)
	}
	attacked(year)
	return out
}

func judge(model *risk.Model, crowd *risk.Population, p *risk.Profile, seen *habits, a risk.Attempt) sample {
	got := model.Score(p, crowd, a)
	s := sample{history: int32(got.History), level: got.Level, fresh: !got.KnownDevice}
	s.scores = [detectors]float32{float32(got.Score), seen.newCountryOrDevice(a), seen.travel(a)}
	for _, reason := range got.Reasons {
		s.travel = s.travel || reason.Key == risk.ReasonTravel
	}
	return s
}

// habits is what the baselines remember of an account.
type habits struct {
	countries, devices []string
	last               activity.Location
	at                 time.Time
}

func (h *habits) learn(a risk.Attempt) {
	if !has(h.countries, a.Location.Country) {
		h.countries = append(h.countries, a.Location.Country)
	}
	if !has(h.devices, a.Client.DeviceID) {
		h.devices = append(h.devices, a.Client.DeviceID)
	}
	h.last, h.at = a.Location, a.At
}

func (h *habits) newCountryOrDevice(a risk.Attempt) float32 {
	if has(h.countries, a.Location.Country) && has(h.devices, a.Client.DeviceID) {
		return 0
	}
	return 1
}

func (h *habits) travel(a risk.Attempt) float32 {
	j, ok := risk.Speeds{Ground: 350, Air: 1000, FlyFrom: 300, MinKM: 50}.Judge(h.last, a.Location, a.At.Sub(h.at))
	if !ok || !j.Impossible {
		return 0
	}
	return float32(j.KM / (1000 * j.Elapsed.Hours()))
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

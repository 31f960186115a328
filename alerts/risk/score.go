package risk

import (
	"math"
	"time"
)

const (
	// deviceDoubt is how many sign-ins NewDeviceRate is worth.
	deviceDoubt = 1
	// typicalHistory is how many sign-ins, decayed, the average owner has where
	// the account's prior is 0.
	typicalHistory = 12
	// maxAttackRatio bounds what attacks from elsewhere may do to an owner.
	maxAttackRatio = 20
	// rare is the share of the owner's sign-ins below which a value is a reason.
	rare = 0.1
	// leastReason is the weight below which a term is not told.
	leastReason = 0.05
)

// Score judges an attempt by what is known of the owner and of everybody. It
// changes nothing, and nothing that it is given makes it fail: a nil profile is
// an empty one, a nil population knows nothing. The work is bounded and does not
// depend on how many sign-ins were learned.
func (m *Model) Score(p *Profile, crowd *Population, a Attempt) Assessment {
	if p == nil {
		p = &Profile{}
	}
	f := featuresOf(&a)
	out := Assessment{History: p.signIns, KnownDevice: p.knows(f.device), Anonymous: f.network.Anonymous()}
	if p.signIns == 0 {
		return out // the first sign-in is what later ones are held against
	}
	s := scoring{m: m, p: p, crowd: crowd, a: a, f: f, now: 1 / p.growth(later(a.At, p.last), m.cfg.HalfLife)}
	s.account()
	out.NewDevice = s.device(out.KnownDevice)
	s.network()
	s.client(out.KnownDevice)
	s.travel(out.KnownDevice)
	s.single(levelRTT, ReasonRTT, "", int(a.RTT.Milliseconds()))
	s.single(levelHour, ReasonHour, hourText(f.key[levelHour]), 0)
	s.attacks()
	out.Score, out.Reasons = finite(s.sum), s.sorted()
	out.Level = m.level(out)
	return out
}

// level grades. A new device is always worth a notice; below MinHistory that is
// all there is.
func (m *Model) level(a Assessment) Level {
	switch {
	case a.History < MinHistory && a.NewDevice:
		return LevelNotice
	case a.History < MinHistory:
		return LevelLow
	case a.Score >= m.cfg.Severe:
		return LevelSevere
	case a.Score >= m.cfg.High:
		return LevelHigh
	case a.Score >= m.cfg.Notice, a.NewDevice:
		return LevelNotice
	}
	return LevelLow
}

// scoring adds up one assessment.
type scoring struct {
	m       *Model
	p       *Profile
	crowd   *Population
	a       Attempt
	f       features
	now     float64 // what a count is to be multiplied by
	sum     float64
	reasons [8]Reason
	n       int
}

func (s *scoring) add(weight float64) { s.sum += weight }

// tell adds a term and its reason, if it speaks against the sign-in.
func (s *scoring) tell(r Reason) {
	s.add(r.Weight)
	if r.Weight >= leastReason && s.n < len(s.reasons) {
		s.reasons[s.n] = r
		s.n++
	}
}

// sorted gives the reasons, the weightiest first.
func (s *scoring) sorted() []Reason {
	for i := 1; i < s.n; i++ {
		for j := i; j > 0 && s.reasons[j].Weight > s.reasons[j-1].Weight; j-- {
			s.reasons[j], s.reasons[j-1] = s.reasons[j-1], s.reasons[j]
		}
	}
	return append([]Reason(nil), s.reasons[:s.n]...)
}

// term is the logarithm of the ratio for one level, and the counts behind it.
func (s *scoring) term(l level) (weight, seen, of float64) {
	key := s.f.key[l]
	if key == 0 || s.m.weight[l] == 0 {
		return 0, 0, 0
	}
	t := &s.p.levels[l]
	if l == levelVersion {
		seen = t.upTo(key) * s.now
	} else {
		seen = t.count(key) * s.now
	}
	of = t.total * s.now
	q, a := s.crowd.share(l, key), s.m.smoothing[l]+t.fresh*s.now
	return s.m.weight[l] * math.Log(q*(of+a)/(seen+a*q)), seen, of
}

// account is the prior p(u|attack)/p(u|legitimate).
func (s *scoring) account() {
	s.add(-s.m.cfg.Account * math.Log((s.p.n*s.now+1)/(typicalHistory+1)))
}

// device adds the cookie, or its absence by the share of the owner's sign-ins
// that had none, and tells whether a device without is unusual.
func (s *scoring) device(known bool) bool {
	if known {
		s.add(-s.m.cfg.KnownDevice)
		return false
	}
	n, fresh := s.p.n*s.now, s.p.fresh*s.now
	share := (fresh + s.m.cfg.NewDeviceRate*deviceDoubt) / (n + deviceDoubt)
	s.tell(Reason{
		Key: ReasonNewDevice, Value: s.a.Device.Name, Seen: round(fresh), Of: round(n),
		Weight: s.m.cfg.NewDevice - s.m.cfg.DeviceHabit*math.Log(share),
	})
	return fresh*2 <= n
}

// network adds the levels of the network and names the coarsest that is new.
func (s *scoring) network() {
	if s.f.network.Anonymous() {
		w, seen, of := s.term(levelKind)
		s.tell(Reason{Key: ReasonAnonymous, Value: s.f.network.String(), Seen: round(seen), Of: round(of), Weight: w})
		return
	}
	r := Reason{}
	for l := levelCountry; l <= levelIP; l++ {
		w, seen, of := s.term(l)
		r.Weight += w
		if r.Key == "" && w > 0 && seen < rare*of {
			r.Key, r.Seen, r.Of = networkReason(l), round(seen), round(of)
		}
	}
	switch r.Key {
	case "":
		s.add(r.Weight)
		return
	case ReasonNewCountry:
		r.Value = s.a.Location.Country
	case ReasonNewASN:
		r.Value, r.Number = s.a.Location.ASOrg, int(min(s.a.Location.ASN, math.MaxInt32))
	default:
		r.Value = s.a.Location.City
	}
	s.tell(r)
}

func networkReason(l level) string {
	switch l {
	case levelCountry:
		return ReasonNewCountry
	case levelASN:
		return ReasonNewASN
	case levelPrefix:
		return ReasonNewPrefix
	}
	return ReasonNewIP
}

// client adds the levels of the client. On a known device it makes up for the
// cookie at most.
func (s *scoring) client(known bool) {
	r := Reason{Key: ReasonNewClient, Value: s.a.Device.Name}
	for l := levelClass; l <= levelAgent; l++ {
		w, seen, of := s.term(l)
		r.Weight += w
		if l == levelBrowser {
			r.Seen, r.Of = round(seen), round(of)
		}
	}
	if known {
		r.Weight = min(r.Weight, s.m.cfg.KnownDevice+s.m.cfg.NewDevice)
	} else {
		r.Weight *= s.m.cfg.ClientOnNewDevice
	}
	s.tell(r)
}

// travel adds an impossible journey. On a known device or in an AS that the
// owner has used it is the database that is wrong.
func (s *scoring) travel(known bool) {
	to, ok := s.f.location(&s.a)
	if known || !ok || s.p.placeAt.IsZero() || s.p.levels[levelASN].count(s.f.key[levelASN]) > 0 {
		return
	}
	j, ok := s.m.cfg.Speeds.Judge(s.p.place, to, s.a.At.Sub(s.p.placeAt))
	if !ok || !j.Impossible {
		return
	}
	s.tell(Reason{Key: ReasonTravel, Value: s.a.Location.Country, Weight: s.m.cfg.Travel, KM: round(j.KM), Minutes: round(j.Elapsed.Minutes())})
}

// single adds a level that stands alone.
func (s *scoring) single(l level, key, value string, number int) {
	w, seen, of := s.term(l)
	s.tell(Reason{Key: key, Value: value, Number: number, Seen: round(seen), Of: round(of), Weight: w})
}

// attacks adds the prior of the AS and the country, whichever is worse.
func (s *scoring) attacks() {
	if s.m.cfg.Attack == 0 {
		return
	}
	asn, country := s.crowd.attackRatio(0, s.f.key[levelASN]), s.crowd.attackRatio(1, s.f.key[levelCountry])
	r := Reason{Key: ReasonAttacks, Value: s.a.Location.Country, Weight: s.m.cfg.Attack * math.Log(min(max(asn, country), maxAttackRatio))}
	if asn >= country && s.f.key[levelASN] != 0 {
		r.Value, r.Number = s.a.Location.ASOrg, int(min(s.a.Location.ASN, math.MaxInt32))
	}
	s.tell(r)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func round(v float64) int { return int(math.Round(min(max(v, 0), 1e9))) }

// finite is the last guard: a score that is no number would compare as harmless.
func finite(v float64) float64 {
	if math.IsNaN(v) {
		return maxScore
	}
	return min(max(v, -maxScore), maxScore)
}

const maxScore = 100

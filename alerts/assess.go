package alerts

import (
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
)

// Attempt is a sign-in to judge: who, from where, with what.
type Attempt struct {
	// Account is the account that is signed in to. Required.
	Account string
	// Client is who calls. A DeviceID that is empty is a device that was never
	// seen before.
	Client activity.Client
	// Location is where the client's address is; zero if that is unknown.
	Location activity.Location
	// Device is what the client says it is.
	Device activity.Device
	// At is when. Required.
	At time.Time
}

// Level grades an assessment.
type Level int

// The levels, in rising order. The zero value is LevelLow.
const (
	// LevelLow: nothing to tell.
	LevelLow Level = iota
	// LevelNotice: worth telling the owner.
	LevelNotice
	// LevelHigh: worth asking for more proof.
	LevelHigh
)

// String gives "low", "notice" or "high".
func (l Level) String() string {
	switch l {
	case LevelLow:
		return "low"
	case LevelNotice:
		return "notice"
	case LevelHigh:
		return "high"
	}
	return "unknown"
}

// Assessment is how unusual a sign-in looks.
type Assessment struct {
	// Score is from 0 (as always) to 1. Every reason has a weight: new_device
	// 0.4, new_country 0.4, failed_burst 0.5; the score is 1 - Π(1 - weight).
	// It ranks; it is not a probability.
	Score float64
	// Level is LevelNotice from 0.3 and LevelHigh from 0.6 on, that is for two
	// reasons together. Below [MinHistory] sign-ins it is at most LevelNotice.
	Level Level
	// Reasons are what the score is made of.
	Reasons []Reason
}

// MinHistory is how many sign-ins must be known before a sign-in is graded
// LevelHigh. Under it nearly everything is new and new means little.
const MinHistory = 4

const (
	weightDevice  = 0.4
	weightCountry = 0.4
	weightBurst   = 0.5

	noticeScore = 0.3
	highScore   = 0.6
)

// assess judges an attempt by what is known. It is pure. placed tells whether
// the attempt's country says where the person is; failures are the recent
// failed attempts, of which burst are many.
func assess(p profile, a Attempt, placed bool, failures, burst int) Assessment {
	if p.SignIns == 0 {
		return Assessment{} // the first sign-in is what later ones are held against
	}
	var out Assessment
	rest := 1.0
	add := func(key string, weight float64, args map[string]string) {
		rest *= 1 - weight
		out.Reasons = append(out.Reasons, Reason{Key: key, Args: args})
	}
	known := contains(p.Devices, deviceKey(a.Client.DeviceID))
	if !known && len(p.Devices) > 0 {
		add(ReasonNewDevice, weightDevice, map[string]string{"device": a.Device.Name, "known": strconv.Itoa(len(p.Devices))})
	}
	if placed && len(p.Countries) > 0 && !contains(p.Countries, a.Location.Country) {
		add(ReasonNewCountry, weightCountry, map[string]string{"country": a.Location.Country, "known": countries(p)})
	}
	// On a known device it was the owner who could not remember.
	if !known && failures >= burst {
		add(ReasonFailedBurst, weightBurst, map[string]string{"count": strconv.Itoa(failures)})
	}
	out.Score = 1 - rest
	switch {
	case out.Score >= highScore && p.SignIns >= MinHistory:
		out.Level = LevelHigh
	case out.Score >= noticeScore:
		out.Level = LevelNotice
	}
	return out
}

func countries(p profile) string {
	names := make([]string, len(p.Countries))
	for i, c := range p.Countries {
		names[i] = c.Key
	}
	return strings.Join(names, ", ")
}

// SignInDetail is the detail of a signin.succeeded event: the assessment's
// reasons as comma-separated keys, the failures before it, and the second
// factor that was used, each only if there is one. [Monitor.Observe] reads it.
func SignInDetail(a Assessment, method string) map[string]string {
	d := map[string]string{}
	keys := make([]string, len(a.Reasons))
	for i, r := range a.Reasons {
		keys[i] = r.Key
		if r.Key == ReasonFailedBurst {
			d["failures"] = r.Args["count"]
		}
	}
	if len(keys) > 0 {
		d["reasons"] = strings.Join(keys, ",")
	}
	if method != "" {
		d["method"] = method
	}
	return d
}

// signInReasons is the inverse of [SignInDetail]; words that are no reasons
// are dropped.
func signInReasons(e activity.Event) (out []Reason) {
	for key := range strings.SplitSeq(e.Detail["reasons"], ",") {
		switch key {
		case ReasonNewDevice:
			out = append(out, Reason{key, map[string]string{"device": e.Device.Name}})
		case ReasonNewCountry:
			out = append(out, Reason{key, map[string]string{"country": e.Location.Country}})
		case ReasonFailedBurst:
			count, err := strconv.Atoi(e.Detail["failures"])
			if err != nil || count < 1 {
				count = burstSize
			}
			out = append(out, Reason{key, map[string]string{"count": strconv.Itoa(count)}})
		}
	}
	return out
}

package alerts

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/canon"
)

// Reason is one observation that speaks against a sign-in, with its evidence.
type Reason struct {
	// Key is one of package risk's Reason constants or of this package's.
	Key string `json:"key"`
	// Args are the evidence as of [risk.Reason.Args].
	Args map[string]string `json:"args,omitempty"`
}

// The reasons that a rule gives, in place of the evidence. They refuse.
const (
	// ReasonOverseas: outside the shop's home countries, which the owner wants
	// refused. Value: the country.
	ReasonOverseas = "rule_overseas"
	// ReasonCountries: outside the countries that the owner named. Value: the
	// country.
	ReasonCountries = "rule_countries"
	// ReasonDevices: not on a device that the owner signed in on before, which
	// the owner wants refused.
	ReasonDevices = "rule_devices"
	// ReasonNetwork: from a network that the shop refuses.
	ReasonNetwork = "denied_network"
	// ReasonNowhere: the place is unknown or hidden, so that the owner's rule
	// on countries cannot be checked.
	ReasonNowhere = "rule_nowhere"
)

// reasonFailedBurst is what version 1 called [risk.ReasonGuessing].
const reasonFailedBurst = "failed_burst"

// reasonOf makes a reason of one of the engine's.
func reasonOf(r risk.Reason) Reason { return Reason{r.Key, r.Args()} }

// Text renders the reason as a sentence in a language.
func (r Reason) Text(lang string) string {
	if key := "reason." + r.Key; texts().Has(key) {
		args := map[string]string{"value": texts().Text(lang, "where.unknown", nil)}
		if c := r.Args["value"]; isCountry(c) {
			args["value"] = activity.CountryName(lang, c)
		}
		return texts().Text(lang, key, args)
	}
	return risk.ReasonOf(r.today()).Text(lang)
}

// today is the reason as this version names it: version 1 had other names for
// the evidence, and its messages may wait in the outbox.
func (r Reason) today() (key string, args map[string]string) {
	key, args = r.Key, r.Args
	if key == reasonFailedBurst {
		key = risk.ReasonGuessing
	}
	for old, name := range map[string]string{"device": "value", "country": "value", "count": "seen"} {
		if v, ok := args[old]; ok && args[name] == "" {
			args = maps.Clone(args)
			args[name] = v
		}
	}
	return key, args
}

// Classes of evidence, one bit each: one that is new is told again.
const (
	classDevice int64 = 1 << iota
	classPlace
	classTravel
	classAnonymous
	classGuessing
	classStuffing
	classAbsence
	classOther
	classRule
)

func (r Reason) class() int64 {
	key, _ := r.today()
	switch key {
	case risk.ReasonNewDevice, risk.ReasonDeviceBurst: // one browser that drops its cookies is both
		return classDevice
	case risk.ReasonNewCountry, risk.ReasonNewASN, risk.ReasonNewPrefix, risk.ReasonNewIP, risk.ReasonAttacks:
		return classPlace
	case risk.ReasonTravel:
		return classTravel
	case risk.ReasonAnonymous:
		return classAnonymous
	case risk.ReasonGuessing:
		return classGuessing
	case risk.ReasonStuffing, risk.ReasonEnumeration:
		return classStuffing
	case risk.ReasonAbsence:
		return classAbsence
	case ReasonOverseas, ReasonCountries, ReasonDevices, ReasonNetwork, ReasonNowhere:
		return classRule
	}
	return classOther
}

func classes(reasons []Reason) (sum int64) {
	for _, r := range reasons {
		sum |= r.class()
	}
	return sum
}

func has(reasons []Reason, keys ...string) bool {
	return slices.ContainsFunc(reasons, func(r Reason) bool {
		key, _ := r.today()
		return slices.Contains(keys, key)
	})
}

// Keys of an event's detail.
const (
	detailReasons  = "reasons"
	detailEvidence = "evidence"
	detailLevel    = "level"
	detailMethod   = "method"
	// maxEvidence is what an event keeps of a value.
	maxEvidence = 512
)

// SignInDetail is the detail of an event about a sign-in that was assessed: its
// level, its reasons as comma-separated keys, their evidence as JSON, and the
// second factor that was used, each only if there is one. [Monitor.Observe] and
// [Reasons] read it.
func SignInDetail(a Assessment, method string) map[string]string {
	d := map[string]string{}
	var keys []string
	var evidence []map[string]string
	for _, r := range a.Reasons {
		keys, evidence = append(keys, r.Key), append(evidence, r.Args)
	}
	for len(evidence) > 0 { // the weightiest come first
		data, err := json.Marshal(evidence)
		if err == nil && len(data) <= maxEvidence {
			d[detailEvidence] = string(data)
			break
		}
		evidence = evidence[:len(evidence)-1]
	}
	if len(keys) > 0 {
		d[detailReasons] = strings.Join(keys, ",")
		d[detailLevel] = a.Level.String()
	}
	if method != "" {
		d[detailMethod] = method
	}
	return d
}

// Reasons gives what was odd about a sign-in, from the event that recorded it:
// the inverse of [SignInDetail]. Words that are no reasons are dropped.
func Reasons(e activity.Event) (out []Reason) {
	var evidence []map[string]string
	if json.Unmarshal([]byte(e.Detail[detailEvidence]), &evidence) != nil {
		evidence = nil
	}
	i := 0
	for key := range strings.SplitSeq(e.Detail[detailReasons], ",") {
		if key == "" || canon.Line(key, maxKind) != key {
			continue
		}
		r := Reason{Key: key, Args: map[string]string{}}
		if i < len(evidence) && evidence[i] != nil {
			r.Args = evidence[i]
		}
		i++
		if r.class() == classOther && !known(key) {
			continue
		}
		r.fill(e)
		out = append(out, r)
		if len(out) == maxDetails {
			break
		}
	}
	return out
}

func known(key string) bool {
	switch key {
	case risk.ReasonNewClient, risk.ReasonRTT, risk.ReasonHour:
		return true
	}
	return false
}

// fill takes from the event what its detail leaves out, and bounds the rest.
func (r *Reason) fill(e activity.Event) {
	switch key, _ := r.today(); {
	case r.Args["value"] != "":
	case key == risk.ReasonNewDevice, key == risk.ReasonNewClient:
		r.Args["value"] = e.Device.Name
	case key == risk.ReasonNewCountry, key == risk.ReasonTravel, key == ReasonOverseas, key == ReasonCountries:
		r.Args["value"] = e.Location.Country
	case key == risk.ReasonNewASN:
		r.Args["value"] = e.Location.ASOrg
	case key == risk.ReasonGuessing && r.Args["seen"] == "":
		count, err := strconv.Atoi(e.Detail["failures"])
		if err != nil || count < 1 {
			count = burstSize
		}
		r.Args["seen"] = strconv.Itoa(count)
	}
	for k, v := range r.Args {
		if r.Args[k] = canon.Line(v, maxText); r.Args[k] == "" {
			delete(r.Args, k)
		}
	}
}

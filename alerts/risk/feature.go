package risk

import (
	"crypto/sha256"
	"math"
	"net/netip"
	"strings"
	"time"

	"example.com/accountsec/activity"
)

// level is one level of a hierarchy of features. The order is part of the
// encodings.
type level uint8

const (
	levelKind level = iota
	levelCountry
	levelASN
	levelPrefix
	levelIP
	levelClass
	levelOS
	levelBrowser
	levelVersion
	levelAgent
	levelRTT
	levelHour
	levels
)

// String names the level as the fields of [Levels] do.
func (l level) String() string {
	return [levels]string{"Kind", "Country", "ASN", "Prefix", "IP", "Class", "OS", "Browser", "Version", "Agent", "RTT", "Hour"}[l]
}

const maxText = 512 // bytes of a text that are looked at

// deviceKey is what is kept of a device's id; the zero key is no device.
type deviceKey [16]byte

// features are an attempt's values, each as a number; 0 is missing.
type features struct {
	key     [levels]uint64
	device  deviceKey
	network Network
	version uint64 // major version of the browser
}

// featuresOf reads an attempt. It allocates nothing.
func featuresOf(a *Attempt) features {
	f := features{network: a.Network, device: keyOfDevice(a.Client.DeviceID)}
	if f.network == NetworkUnknown || f.network > NetworkSatellite {
		f.network = NetworkOf(a.Location.ASN)
	}
	f.place(a)
	f.clientOf(a)
	if a.RTT > 0 {
		f.key[levelRTT] = 1 + uint64(max(0, math.Round(math.Log(float64(a.RTT)/float64(time.Millisecond))/math.Log(1.5))))
	}
	if !a.At.IsZero() {
		f.key[levelHour] = hourKey(a.At)
	}
	return f
}

// place reads the network. Of one that hides the place only the kind counts.
func (f *features) place(a *Attempt) {
	ip := a.Client.IP.Unmap().WithZone("")
	public := publicAddr(ip)
	if !public && ip.IsValid() { // a private address has no place, whatever is said of it
		return
	}
	if f.network.Anonymous() {
		f.key[levelKind] = 2
		return
	}
	if !public && a.Location.ASN == 0 && !isCountry(a.Location.Country) {
		return
	}
	f.key[levelKind] = 1
	if c := a.Location.Country; isCountry(c) {
		f.key[levelCountry] = uint64(c[0])<<8 | uint64(c[1])
	}
	f.key[levelASN] = uint64(a.Location.ASN)
	if f.network == NetworkMobile || !public {
		return
	}
	bits := 24
	if ip.Is6() {
		bits = 56 // what providers give a household, of which /64s change
	}
	if p, err := ip.Prefix(bits); err == nil {
		f.key[levelPrefix] = hashAddr(levelPrefix, p.Addr())
	}
	if ip.Is6() { // a /64 is one visitor, its addresses are free to change
		if p, err := ip.Prefix(64); err == nil {
			ip = p.Addr()
		}
	}
	f.key[levelIP] = hashAddr(levelIP, ip)
}

// clientOf reads the client. Each level holds those above it.
func (f *features) clientOf(a *Attempt) {
	d := a.Device
	if d.Class != "" {
		f.key[levelClass] = hash(levelClass, d.Class)
	}
	if d.OS != "" {
		f.key[levelOS] = hash(levelOS, d.Class, family(d.OS))
	}
	if d.Browser != "" {
		f.key[levelBrowser] = hash(levelBrowser, d.Class, family(d.OS), d.Browser)
		if v := majorVersion(a.Client.UserAgent, d.Browser); v > 0 {
			f.version = v
			f.key[levelVersion] = f.key[levelBrowser]&^0xffff | min(v, 0xffff)
		}
	}
	if a.Client.UserAgent != "" {
		f.key[levelAgent] = hash(levelAgent, a.Client.UserAgent)
	}
}

// family drops a system's version, which client hints tell on some requests and
// not on others: "Windows 11" is "Windows".
func family(os string) string {
	name, _, found := strings.Cut(os, " ")
	if found && name == "Windows" {
		return name
	}
	return os
}

// majorVersion finds the browser's major version in the user agent; 0 if it is
// not there.
func majorVersion(agent, browser string) uint64 {
	agent = agent[:min(len(agent), maxText)]
	for _, token := range tokens(browser) {
		if token == "" {
			continue
		}
		for rest := agent; ; {
			_, after, found := strings.Cut(rest, token)
			if !found {
				break
			}
			if rest = after; len(after) > 1 && after[0] == '/' {
				if v := digits(after[1:]); v > 0 {
					return v
				}
			}
		}
	}
	return 0
}

// tokens are the names by which a browser's version stands in its user agent.
func tokens(browser string) [3]string {
	switch browser {
	case "Chrome":
		return [3]string{"CriOS", "Chrome"}
	case "Firefox":
		return [3]string{"FxiOS", "Firefox"}
	case "Edge":
		return [3]string{"Edg", "EdgA", "EdgiOS"}
	case "Safari":
		return [3]string{"Version"}
	case "Samsung Internet":
		return [3]string{"SamsungBrowser"}
	case "Opera":
		return [3]string{"OPR", "Opera"}
	case "KakaoTalk":
		return [3]string{"KAKAOTALK"}
	}
	return [3]string{browser}
}

func digits(s string) (v uint64) {
	for i := 0; i < len(s) && i < 5 && s[i] >= '0' && s[i] <= '9'; i++ {
		v = v*10 + uint64(s[i]-'0')
	}
	return v
}

// hourKey numbers the time of the week: four hours, working day or weekend.
func hourKey(t time.Time) uint64 {
	t = t.UTC()
	key := 1 + uint64(t.Hour()/4)
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		key += 6
	}
	return key
}

// publicAddr tells an address that somebody on the internet can have.
func publicAddr(ip netip.Addr) bool {
	return ip.IsValid() && ip.IsGlobalUnicast() && !ip.IsPrivate() && !reserved(ip)
}

// reserved tells shared address space (RFC 6598), the documentation's ranges
// (RFC 5737, 3849) excepted, which tests and examples live in.
func reserved(ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	b := ip.As4()
	return b[0] == 0 || b[0] >= 240 || b[0] == 100 && b[1]&0xc0 == 64 || b[0] == 198 && b[1]&0xfe == 18
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func keyOfDevice(id string) (k deviceKey) {
	if id == "" {
		return k
	}
	id = id[:min(len(id), maxText)]
	var buf [maxText]byte // keeps the text off the heap
	sum := sha256.Sum256(buf[:copy(buf[:], id)])
	copy(k[:], sum[:])
	k[0] |= 1 // never the zero key
	return k
}

// hash is FNV-1a, finished by the mixer of SplitMix64. It is a number for a
// value and no secret; nobody gains by a collision who could not send the value.
func hash(l level, parts ...string) uint64 {
	h := uint64(14695981039346656037) ^ uint64(l)
	for _, s := range parts {
		for i := range min(len(s), maxText) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return mix(h)
}

func hashAddr(l level, ip netip.Addr) uint64 {
	b := ip.As16()
	h := uint64(14695981039346656037) ^ uint64(l)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix spreads the bits; it never gives 0, which is a missing value.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(h^h>>31, 1)
}

// location is the position of an attempt, if it says where the person is.
func (f features) location(a *Attempt) (activity.Location, bool) {
	return a.Location, !f.network.Anonymous() && f.key[levelKind] != 0 && positioned(a.Location)
}

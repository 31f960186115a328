package alerts

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
)

const (
	// MaxProfile bounds an encoded profile, in bytes.
	MaxProfile = 4096

	profileVersion = 1
	maxDevices     = 32
	maxCountries   = 24
	maxSignIns     = 1 << 40
)

// profile is what is known of an account's habits. It is bounded: the devices
// and countries that were seen longest ago are forgotten first. It holds
// neither addresses nor user agents.
type profile struct {
	Version   int    `json:"v"`
	SignIns   int64  `json:"n"`           // successful, since the first
	LastSeen  int64  `json:"t"`           // seconds since 1970
	Devices   []seen `json:"d,omitempty"` // key: SHA-256 of the device's id
	Countries []seen `json:"c,omitempty"` // key: ISO 3166-1 alpha-2
}

// seen is one habit and when it was last seen, in seconds since 1970.
type seen struct {
	Key string `json:"k"`
	At  int64  `json:"t"`
}

// decodeProfile reads an encoded profile. Anything that this version did not
// write is no knowledge: the empty profile, in which nothing is known.
func decodeProfile(data []byte) profile {
	if len(data) == 0 || len(data) > MaxProfile {
		return profile{}
	}
	var p profile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return profile{}
	}
	if _, err := d.Token(); err != io.EOF || !p.valid() {
		return profile{}
	}
	return p
}

func (p profile) valid() bool {
	if p.Version != profileVersion || p.SignIns < 1 || p.SignIns > maxSignIns || len(p.Devices) > maxDevices || len(p.Countries) > maxCountries {
		return false
	}
	for _, d := range p.Devices {
		if sum, err := base64.RawURLEncoding.Strict().DecodeString(d.Key); err != nil || len(sum) != sha256.Size {
			return false
		}
	}
	return !slices.ContainsFunc(p.Countries, func(c seen) bool { return !isCountry(c.Key) })
}

// encode gives at most [MaxProfile] bytes.
func (p profile) encode() []byte {
	p.Version = profileVersion
	data, err := json.Marshal(p)
	if err != nil { // strings and integers always encode
		return nil
	}
	return data
}

// learn adds one proven sign-in.
func (p profile) learn(a Attempt, placed bool) profile {
	at := a.At.Unix()
	p.SignIns = min(p.SignIns+1, maxSignIns)
	p.LastSeen = max(p.LastSeen, at)
	p.Devices = remember(p.Devices, deviceKey(a.Client.DeviceID), at, maxDevices)
	if placed {
		p.Countries = remember(p.Countries, a.Location.Country, at, maxCountries)
	}
	return p
}

// remember notes that key was seen, newest first, at most n of them. The list
// that it was given is left as it is.
func remember(list []seen, key string, at int64, n int) []seen {
	if key == "" {
		return list
	}
	out := slices.Clone(list)
	if i := slices.IndexFunc(out, func(s seen) bool { return s.Key == key }); i >= 0 {
		out[i].At = max(out[i].At, at)
	} else {
		out = append(out, seen{key, at})
	}
	slices.SortStableFunc(out, func(a, b seen) int { return cmp.Compare(b.At, a.At) })
	if len(out) <= n {
		return out
	}
	out = out[:n]
	if !contains(out, key) { // a clock that jumped back must not make the sign-in itself forgotten
		out[n-1] = seen{key, at}
	}
	return out
}

func contains(list []seen, key string) bool {
	return key != "" && slices.ContainsFunc(list, func(s seen) bool { return s.Key == key })
}

// deviceKey is what is kept of a device's id.
func deviceKey(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

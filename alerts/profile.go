package alerts

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"time"

	"example.com/accountsec/alerts/risk"
)

// MaxProfile bounds an encoded profile, in bytes.
const MaxProfile = risk.MaxProfile

// decodeProfile reads an account's profile: what this version writes, and what
// version 1 wrote. Anything else is no knowledge.
func decodeProfile(data []byte) *risk.Profile {
	if len(data) > 0 && data[0] == '{' && len(data) <= MaxProfile {
		return decodeEarlier(data)
	}
	return risk.DecodeProfile(data)
}

const (
	earlierVersion   = 1
	earlierDevices   = 32
	earlierCountries = 24
	earlierSignIns   = 1 << 40
)

// earlier is a profile of version 1, in JSON. It is only read: the next sign-in
// writes what is of today.
type earlier struct {
	Version   int           `json:"v"`
	SignIns   int64         `json:"n"`           // successful, since the first
	LastSeen  int64         `json:"t"`           // seconds since 1970
	Devices   []earlierSeen `json:"d,omitempty"` // key: SHA-256 of the device's id
	Countries []earlierSeen `json:"c,omitempty"` // key: ISO 3166-1 alpha-2
}

// earlierSeen is one habit and when it was last seen, in seconds since 1970.
type earlierSeen struct {
	Key string `json:"k"`
	At  int64  `json:"t"`
}

// decodeEarlier is strict: what version 1 would not have read is no knowledge.
func decodeEarlier(data []byte) *risk.Profile {
	var p earlier
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return &risk.Profile{}
	}
	if _, err := d.Token(); err != io.EOF || p.Version != earlierVersion || p.SignIns < 1 || p.SignIns > earlierSignIns ||
		len(p.Devices) > earlierDevices || len(p.Countries) > earlierCountries {
		return &risk.Profile{}
	}
	out := risk.Earlier{SignIns: int(min(p.SignIns, 1<<30)), Last: time.Unix(max(p.LastSeen, 1), 0).UTC()}
	for _, d := range p.Devices {
		sum, err := base64.RawURLEncoding.Strict().DecodeString(d.Key)
		if err != nil || len(sum) != sha256.Size {
			return &risk.Profile{}
		}
		out.Devices = append(out.Devices, risk.EarlierDevice{Sum: [sha256.Size]byte(sum), At: time.Unix(d.At, 0)})
	}
	if slices.ContainsFunc(p.Countries, func(c earlierSeen) bool { return !isCountry(c.Key) }) {
		return &risk.Profile{}
	}
	for _, c := range p.Countries {
		out.Countries = append(out.Countries, c.Key)
	}
	return out.Profile()
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

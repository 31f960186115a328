package risk

// Reason is one observation that speaks against a sign-in, with its evidence.
type Reason struct {
	// Key is one of the Reason constants.
	Key string
	// Value is what was seen: an ISO 3166-1 country code, the operator of an AS,
	// a city, a device's name, the word of a [Network], a time of the week. Text
	// from outside: to be cleaned or escaped where it is shown. May be empty.
	Value string
	// Number is the number of the AS, or a round-trip time in milliseconds; 0
	// for other reasons.
	Number int
	// Seen is how many of the last Of sign-ins of the owner had this value.
	// Both are rounded, and older sign-ins count less.
	Seen, Of int
	// Weight is what it adds to the score.
	Weight float64
	// KM and Minutes are the length and the time of a journey, after the
	// uncertainty of both places was taken off. Zero for other reasons.
	KM, Minutes int
}

// The reasons.
const (
	// ReasonNewDevice: the owner never signed in on this device. Seen is how many
	// sign-ins came from devices that were new then.
	ReasonNewDevice = "new_device"
	// ReasonNewCountry, ReasonNewASN, ReasonNewPrefix and ReasonNewIP: never or
	// rarely from this country, network operator, neighbourhood or address.
	// The coarsest that is new is named.
	ReasonNewCountry = "new_country"
	ReasonNewASN     = "new_network"
	ReasonNewPrefix  = "new_neighbourhood"
	ReasonNewIP      = "new_address"
	// ReasonAnonymous: through a network that hides where the person is.
	ReasonAnonymous = "anonymous_network"
	// ReasonNewClient: never or rarely with this operating system and browser.
	ReasonNewClient = "new_client"
	// ReasonTravel: nobody travels that fast.
	ReasonTravel = "impossible_travel"
	// ReasonRTT: the connection takes longer or shorter than it did.
	ReasonRTT = "unusual_distance"
	// ReasonHour: at a time of the week at which the owner does not come.
	ReasonHour = "unusual_hour"
	// ReasonAttacks: attacks came from the same network or country.
	ReasonAttacks = "attacked_from"
)

// hourText names the time of the week that a key of levelHour stands for.
func hourText(key uint64) string {
	const times = "00-04 04-08 08-12 12-16 16-20 20-24 "
	if key == 0 || key > 12 {
		return ""
	}
	i := (key - 1) % 6 * 6
	return times[i : i+5]
}

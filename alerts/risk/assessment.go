package risk

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
	// LevelSevere: worth refusing where more proof cannot be asked for.
	LevelSevere
)

// String gives "low", "notice", "high" or "severe".
func (l Level) String() string {
	switch l {
	case LevelLow:
		return "low"
	case LevelNotice:
		return "notice"
	case LevelHigh:
		return "high"
	case LevelSevere:
		return "severe"
	}
	return "unknown"
}

// Assessment is how little a sign-in looks like the owner.
type Assessment struct {
	// Score is the natural logarithm of odds, up to a constant: 0 is what the
	// average sign-in of an average thief and of an average owner have in
	// common, more is more suspicious. It ranks sign-ins; it is not a
	// probability. Always finite, 0 for an account's first sign-in.
	Score float64
	// Level follows from Score, History and NewDevice.
	Level Level
	// History is how many earlier sign-ins are known.
	History int
	// KnownDevice tells that the owner has signed in on this device before.
	KnownDevice bool
	// NewDevice tells that the owner has not, and mostly signs in on devices
	// that are known. Whoever keeps no cookies is on no new device.
	NewDevice bool
	// Anonymous tells that the network hides where the person is.
	Anonymous bool
	// Reasons are what speaks against the sign-in, the weightiest first.
	Reasons []Reason
}

package risk

import (
	"math"
	"time"

	"example.com/accountsec/activity"
)

// Speeds say what a journey can be. Zero fields take their defaults.
type Speeds struct {
	// Ground is the fastest that people move over short distances, in km/h.
	// Defaults to 350, a fast train.
	Ground float64
	// Air is the fastest over long ones, in km/h. Defaults to 1000, a jet with
	// the wind behind it.
	Air float64
	// FlyFrom is the distance from which on people fly, in km. Defaults to 300.
	FlyFrom float64
	// MinKM is the distance below which a journey is never impossible: databases
	// put people there by mistake. Defaults to 50.
	MinKM float64
}

const (
	earthKM = 6371.0088 // mean radius, IUGG
	// unknownRadiusKM is the accuracy radius of a database that gives none: half
	// of such places lie further than that from where another database puts them.
	unknownRadiusKM = 200
	// vagueKM is the accuracy radius from which on a place means the country.
	vagueKM = 500
	// minElapsed is the least time between two sign-ins that is believed.
	minElapsed = time.Minute
)

// Journey is what lies between two sign-ins at least.
type Journey struct {
	// KM is the great-circle distance less both accuracy radii, not below 0.
	KM float64
	// Elapsed is the time between them, whichever came first; at least a minute.
	Elapsed time.Duration
	// Impossible tells that nobody travels that fast.
	Impossible bool
}

// Judge measures the journey between two places. It is false, and no journey,
// where a position is missing, is no position (NaN, infinite, out of range), or
// is no better than a country (an accuracy radius of 500 km or more).
func (s Speeds) Judge(from, to activity.Location, elapsed time.Duration) (Journey, bool) {
	if !positioned(from) || !positioned(to) {
		return Journey{}, false
	}
	if elapsed < 0 {
		elapsed = -max(elapsed, -math.MaxInt64) // the least Duration has no negative
	}
	j := Journey{Elapsed: max(elapsed, minElapsed)}
	j.KM = max(0, Distance(from.Latitude, from.Longitude, to.Latitude, to.Longitude)-radius(from)-radius(to))
	limit := s.Ground
	if j.KM >= s.FlyFrom {
		limit = s.Air
	}
	j.Impossible = j.KM >= s.MinKM && j.KM > limit*j.Elapsed.Hours()
	return j, true
}

// Distance is the great-circle distance in km between two points in degrees, by
// the haversine formula. Over the poles and the antimeridian it is as short as
// elsewhere.
func Distance(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	sinLat, sinLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * earthKM * math.Asin(math.Sqrt(min(1, h)))
}

// positioned tells whether a location has a position that is worth measuring.
func positioned(l activity.Location) bool {
	return l.HasPosition() && math.Abs(l.Latitude) <= 90 && math.Abs(l.Longitude) <= 180 && radius(l) < vagueKM
}

func radius(l activity.Location) float64 {
	if l.RadiusKM <= 0 {
		return unknownRadiusKM
	}
	return float64(l.RadiusKM)
}

package risk_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts/risk"
)

func at(lat, lon float64, radius int) activity.Location {
	return activity.Location{Latitude: lat, Longitude: lon, RadiusKM: radius}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lat1, lon1, lat2, lon2 float64
		want                   float64
	}{
		{"Seoul to Busan", 37.5665, 126.9780, 35.1796, 129.0756, 325},
		{"Seoul to New York", 37.5665, 126.9780, 40.7128, -74.0060, 11051},
		{"nowhere", 37, 127, 37, 127, 0},
		{"over the antimeridian", 0, 179.5, 0, -179.5, 111},
		{"over the north pole", 89.5, 0, 89.5, 180, 111},
		{"over the south pole", -89.5, -90, -89.5, 90, 111},
		{"a pole is one point", 90, 0, 90, 137, 0},
		{"antipodes", 0, 0, 0, 180, 20015},
		{"antipodes aslant", 45, 10, -45, -170, 20015},
	} {
		got, back := risk.Distance(c.lat1, c.lon1, c.lat2, c.lon2), risk.Distance(c.lat2, c.lon2, c.lat1, c.lon1)
		if math.Abs(got-c.want) > max(1, c.want/500) || math.Abs(got-back) > 1e-6 {
			t.Errorf("%s: %.1f and back %.1f, want %.0f", c.name, got, back, c.want)
		}
	}
}

// Rounding takes the haversine of antipodes beyond 1 now and then.
func TestAntipodes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 14))
	for range 20000 {
		lat, lon := r.Float64()*180-90, r.Float64()*180
		if d := risk.Distance(lat, lon, -lat, lon-180); !(d > 20014 && d < 20016) {
			t.Fatalf("from %v, %v: %v", lat, lon, d)
		}
	}
}

func TestJourneys(t *testing.T) {
	speeds := risk.Speeds{Ground: 350, Air: 1000, FlyFrom: 300, MinKM: 50}
	seoul, busan, tokyo, newYork := at(37.57, 126.98, 20), at(35.18, 129.08, 20), at(35.68, 139.69, 20), at(40.71, -74.01, 20)
	for _, c := range []struct {
		name              string
		from, to          activity.Location
		elapsed           time.Duration
		known, impossible bool
	}{
		{"Busan by train in two hours", seoul, busan, 2 * time.Hour, true, false},
		{"Busan in half an hour", seoul, busan, 30 * time.Minute, true, true},
		{"Tokyo in two hours", seoul, tokyo, 2 * time.Hour, true, false},
		{"Tokyo in half an hour", seoul, tokyo, 30 * time.Minute, true, true},
		{"New York in an hour", seoul, newYork, time.Hour, true, true},
		{"New York in eleven hours", seoul, newYork, 11*time.Hour + 10*time.Minute, true, false},
		{"at once", seoul, newYork, 0, true, true},
		{"at once and near", seoul, at(37.26, 127.03, 20), 0, true, false},
		{"the other came first", seoul, newYork, -time.Hour, true, true},
		{"the other came first, long ago", seoul, newYork, -24 * time.Hour, true, false},
		{"the longest way back", seoul, newYork, math.MinInt64, true, false},
		{"both radii are taken off", at(37.57, 126.98, 200), at(35.18, 129.08, 200), time.Minute, true, false},
		{"an unknown radius is a large one", at(37.57, 126.98, 0), at(35.18, 129.08, 0), time.Minute, true, false},
		{"a negative radius is unknown", at(37.57, 126.98, -5), at(35.18, 129.08, math.MinInt), time.Minute, true, false},
		{"only the country", seoul, at(37.751, -97.822, 1000), time.Minute, false, false},
		{"no position", seoul, at(0, 0, 20), time.Minute, false, false},
		{"NaN", seoul, at(math.NaN(), 1, 20), time.Minute, false, false},
		{"infinite", at(math.Inf(1), math.Inf(-1), 20), seoul, time.Minute, false, false},
		{"no latitude", seoul, at(91, 0, 20), time.Minute, false, false},
		{"no longitude", seoul, at(0, -181, 20), time.Minute, false, false},
		{"over the antimeridian", at(-17.7, 179.9, 20), at(-17.7, -179.9, 20), time.Minute, true, false},
		{"over the pole", at(89.9, 0, 20), at(89.9, 180, 20), time.Minute, true, false},
	} {
		j, ok := speeds.Judge(c.from, c.to, c.elapsed)
		if ok != c.known || j.Impossible != c.impossible || !(j.KM >= 0 && j.KM < 20100) || ok && j.Elapsed < time.Minute {
			t.Errorf("%s: %+v, %v", c.name, j, ok)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(37.57, 126.98, 20, 40.71, -74.01, 20, int64(time.Hour))
	f.Add(math.NaN(), math.Inf(1), -1, 90.0, 180.0, math.MaxInt, int64(math.MinInt64))
	speeds := risk.Speeds{Ground: 350, Air: 1000, FlyFrom: 300, MinKM: 50}
	f.Fuzz(func(t *testing.T, lat1, lon1 float64, r1 int, lat2, lon2 float64, r2 int, elapsed int64) {
		j, ok := speeds.Judge(at(lat1, lon1, r1), at(lat2, lon2, r2), time.Duration(elapsed))
		if !(j.KM >= 0 && j.KM <= 20100) || j.Elapsed < 0 || !ok && j != (risk.Journey{}) {
			t.Fatalf("%+v, %v", j, ok)
		}
		back, _ := speeds.Judge(at(lat2, lon2, r2), at(lat1, lon1, r1), time.Duration(elapsed))
		if math.Abs(back.KM-j.KM) > 1e-6 {
			t.Fatalf("%v there and %v back", j.KM, back.KM)
		}
	})
}

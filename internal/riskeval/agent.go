package riskeval

import (
	"math/rand/v2"
	"strconv"
	"time"

	"example.com/accountsec/activity"
)

// family is a browser on a system, with its part of the world's visits and a
// user agent in which # stands for the version and ~ for the build that tells
// apart phones and updates.
type family struct {
	device  activity.Device
	weight  float64
	version int // at the year's begin
	builds  int
	agent   string
}

// families are some thirty pairs whose shares follow public browser statistics:
// two visitors agree in 19 of 100 cases.
func families() []family {
	const (
		win, mac, tux = "(Windows NT 10.0; Win64; x64)", "(Macintosh; Intel Mac OS X 10_15_7)", "(X11; Linux x86_64)"
		droid         = "(Linux; Android 10; K)"
		kit           = " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0"
	)
	f := func(weight float64, browser, os, class string, version, builds int, agent string) family {
		return family{activity.Device{Browser: browser, OS: os, Class: class, Name: browser + " on " + os}, weight, version, builds, "Mozilla/5.0 " + agent}
	}
	return []family{
		f(33, "Chrome", "Android", "mobile", 130, 1, droid+kit+" Mobile Safari/537.36"),
		f(22, "Safari", "iOS", "mobile", 18, 8, "(iPhone; CPU iPhone OS 18_~ like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.~ Mobile/15E148 Safari/604.1"),
		f(17, "Chrome", "Windows", "desktop", 130, 1, win+kit+" Safari/537.36"),
		f(6, "Edge", "Windows", "desktop", 130, 1, win+kit+" Safari/537.36 Edg/#.0.0.0"),
		f(4.5, "Chrome", "macOS", "desktop", 130, 1, mac+kit+" Safari/537.36"),
		f(4, "Safari", "macOS", "desktop", 18, 6, mac+" AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.~ Safari/605.1.15"),
		f(3, "Samsung Internet", "Android", "mobile", 27, 1, droid+" AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/#.0 Chrome/130.0.0.0 Mobile Safari/537.36"),
		f(2, "Chrome", "iOS", "mobile", 130, 6, "(iPhone; CPU iPhone OS 18_~ like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/#.0 Mobile/15E148 Safari/604.1"),
		f(1.8, "Firefox", "Windows", "desktop", 132, 1, "(Windows NT 10.0; Win64; x64; rv:#.0) Gecko/20100101 Firefox/#.0"),
		f(1.2, "Chrome", "Linux", "desktop", 130, 1, tux+kit+" Safari/537.36"),
		f(1.2, "Chrome", "Android", "tablet", 130, 12, "(Linux; Android 14; Tab ~)"+kit+" Safari/537.36"),
		f(1.2, "Safari", "iOS", "tablet", 18, 6, "(iPad; CPU OS 18_~ like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.~ Mobile/15E148 Safari/604.1"),
		f(.8, "Opera", "Windows", "desktop", 114, 1, win+kit+" Safari/537.36 OPR/#.0.0.0"),
		f(.6, "Chrome", "ChromeOS", "desktop", 130, 1, "(X11; CrOS x86_64 14541.0.0)"+kit+" Safari/537.36"),
		f(.5, "Firefox", "Android", "mobile", 132, 4, "(Android 1~; Mobile; rv:#.0) Gecko/#.0 Firefox/#.0"),
		f(.4, "Firefox", "Linux", "desktop", 132, 1, "(X11; Linux x86_64; rv:#.0) Gecko/20100101 Firefox/#.0"),
		f(.4, "Firefox", "macOS", "desktop", 132, 1, "(Macintosh; Intel Mac OS X 10.15; rv:#.0) Gecko/20100101 Firefox/#.0"),
		f(.4, "Whale", "Windows", "desktop", 4, 5, win+" AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Whale/4.~ Safari/537.36"),
	}
}

// gadget is one browser that somebody owns, with a cookie of its own.
type gadget struct {
	family, build int
	cookie        string
}

func (w *world) newGadget(r *rand.Rand) gadget {
	f := pick(r, len(w.families), func(i int) float64 { return w.families[i].weight })
	return gadget{f, r.IntN(w.families[f].builds), strconv.FormatUint(r.Uint64(), 36)}
}

// newVersion is how long a browser's version lasts.
const newVersion = 28 * 24 * time.Hour

// device gives what a gadget shows of itself at a time.
func (w *world) device(g gadget, at time.Duration) (activity.Device, string) {
	f := &w.families[g.family]
	version := strconv.Itoa(f.version + int(at/newVersion))
	b := make([]byte, 0, 160)
	for i := range len(f.agent) {
		switch f.agent[i] {
		case '#':
			b = append(b, version...)
		case '~':
			b = strconv.AppendInt(b, int64(g.build), 10)
		default:
			b = append(b, f.agent[i])
		}
	}
	return f.device, string(b)
}

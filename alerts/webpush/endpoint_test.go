package webpush_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/internal/dnsfixture"
	"example.com/accountsec/internal/secret/secrettest"
)

func TestEndpoints(t *testing.T) {
	for _, good := range []string{
		"https://fcm.googleapis.com/fcm/send/dQw4w9WgXcQ:APA91b_x-y", "https://fcm.googleapis.com/wp/x",
		"https://updates.push.services.mozilla.com/wpush/v2/gAAAAABf", "https://web.push.apple.com/QGx",
		"https://wns2-db5p.notify.windows.com/w/?token=BQYAAAD%2fab%3d", "https://api.push.apple.com/3/x",
	} {
		if err := webpush.CheckEndpoint(good, webpush.DefaultServices()...); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, other := range []string{
		"https://push.attacker.com/x", "https://fcm.googleapis.com.attacker.com/x", "https://xfcm.googleapis.com/x",
		"https://push.apple.com/x", "https://evilpush.apple.com/x", "https://notify.windows.com/x", "https://storage.googleapis.com/x",
	} {
		if err := webpush.CheckEndpoint(other, webpush.DefaultServices()...); !errors.Is(err, webpush.ErrService) {
			t.Errorf("%s: %v", other, err)
		}
		if err := webpush.CheckEndpoint(other, webpush.AnyService); err != nil {
			t.Errorf("any: %s: %v", other, err)
		}
	}
}

// Pitfall 12: addresses in every spelling, private names, and what one parser
// takes for one host and another for another.
func TestPitfall12Endpoints(t *testing.T) {
	for _, bad := range []string{
		"", "https://", "https:///x", "https:push.host.com/x", "//push.host.com/x", "http://push.host.com/x", "HTTPS://push.host.com/x",
		"ftp://push.host.com/x", "javascript:alert(1)", "https://push.host.com", "https://push.host.com/", "https://push.host.com?x",
		"https://push.host.com:443/x", "https://push.host.com:8443/x", "https://push.host.com:/x", "https://push.host.com:22/x",
		"https://u@push.host.com/x", "https://u:p@push.host.com/x", "https://@push.host.com/x", "https://push.host.com#@127.0.0.1/x", "https://push.host.com/x#y",
		"https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0x7f.1/x", "https://017700000001/x",
		"https://0/x", "https://169.254.169.254/latest", "https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://[fd00::1]/x", "https://1.2.3.4/x", "https://1.2.3.4./x",
		"https://[fe80::1%25eth0]/x", "https://127.0.0.1.0x1/x", "https://push.host.1/x",
		"https://localhost/x", "https://push.localhost/x", "https://intranet/x", "https://router.local/x", "https://metadata.google.internal/x",
		"https://db.corp/x", "https://nas.lan/x", "https://nas.home.arpa/x", "https://a.onion/x", "https://push.test/x", "https://push.example/x",
		"https://push.host.com./x", "https://push..com/x", "https://.push.com/x", "https://-push.com/x", "https://push.host.com\\@127.0.0.1/x",
		"https://push.host.com\t/x", "https://push.host.com/x y", " https://push.host.com/x", "https://push.host.com/x\r\nHost: a", "https://push.host.com/\x00",
		"https://PUSH.host.com/x", "https://pusһ.host.com/x", "https://push。host。com/x", "https://push.host.com%2f@127.0.0.1/x", "https://%70ush.host.com/x",
		"https://push.host.com/" + strings.Repeat("x", 1100), "https://" + strings.Repeat("a", 64) + ".com/x", "https://" + strings.Repeat("a.", 130) + "com/x",
	} {
		if err := webpush.CheckEndpoint(bad, webpush.AnyService); !errors.Is(err, webpush.ErrSubscription) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for ip, want := range map[string]bool{
		"142.250.1.95": true, "8.8.8.8": true, "2607:f8b0::5f": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"172.15.255.255": true, "172.32.0.1": true, "100.63.0.1": true, "100.128.0.1": true, "2001:200::1": true,
		"127.0.0.1": false, "127.255.255.255": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "192.0.0.1": false, "192.0.2.1": false,
		"198.18.0.1": false, "198.19.255.255": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.1.1.1": false,
		"240.0.0.1": false, "255.255.255.255": false, "192.88.99.1": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "fec0::1": false, "ff02::1": false, "2001:db8::1": false,
		"2001::1": false, "100::1": false, "64:ff9b::a00:1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::808:808": false,
		"2002:7f00:1::": false, "2002:a9fe:a9fe::": false, "2002:c0a8:101::1": false, "3fff::1": false, "5f00::1": false,
	} {
		if got := webpush.IsPublic(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: public %v, want %v", ip, got, want)
		}
	}
	if webpush.IsPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, c := range []struct {
		network, address string
		ok               bool
	}{
		{"tcp4", "8.8.8.8:443", true}, {"tcp6", "[2607:f8b0::5f]:443", true}, {"tcp4", "8.8.8.8:80", false}, {"tcp4", "8.8.8.8:22", false},
		{"tcp4", "127.0.0.1:443", false}, {"udp4", "8.8.8.8:443", false}, {"unix", "/run/x.sock", false}, {"tcp4", "x", false},
	} {
		if err := webpush.CheckDial(c.network, c.address); (err == nil) != c.ok || err != nil && err != webpush.ErrAddress {
			t.Errorf("%s %s: %v", c.network, c.address, err)
		}
	}
}

// Pitfall 12: a public name that leads inside is refused when it is connected
// to, also if it led elsewhere a moment ago.
func TestPitfall12Rebinding(t *testing.T) {
	dns := dnsfixture.Start(t, "push.rebind.com. 0 IN A 127.0.0.1\nsix.rebind.com. 0 IN AAAA ::1\nmeta.rebind.com. 0 IN A 169.254.169.254\nloop.rebind.com. 0 IN CNAME loop.rebind.com.")
	resolver := dns.Resolver()
	for host, want := range map[string]error{"push": webpush.ErrAddress, "six": webpush.ErrAddress, "meta": webpush.ErrAddress, "loop": nil, "absent": nil} {
		w := newWorld(t, func(c *webpush.Config) { c.Services = []string{"*.rebind.com"} })
		webpush.Resolve(w.n, resolver)
		b := newBrowser(t, "/x")
		b.endpoint = "https://" + host + ".rebind.com/secret-path"
		_, err := w.devices.Subscribe(t.Context(), "kim", b.json(), chrome)
		fine(t, err)
		err = w.n.Notify(t.Context(), message(activity.Warning, "en"))
		var permanent *alerts.PermanentError
		if isPermanent := errors.As(err, &permanent); err == nil || want != nil && !errors.Is(err, want) || isPermanent != (want != nil) {
			t.Errorf("%s: %v, want %v", host, err, want)
		}
		w.quiet(host, err, b)
	}
}

// No proxy of the environment does the resolving, and no redirect is followed.
func TestPitfall12Detours(t *testing.T) {
	w := newWorld(t)
	if tr := webpush.Transport(w.n); tr.Proxy != nil || tr.DialContext == nil || tr.DialTLSContext != nil || tr.TLSClientConfig.InsecureSkipVerify {
		t.Error("the transport has a way around the guard")
	}
	s := w.serve()
	w.subscribe("kim", "/wp/a")
	s.answers(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Location", "https://fcm.googleapis.com/elsewhere")
		rw.WriteHeader(308)
	})
	if err := w.n.Notify(t.Context(), message(activity.Warning, "en")); err == nil {
		t.Error("a redirect is a delivery")
	}
	if got := s.take(); len(got) != 1 {
		t.Errorf("followed to %s", got[1].path)
	}
}

// A list that became shorter holds for what is stored as well.
func TestServicesHoldWhenSending(t *testing.T) {
	aead := secrettest.AEAD()
	w := newWorld(t, func(c *webpush.Config) { c.Services, c.AEAD = []string{webpush.AnyService}, aead })
	b := newBrowser(t, "/x")
	b.endpoint = "https://push.attacker.com/secret-path"
	_, err := w.devices.Subscribe(t.Context(), "kim", b.json(), chrome)
	fine(t, err)
	later := newWorld(t, func(c *webpush.Config) { c.AEAD = aead })
	w.n, err = webpush.New(w.store, webpush.Config{Sender: sender, Keys: later.keys, AEAD: aead})
	fine(t, err)
	s := w.serve()
	err = w.n.Notify(t.Context(), message(activity.Warning, "en"))
	var permanent *alerts.PermanentError
	if !errors.As(err, &permanent) || !errors.Is(err, webpush.ErrService) || len(s.take()) != 0 {
		t.Errorf("got %v", err)
	}
	w.quiet("service", err, b)
}

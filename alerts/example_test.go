package alerts_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
)

// console is a notifier of one's own: it prints what would be sent.
type console struct{ sender alerts.Sender }

func (console) Channel() string { return "console" }

func (c console) Notify(_ context.Context, m alerts.Message) error {
	content := alerts.Compose(c.sender, m)
	fmt.Println(content.Subject)
	for _, f := range content.Facts {
		fmt.Printf("  %s: %s\n", f.Label, f.Value)
	}
	for _, r := range content.Reasons {
		fmt.Println("  !", r)
	}
	return nil
}

// customers knows one customer.
type customers struct{}

func (customers) Recipient(_ context.Context, account string) (alerts.Recipient, error) {
	if account != "kim" {
		return alerts.Recipient{}, alerts.ErrNoRecipient
	}
	return alerts.Recipient{Name: "Kim Minjun", Email: "kim@customer.example", Lang: "en", TimeZone: "Asia/Seoul"}, nil
}

func Example() {
	ctx := context.Background()
	now := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	shop := alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"}
	store := alerts.NewMemoryStore()
	courier, err := alerts.NewCourier(alerts.CourierConfig{
		Notifiers: []alerts.Notifier{console{shop}}, Directory: customers{}, AEAD: tinkKey(), Now: clock,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	dispatcher, err := alerts.NewDispatcher(store, courier, alerts.DispatcherConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	monitor, err := alerts.New(store, alerts.Config{Queue: dispatcher, Now: clock})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, seen := range []struct{ device, country string }{{"laptop", "KR"}, {"laptop", "KR"}, {"unknown", "DE"}} {
		a := alerts.Attempt{
			Account: "kim", At: now, Client: activity.Client{DeviceID: seen.device},
			Location: activity.Location{Country: seen.country}, Device: activity.Device{Name: "Firefox on Linux"},
		}
		judged, err := monitor.Assess(ctx, a)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(judged.Level)
		// The log does this: record what happened, tell the monitor.
		err = monitor.Observe(ctx, activity.Event{
			ID: activity.NewID(now), Account: "kim", Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess, At: now,
			Client: a.Client, Location: a.Location, Device: a.Device, Detail: alerts.SignInDetail(judged, ""),
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := monitor.Learn(ctx, a); err != nil {
			fmt.Println(err)
			return
		}
	}
	if _, err := dispatcher.DeliverDue(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// low
	// low
	// notice
	// [Example Shop] Sign-in from a new country
	//   When: Mon, 23 November 2026, 14:05 (Seoul, UTC+9), just before this message
	//   Where (estimate): Germany
	//   Device: Firefox on Linux
	//   ! The device (Firefox on Linux) had not been used to sign in to this account before.
	//   ! There was no earlier sign-in from this country: Germany.
}

func ExampleSender_Validate() {
	s := alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "kim.minjun@gmail.com"}
	fmt.Println(s.Validate() != nil)
	s.From = "security@shop.example"
	s.SecurityURL = "http://shop.example/security"
	fmt.Println(s.Validate())
	s.SecurityURL = "https://shop.example/security"
	fmt.Println(s.Validate())
	// Output:
	// true
	// alerts: untrustworthy sender: SecurityURL: is not an HTTPS link
	// <nil>
}

// A shop renames itself: for ninety days its messages name both.
func ExampleChange() {
	old := alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"}
	day := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	s := alerts.Sender{
		Brand: "Example Store", Domain: "store.example", From: "security@store.example",
		Change: &alerts.Change{Old: old, At: day},
	}
	fmt.Println(s.Validate())
	for _, days := range []int{-60, -7, 0, 90} {
		at := day.AddDate(0, 0, days)
		content := alerts.Compose(s, alerts.Message{Kind: alerts.NewDevice, CreatedAt: at})
		fmt.Println(content.Subject)
		for _, line := range content.Change {
			fmt.Println("  " + line)
		}
	}
	// Output:
	// <nil>
	// [Example Shop] New device signed in to your account
	// [Example Shop] New device signed in to your account
	//   Before Mon, 1 March 2027: Example Shop · shop.example · security@shop.example
	//   From Mon, 1 March 2027: Example Store · store.example · security@store.example
	//   You need not do anything. We will not ask you to confirm, to sign in or to install anything because of it.
	// [Example Store (formerly Example Shop)] New device signed in to your account
	//   Before Mon, 1 March 2027: Example Shop · shop.example · security@shop.example
	//   From Mon, 1 March 2027: Example Store · store.example · security@store.example
	//   You need not do anything. We will not ask you to confirm, to sign in or to install anything because of it.
	// [Example Store] New device signed in to your account
}

func ExampleKind_Label() {
	for _, info := range alerts.Kinds()[:2] {
		fmt.Println(info.Kind, info.Mandatory, info.Kind.Label("en"), info.Kind.Label("ko"))
	}
	// Output:
	// new_device false Sign-in from a new device 새 기기에서 로그인
	// new_country false Sign-in from a new country 새로운 국가에서 로그인
}

func ExampleMonitor_SetRules() {
	ctx := context.Background()
	now := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	store := alerts.NewMemoryStore()
	dispatcher, err := newDispatcher(store, alerts.CourierConfig{Directory: customers{}, AEAD: tinkKey()})
	if err != nil {
		fmt.Println(err)
		return
	}
	monitor, err := alerts.New(store, alerts.Config{
		Queue: dispatcher, Policy: alerts.Policy{Home: []string{"KR"}}, Now: func() time.Time { return now },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	from := func(country string) alerts.Attempt {
		return alerts.Attempt{Account: "kim", At: now, Client: activity.Client{DeviceID: "laptop"}, Location: activity.Location{Country: country}}
	}
	noOverseas := alerts.Rules{BlockOverseas: true}
	fmt.Println(monitor.SetRules(ctx, from("DE"), noOverseas)) // whoever is in Germany would lock himself out
	fmt.Println(monitor.SetRules(ctx, from("KR"), noOverseas))
	judged, err := monitor.Assess(ctx, from("DE"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(judged.Action)
	for _, r := range judged.Reasons {
		fmt.Println(r.Text("en"))
	}
	// Output:
	// alerts: these rules would lock you out from here
	// <nil>
	// deny
	// Your rules refuse sign-ins from abroad (Germany).
}

// tinkKey is a Tink primitive. In production its keyset comes from where you
// keep keys.
func tinkKey() tink.AEAD {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		panic(err)
	}
	key, err := aead.New(handle)
	if err != nil {
		panic(err)
	}
	return key
}

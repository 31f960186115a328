package alerts_test

import (
	"context"
	"fmt"
	"time"

	"example.com/accountsec/alerts"
)

// Quiet hours end when the owner's clock says so, also in the night in which the
// clock is put forward.
func ExampleQuiet_Until() {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		fmt.Println(err)
		return
	}
	q := alerts.Quiet{From: 23 * 60, To: 7 * 60, Zone: "Europe/Oslo"}
	at := time.Date(2026, 3, 28, 23, 30, 0, 0, oslo)
	end := q.Until(at)
	fmt.Println(end.In(oslo).Format("15:04 MST"), "after", end.Sub(at))
	// Output: 07:00 CEST after 6h30m0s
}

// A link is made with the message and read by the page that it leads to; the
// button of that page spends it.
func ExampleAnswerLinks() {
	ctx, at := context.Background(), time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	now := func() time.Time { return at }
	links, err := alerts.NewAnswerLinks(alerts.AnswersConfig{
		AEAD: tinkKey(), URL: "https://shop.example/answer", Now: now,
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := alerts.Alert{ID: "a1", Account: "kim", Kind: alerts.PasswordChanged, Event: "e1", At: at}
	made, err := links.Links(alerts.Delivery{Account: "kim", Channel: "email", Kind: a.Kind}, a)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("mine:", made.Mine != "", "not mine:", made.NotMine != "", "mute:", made.Mute != "")

	store := alerts.NewMemoryStore()
	monitor, err := alerts.New(store, alerts.Config{Queue: nowhere{}, Answers: links, Now: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := monitor.ReadAnswer(ctx, string(made.NotMine)[len("https://shop.example/answer?t="):])
	fmt.Println(answer, answer.Event, err)
	fmt.Println(monitor.Spend(ctx, answer))
	fmt.Println(monitor.Spend(ctx, answer))
	// Output:
	// mine: false not mine: true mute: false
	// [answer not_mine] e1 <nil>
	// <nil>
	// alerts: this link does not work any more
}

// nowhere is a queue that keeps nothing.
type nowhere struct{ alerts.Queue }

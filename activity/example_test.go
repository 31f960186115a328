package activity_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"time"

	"example.com/accountsec/activity"
)

func Example() {
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	log, err := activity.New(activity.NewMemoryStore(), activity.Config{
		CursorKey: bytes.Repeat([]byte("k"), 32), // from the shop's secrets
		Now:       func() time.Time { now = now.Add(time.Minute); return now },
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()

	r := httptest.NewRequest("POST", "/signin", nil)
	r.RemoteAddr = "10.0.0.5:40312" // the shop's own load balancer
	r.Header.Set("X-Forwarded-For", "192.0.2.44")
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36")
	client := activity.ClientFromRequest(r, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})

	for _, e := range []activity.Event{
		{Account: "u-1", Type: activity.SignInFailed, Outcome: activity.OutcomeFailure, Client: client},
		{Account: "u-1", Type: activity.SignInSucceeded, Outcome: activity.OutcomeSuccess, Client: client},
		{Account: "u-1", Type: activity.OrderPlaced, Outcome: activity.OutcomeSuccess, Client: client, Detail: map[string]string{"order": "A-1027"}},
	} {
		if err := log.Record(ctx, e); err != nil {
			panic(err)
		}
	}

	page, err := log.List(ctx, "u-1", "u-1", activity.Filter{Categories: []string{activity.CategorySignIn}}, activity.Page{})
	if err != nil {
		panic(err)
	}
	for _, e := range page.Events {
		fmt.Println(e.At.Format(time.TimeOnly), log.Label("en", e.Type), "·", log.Label("ko", e.Type), "·", e.Client.IP, "·", e.Device.Name)
	}
	_, err = log.List(ctx, "u-2", "u-1", activity.Filter{}, activity.Page{})
	fmt.Println(err)
	// Output:
	// 09:02:00 Signed in · 로그인 · 192.0.2.44 · Chrome on Windows
	// 09:01:00 Sign-in failed · 로그인 실패 · 192.0.2.44 · Chrome on Windows
	// activity: only the owner may read this log
}

// A shop adds its own kinds of event, with labels, an icon and a category.
func Example_ownTypes() {
	log, err := activity.New(activity.NewMemoryStore(), activity.Config{
		CursorKey:  bytes.Repeat([]byte("k"), 32),
		Categories: []activity.CategoryInfo{{Category: "gift", Labels: map[string]string{"en": "Gifts", "ko": "선물"}}},
		Types: []activity.TypeInfo{{
			Type: "gift.sent", Category: "gift", Icon: "gift", Severity: activity.Notice,
			Labels: map[string]string{"en": "Gift sent", "ko": "선물 보내기"},
		}},
	})
	if err != nil {
		panic(err)
	}
	err = log.Record(context.Background(), activity.Event{Account: "u-1", Type: "gift.sent", Outcome: activity.OutcomeSuccess})
	fmt.Println(log.Label("ko", "gift.sent"), err)
	err = log.Record(context.Background(), activity.Event{Account: "u-1", Type: "gift.lost", Outcome: activity.OutcomeSuccess})
	fmt.Println(err)
	// Output:
	// 선물 보내기 <nil>
	// activity: event refused: unknown type "gift.lost" (a shop's own go into Config.Types)
}

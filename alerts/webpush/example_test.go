package webpush_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
)

// The notifier is one of the Guard's; the browsers are the owners' to add and
// remove.
func Example() {
	keys, err := webpush.NewKeys() // once; keep them with the other secrets
	if err != nil {
		log.Fatal(err)
	}
	push, err := webpush.New(webpush.NewMemoryStore(), webpush.Config{
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Keys:   keys,
		AEAD:   tinkKey(),
	})
	if err != nil {
		log.Fatal(err)
	}
	devices, err := webpush.NewDevices(push, webpush.DevicesConfig{Recorder: &recorder{}}) // in a shop the Guard's log
	if err != nil {
		log.Fatal(err)
	}
	// What the browser's pushManager.subscribe gave, as JSON:
	subscription := []byte(`{
		"endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABf",
		"keys": {
			"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
			"auth": "BTBZMqHH6r4Tts7J_aSIgg"
		}
	}`)
	phone := activity.Client{UserAgent: "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"}
	d, err := devices.Subscribe(context.Background(), "u-1", subscription, phone)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(push.Channel(), "→", d.Label)
	_, err = devices.Subscribe(context.Background(), "u-1", []byte(`{"endpoint": "https://169.254.169.254/latest"}`), phone)
	fmt.Println(err)
	// Output:
	// webpush → Firefox on Android
	// webpush: malformed subscription: the endpoint's host is not a public name alone
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

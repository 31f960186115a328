package email_test

import (
	"fmt"
	"strings"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// A notifier renders previews without a mail server.
func ExampleNotifier_Render() {
	n, err := email.New(email.Config{
		Host:   "smtp.shop.example", // STARTTLS on port 587; Username and Password as the server wants
		Sender: alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	asked := time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC)
	mail, err := n.Render(alerts.Message{
		ID: "preview", Kind: alerts.RecoveryCode, Code: "83019274", CreatedAt: asked, ExpiresAt: asked.Add(10 * time.Minute),
		Recipient: alerts.Recipient{Name: "Kim Minjun", Email: "kim@customer.example", Lang: "en"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mail.Subject)
	fmt.Println(strings.Join(strings.Split(mail.Text, "\n")[6:11], "\n"))
	// Output:
	// [Example Shop] Your code to recover your account
	// Your code: 83019274
	// Works once, for 10 minutes.
	//
	// Requested: Mon, 23 November 2026, 05:05 (UTC)
	// Valid until: Mon, 23 November 2026, 05:15 (UTC)
}

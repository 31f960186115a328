package accountsec_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	otp "github.com/pquerna/otp/totp"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/totp"
	"example.com/accountsec/recovery"
)

// inbox stands for a mail server. A shop has email.New here.
type inbox struct{ messages []alerts.Message }

func (*inbox) Channel() string { return "email" }

func (b *inbox) Notify(_ context.Context, m alerts.Message) error {
	b.messages = append(b.messages, m)
	return nil
}

func need[T any](v T, err error) T {
	ensure(err)
	return v
}

func ensure(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// signedUp is a shop with one customer, and a mailbox to look into.
func signedUp() (*accountsec.Guard, *inbox, activity.Client) {
	mails := &inbox{}
	guard := need(accountsec.New(accountsec.Config{
		Stores: accountsec.NewMemoryStores(), AEAD: tinkKey(), Secret: make([]byte, 32), Accounts: customers{},
		Sender:    alerts.Sender{Brand: "Example Shop", Domain: "shop.example", From: "security@shop.example"},
		Notifiers: []alerts.Notifier{mails}, Methods: []mfa.Method{need(totp.New(totp.Config{Issuer: "Example Shop"}))},
	}))
	client := activity.Client{UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", SessionID: "s-1"}
	prepared := need(guard.PreparePassword(context.Background(), park, "violet otter mends a kite"))
	ensure(guard.SignUp(context.Background(), prepared, client))
	return guard, mails, client
}

// The owner adds an authenticator app, and is asked for its code from then on.
func ExampleGuard_MFA() {
	ctx := context.Background()
	guard, _, client := signedUp()
	res := need(guard.SignIn(ctx, park.Email, "violet otter mends a kite", client))
	e := need(guard.MFA().StartEnroll(ctx, mfa.StartEnrollRequest{
		Account: park.ID, Method: "totp", Name: "my phone", Label: park.Email, Evidence: res.Grant.Evidence, Client: client,
	}))
	setup := e.Show.(totp.Setup) // shown as a QR code, and as a key to type
	code := func(at time.Time) string {
		return need(otp.GenerateCode(strings.ReplaceAll(setup.Secret, " ", ""), at))
	}
	now := time.Now()
	done := need(guard.MFA().FinishEnroll(ctx, park.ID, e.FactorID, code(now), client))
	fmt.Println("recovery codes to keep:", len(done.RecoveryCodes))

	pending := need(guard.SignIn(ctx, park.Email, "violet otter mends a kite", client)).Pending
	_, err := guard.FinishSignIn(ctx, pending.Token, pending.Factors[0].ID, code(now), client)
	fmt.Println("the same code again:", err)
	grant := need(guard.FinishSignIn(ctx, pending.Token, pending.Factors[0].ID, code(now.Add(30*time.Second)), client))
	fmt.Println("granted to account", grant.Account, "by", grant.Method)
	// Output:
	// recovery codes to keep: 10
	// the same code again: accountsec: the code is wrong
	// granted to account 7 by totp
}

// The owner sets three answers, forgets the password, and sets a new one with a
// mailed code and the answers.
func ExampleGuard_StartRecovery() {
	ctx := context.Background()
	guard, mails, client := signedUp()
	ensure(guard.SetAnswers(ctx, park.ID, "violet otter mends a kite", []recovery.Answer{
		{Own: "What did the blue boat on the lake carry?", Answer: "seventeen walnut chairs"},
		{Own: "Who fell into the harbour at the wedding?", Answer: "the second trombone player"},
		{Own: "Which word did grandfather always misspell?", Answer: "onomatopoeia"},
	}, client))

	// Whatever the address, a token comes back: the answer does not tell who is a customer.
	token := need(guard.StartRecovery(ctx, park.Email, client))
	need(guard.Deliver(ctx)) // in production Guard.Run does
	var code string
	for _, m := range mails.messages {
		if m.Kind == alerts.RecoveryCode {
			code = m.Code
		}
	}
	var answers []string
	for _, q := range need(guard.ProveRecovery(ctx, token, code, client)) {
		answers = append(answers, map[string]string{
			"What did the blue boat on the lake carry?":   "Seventeen walnut chairs",
			"Who fell into the harbour at the wedding?":   "the second trombone player",
			"Which word did grandfather always misspell?": "onomatopoeia",
		}[q.Own])
	}
	step := need(guard.AnswerRecovery(ctx, token, answers, client))
	end := need(guard.FinishRecovery(ctx, step.Grant, "a quiet lantern under ice", client))
	fmt.Println("sessions to end of account", end.Account)

	res := need(guard.SignIn(ctx, park.Email, "a quiet lantern under ice", client))
	fmt.Println("granted to account", res.Grant.Account)
	// Output:
	// sessions to end of account 7
	// granted to account 7
}

// The owner looks at what failed.
func ExampleGuard_Log() {
	ctx := context.Background()
	guard, _, client := signedUp()
	guard.SignIn(ctx, park.Email, "a guess", client)                         //nolint:errcheck // it is wrong
	need(guard.SignIn(ctx, park.Email, "violet otter mends a kite", client)) // and this is right

	page := need(guard.Log().List(ctx, park.ID, park.ID, activity.Filter{
		Outcomes: []activity.Outcome{activity.OutcomeFailure},
	}, activity.Page{Limit: 20}))
	for _, e := range page.Events {
		fmt.Println(guard.Log().Label("en", e.Type)+",", activity.DeviceLabel("en", e.Device.Name))
	}
	// Output:
	// Sign-in failed, Firefox on Linux
}

// The owner mutes mails about new devices, and is told of a new password still.
func ExampleGuard_Alerts() {
	ctx := context.Background()
	guard, mails, client := signedUp()
	ensure(guard.Alerts().SetPreferences(ctx, park.ID, alerts.Preferences{
		Channels: map[alerts.Kind][]string{alerts.NewDevice: {}}, // none
		Lang:     "en",
	}, client))
	err := guard.Alerts().SetPreferences(ctx, park.ID, alerts.Preferences{
		Channels: map[alerts.Kind][]string{alerts.PasswordChanged: {}},
	}, client)
	fmt.Println(err)

	need(guard.ChangePassword(ctx, park.ID, "violet otter mends a kite", "a quiet lantern under ice", client))
	need(guard.Deliver(ctx))
	for _, m := range mails.messages {
		fmt.Println("mailed:", m.Kind.Label("en"))
	}
	// Output:
	// alerts: this kind of alert cannot be switched off on every channel: password_changed has to go by one that leads to an address which the shop knows
	// mailed: Alert settings changed
	// mailed: Password changed
}

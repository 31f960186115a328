package sms_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"example.com/accountsec/activity"
	"example.com/accountsec/mfa"
	"example.com/accountsec/mfa/sms"
)

// console is a provider that prints.
type console struct{ code chan string }

func (c console) SendSMS(_ context.Context, to, text string) error {
	code := regexp.MustCompile(`[0-9]{6}`).FindString(text)
	fmt.Println("to", to+":")
	fmt.Println(regexp.MustCompile(code).ReplaceAllString(text, "······"))
	c.code <- code
	return nil
}

func Example() {
	ctx := context.Background()
	key := make([]byte, 32) // in production from the shop's secrets, the same for every instance
	rand.Read(key)          //nolint:errcheck // never fails
	phone := console{code: make(chan string, 1)}
	method, err := sms.New(sms.NewMemoryStore(), sms.Config{
		Sender: phone, Key: key, Brand: "예시샵", Domain: "shop.example", Region: "KR",
	})
	if err != nil {
		panic(err)
	}
	defer method.Close(ctx) //nolint:errcheck
	m, err := mfa.New(mfa.NewMemoryStore(), mfa.Config{
		Methods: []mfa.Method{method}, AEAD: tinkKey(), Recorder: nobody{}, // in production the activity log
	})
	if err != nil {
		panic(err)
	}

	start := mfa.StartEnrollRequest{Account: "u-1", Method: sms.Name, Name: "my phone", Label: "010-1234-5678"}
	e, err := m.StartEnroll(ctx, start)
	if err != nil {
		panic(err)
	}
	code := <-phone.code
	shown := e.Show.(sms.Sent)
	fmt.Println("shown:", shown.Number, "for", shown.ExpiresAt.Sub(shown.ResendAt.Add(-time.Minute)))

	// Asked again too soon, from another session and address.
	start.Client = activity.Client{SessionID: "another"}
	_, err = m.StartEnroll(ctx, start)
	var limit *sms.LimitError
	fmt.Println("again:", errors.As(err, &limit), limit.RetryAfter > 50*time.Second)

	done, err := m.FinishEnroll(ctx, "u-1", e.FactorID, code, activity.Client{})
	fmt.Println("enrolled:", done.Factor.Method, err)
	// Output:
	// to +821012345678:
	// ······ 예시샵 인증번호입니다. 타인에게 알려주지 마세요.
	// @shop.example #······
	// shown: 010-****-5678 for 5m0s
	// again: true true
	// enrolled: sms <nil>
}

func ExampleExplain() {
	err := fmt.Errorf("mfa: enrol sms: %w", sms.ErrNumberType) // as the Manager gives it
	fmt.Println(sms.Explain("ko", err))
	fmt.Println(sms.Explain("en", err))
	// Output:
	// 휴대전화 번호가 아닙니다.
	// This is not a mobile number.
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

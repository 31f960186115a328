package password_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/accountsec/activity"
	"example.com/accountsec/password"
)

// A page shows the rules before anything is typed, and what is wrong after.
func ExamplePolicy_Check() {
	policy := password.Policy{RequireDigit: true}
	for _, line := range policy.Describe("en") {
		fmt.Println("-", line)
	}
	who := password.Person{Name: "한지우", Phone: "010-1234-5678"}
	fmt.Println(policy.Check("gkswldn5678", who).Text("en"))
	fmt.Println(policy.Check("seven violet otters 7", who).OK)
	// Output:
	// - At least 8 characters
	// - At most 128 characters
	// - A digit
	// - Not one of the passwords that everybody uses
	// - Not just a repeat, a sequence or a row of keys
	// - Nothing about you: no name, birthday, phone number or address
	// - Hard to guess
	// It holds your name.
	// It is too easy to guess.
	// It should not be made of what others know about you.
	// Add one or two uncommon words.
	// true
}

func ExamplePolicy_PasswordRules() {
	fmt.Println(password.Policy{MinLength: 12, RequireLower: true}.PasswordRules())
	// Output: minlength: 12; maxlength: 128; required: lower; allowed: unicode;
}

// recorder stands in for an activity.Log.
type recorder struct{}

func (recorder) Record(_ context.Context, e activity.Event) error {
	fmt.Println("recorded:", e.Type)
	return nil
}

func ExampleManager() {
	ctx := context.Background()
	passwords, err := password.New(password.NewMemoryStore(), password.Config{Recorder: recorder{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	who, client := password.Person{Name: "Minjun Kim"}, activity.Client{}
	fmt.Println(passwords.Set(ctx, "kim", "password", who, client))
	fmt.Println(passwords.Set(ctx, "kim", "violet otter mends a kite", who, client))
	_, err = passwords.Verify(ctx, "kim", "violet otter", client, false)
	fmt.Println(errors.Is(err, password.ErrMismatch))
	verified, err := passwords.Verify(ctx, "kim", "violet otter mends a kite", client, false)
	fmt.Println(verified.Version, err)
	// Output:
	// password: refused by the policy: common, strength
	// recorded: password.set
	// <nil>
	// true
	// 1 <nil>
}

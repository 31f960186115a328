package password_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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

// A shop leaves its MD5 behind: every row is protected at once, and each
// becomes a plain argon2id hash when its owner signs in.
func ExampleImporting_Wrap() {
	ctx := context.Background()
	own, err := password.NewArgon2id(password.Argon2idConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hasher, err := password.NewImporting(own, password.ImportingConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	store := password.NewMemoryStore()
	passwords, err := password.New(store, password.Config{Hasher: hasher, Recorder: recorder{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	kind := func() string {
		rec, _ := store.Get(ctx, "kim")
		return strings.SplitAfter(rec.Hash, "$")[1]
	}
	// The old row: md5("x7Q" + password).
	wrapped, err := hasher.Wrap(ctx, password.Legacy{
		Digest: password.MD5, Hex: "a7c8e1bb4972c6b6c33dd0f1b718ac32", Salt: []byte("x7Q"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(passwords.Import(ctx, "kim", wrapped, time.Date(2014, 5, 1, 0, 0, 0, 0, time.UTC)), kind())
	v, err := passwords.Verify(ctx, "kim", "violet otter mends a kite", activity.Client{}, false)
	fmt.Println(v.UpgradedHash, err, kind())
	// A row in the clear is not taken.
	fmt.Println(errors.Is(passwords.Import(ctx, "lee", "{noop}secret", time.Time{}), password.ErrMalformedHash))
	// Output:
	// <nil> wrap$
	// true <nil> argon2id$
	// true
}

package strength_test

import (
	"fmt"

	"example.com/accountsec/password/strength"
)

func ExampleEstimate() {
	for _, p := range []string{"P@ssw0rd", "dkssudgktpdy", "violet otter mends a kite"} {
		r := strength.Estimate(p)
		fmt.Println(r.Score, r.Warning, r.Suggestions)
	}
	// Output:
	// 0 similarToCommon [anotherWord capitalization l33t]
	// 0 koreanKeys [anotherWord koreanKeys]
	// 4  []
}

package breach_test

import (
	"bytes"
	"context"
	"fmt"

	"example.com/accountsec/password"
	"example.com/accountsec/password/breach"
)

// What a password.Manager asks.
var _ = []password.Breach{(*breach.Client)(nil), (*breach.Filter)(nil), (*breach.Tiers)(nil)}

func ExampleReadFilter() {
	var file bytes.Buffer // made once, by examples/breachfilter, from a whole list
	b, err := breach.NewFilterBuilder(&file, breach.FilterConfig{MinCount: 10})
	if err != nil {
		panic(err)
	}
	for _, leaked := range []string{"hunter2", "letmein", "tkfkdgo1004"} {
		if err := b.AddPassword(leaked); err != nil {
			panic(err)
		}
	}
	if err := b.Close(); err != nil {
		panic(err)
	}

	filter, err := breach.ReadFilter(&file) // or breach.OpenFilter(path)
	if err != nil {
		panic(err)
	}
	for _, pw := range []string{"tkfkdgo1004", "violet otter mends a kite"} {
		count, err := filter.Breached(context.Background(), pw)
		fmt.Println(count, err)
	}
	fmt.Printf("%d hashes, one false positive in %.0f\n", filter.Hashes(), 1/filter.FalsePositives())
	// Output:
	// 10 <nil>
	// 0 <nil>
	// 3 hashes, one false positive in 65536
}

// Most look-ups never leave the machine: only what the filter knows is confirmed.
func ExampleNewTiers() {
	filter, err := breach.OpenFilter("testdata/v1.filter")
	if err != nil {
		panic(err)
	}
	online, err := breach.NewClient(breach.ClientConfig{UserAgent: "example shop"})
	if err != nil {
		panic(err)
	}
	tiers, err := breach.NewTiers(breach.TiersConfig{Filter: filter, Online: online, Complete: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(tiers.Breached(context.Background(), "violet otter mends a kite"))
	// Output: 0 <nil>
}

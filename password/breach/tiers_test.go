package breach_test

import (
	"context"
	"errors"
	"testing"

	"example.com/accountsec/password/breach"
)

// answer is a source that counts how often it was asked.
type answer struct {
	count, asked int
	err          error
}

func (a *answer) Breached(context.Context, string) (int, error) {
	a.asked++
	return a.count, a.err
}

var errDown = errors.New("the service is down")

func TestTiers(t *testing.T) {
	down := func() *answer { return &answer{err: errDown} }
	for name, c := range map[string]struct {
		filter, online     *answer
		complete, convicts bool
		want, asked        int
		err                error
	}{
		"yes, confirmed":               {filter: &answer{count: 1}, online: &answer{count: 40}, want: 40, asked: 1},
		"yes, a false positive":        {filter: &answer{count: 1}, online: &answer{}, asked: 1},
		"yes, nobody to confirm it":    {filter: &answer{count: 1}, online: down(), want: 1, asked: 1},
		"no, known elsewhere":          {filter: &answer{}, online: &answer{count: 2}, want: 2, asked: 1},
		"no, nowhere":                  {filter: &answer{}, online: &answer{}, asked: 1},
		"no, nobody to ask":            {filter: &answer{}, online: down(), err: errDown, asked: 1},
		"complete, no":                 {filter: &answer{}, online: &answer{count: 2}, complete: true},
		"complete, yes":                {filter: &answer{count: 1}, online: &answer{}, complete: true, asked: 1},
		"complete, yes, nobody to ask": {filter: &answer{count: 1}, online: down(), complete: true, want: 1, asked: 1},
		"convicts, yes":                {filter: &answer{count: 3}, online: &answer{}, convicts: true, want: 3},
		"convicts, no":                 {filter: &answer{}, online: &answer{count: 2}, convicts: true, want: 2, asked: 1},
		"broken filter":                {filter: down(), online: &answer{count: 2}, complete: true, want: 2, asked: 1},
		"broken filter, nobody to ask": {filter: down(), online: down(), complete: true, err: errDown, asked: 1},
	} {
		tiers, err := breach.NewTiers(breach.TiersConfig{Filter: c.filter, Online: c.online, Complete: c.complete, FilterConvicts: c.convicts})
		if err != nil {
			t.Fatal(err)
		}
		n, err := tiers.Breached(t.Context(), secret)
		if n != c.want || !errors.Is(err, c.err) || c.err == nil && err != nil || c.online.asked != c.asked {
			t.Errorf("%s: %d, %v, online asked %d times", name, n, err, c.online.asked)
		}
	}
	for _, cfg := range []breach.TiersConfig{{}, {Filter: &answer{}}, {Online: &answer{}}, {Filter: &answer{}, Online: &answer{}, Complete: true, FilterConvicts: true}} {
		if _, err := breach.NewTiers(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

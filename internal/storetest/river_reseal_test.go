package storetest_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/accountsec/alerts"
	"example.com/accountsec/internal/storetest"
)

// Pitfall 13: a payload that was put into another job opens there as little as in
// a delivery; it is counted, and the others are sealed anew. A job that is no
// message of ours holds nothing up.
func TestPitfall13RiverSwappedPayloads(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Dialect) {
		raw, q := openRiver(t, d, &inbox{name: "email"})
		for _, name := range []string{"a", "b", "c", "d"} {
			fine(t, q.Enqueue(t.Context(), riverAlert("kim"), []string{"email"}, name))
		}
		payload := `metadata->'output'->>'payload'`
		set := map[string]string{
			"postgres": `jsonb_set(metadata, '{output,payload}', (SELECT j.metadata->'output'->'payload' FROM river_job j WHERE j.args->>'dedupe' = 'a'))`,
			"sqlite":   `jsonb_set(metadata, '$.output.payload', (SELECT j.` + payload + ` FROM river_job j WHERE j.args->>'dedupe' = 'a'))`,
		}[d.Name]
		for _, query := range []string{
			`UPDATE river_job SET metadata = ` + set + ` WHERE args->>'dedupe' = 'b'`,
			`UPDATE river_job SET args = ` + map[string]string{"postgres": `'{}'`, "sqlite": `jsonb('{}')`}[d.Name] + ` WHERE args->>'dedupe' = 'c'`,
		} {
			_, err := raw.ExecContext(t.Context(), query)
			fine(t, err)
		}
		list := func() []string { return cells(t, raw, `SELECT `+payload+` FROM river_job ORDER BY id`) }
		before := list()
		n, err := q.Reseal(t.Context())
		if n != 2 || !errors.Is(err, alerts.ErrSealed) || !strings.Contains(err.Error(), ": 2 messages") {
			t.Errorf("sealed anew: %d, %v", n, err)
		}
		for i, now := range list() {
			if changed := now != before[i]; changed != (i == 0 || i == 3) {
				t.Errorf("payload %d: changed %v", i, changed)
			}
		}
	})
}

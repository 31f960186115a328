package password_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Pitfall 15: what waits to be settled holds the password, and prints nothing of
// it or of the hash.
func TestPitfall15UnsettledIsRedacted(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	u, err := w.VerifyUnsettled(t.Context(), "kim", good, home, false)
	w.ok(err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "u", u)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x", u, u, u, u, u, u), fmt.Sprint(&u), log.String()} {
		if strings.Contains(text, good) || strings.Contains(text, "argon2") || !strings.Contains(text, "redacted") {
			t.Errorf("prints %s", text)
		}
	}
	if v := w.Settle(t.Context(), u); v.Version != 1 {
		t.Errorf("%+v", v)
	}
}

package password_test

import (
	"testing"

	"example.com/accountsec/password"
)

// A revoked password costs the same work as any other, and raising the hash's
// parameters does not make it good again.
func TestRevokedCostsTheSameAndStaysRevoked(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	fresh, err := w.verify("kim", good, host(1), false)
	w.ok(err)
	w.ok(w.Revoke(t.Context(), "kim"))
	if work, err := w.verify("kim", good, host(2), false); work != fresh || err != nil {
		t.Errorf("revoked: %s, %v; not revoked: %s", work, err, fresh)
	}
	raised, err := password.New(w.store, password.Config{Hasher: newHasher(t, password.Argon2idConfig{MemoryKiB: 128, Time: 1}), Recorder: w})
	w.ok(err)
	for _, upgraded := range []bool{true, false} {
		v, err := raised.Verify(t.Context(), "kim", good, home, false)
		w.ok(err)
		if !v.Revoked || v.UpgradedHash != upgraded {
			t.Errorf("%+v", v)
		}
	}
}

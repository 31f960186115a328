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

// A new password that was under way when the old one was revoked is not set: it
// may be the thief's. The owner, who begins after it, sets one.
func TestPitfall03ChangeUnderWayWhileRevoked(t *testing.T) {
	w := newWorld(t, nil)
	w.set("kim", good)
	ctx := t.Context()
	prepared, err := w.Prepare(ctx, "kim", good+" anew", password.Person{})
	w.ok(err)
	w.ok(w.Claim(ctx, prepared))
	w.ok(w.Revoke(ctx, "kim"))
	w.want(w.Claim(ctx, prepared), password.ErrChanged)
	w.want(w.Commit(ctx, prepared, home), password.ErrChanged)
	if v, err := w.verify("kim", good, host(1), false); err != nil {
		t.Errorf("the old password: %s, %v", v, err)
	}
	w.want(w.Hold(ctx, "kim", 1, false), password.ErrChanged)
	w.ok(w.Hold(ctx, "kim", 1, true))
	w.ok(w.Change(ctx, "kim", good, good+" anew", password.Person{}, home, true))
	w.want(w.Hold(ctx, "kim", 1, true), password.ErrChanged)
	w.ok(w.Hold(ctx, "kim", 2, false))
}

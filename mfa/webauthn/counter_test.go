package webauthn_test

import (
	"encoding/json"
	"testing"

	virtual "github.com/descope/virtualwebauthn"

	"example.com/accountsec/mfa/webauthn"
)

// record is what a test looks at of a factor's state.
type record struct {
	Counter uint32 `json:"counter"`
	BE, BS  bool
	AAGUID  []byte `json:"aaguid"`
}

func read(t *testing.T, state []byte) record {
	t.Helper()
	var r record
	must(t, json.Unmarshal(state, &r))
	return r
}

// Pitfall 10: 0 after 0 is fine; 5 or less after 5 is suspect, is told, and
// never lowers what is kept; greater is kept.
func TestPitfall10Counter(t *testing.T) {
	for _, c := range []struct {
		stored, got, kept uint32
		warning           string
	}{
		{0, 0, 0, ""}, {0, 1, 1, ""}, {5, 6, 6, ""}, {5, 1 << 31, 1 << 31, ""},
		{5, 5, 5, webauthn.WarningClone}, {5, 4, 5, webauthn.WarningClone}, {5, 0, 5, webauthn.WarningClone},
		{1<<32 - 1, 0, 1<<32 - 1, webauthn.WarningClone},
	} {
		for _, backup := range []byte{0, be, be | bs} {
			m := newMethod(t)
			d := newDevice(t, virtual.AuthenticatorOptions{BackupEligible: backup&be != 0, BackupState: backup&bs != 0})
			d.cred.Counter = c.stored
			state := enroll(t, m, "u-1", d)
			ask := challenge(t, m, state)
			v := verify(t, m, state, ask, d.raw(t, ask, up|uv|backup, c.got, nil))
			if !v.OK || v.Warning != c.warning {
				t.Errorf("%d after %d: OK %v, warning %q", c.got, c.stored, v.OK, v.Warning)
			}
			if v.Step != 0 {
				t.Error("the counter is a step, by which the Manager would refuse what is suspect")
			}
			kept := state
			if v.State != nil {
				kept = v.State
			}
			if got := read(t, kept).Counter; got != c.kept {
				t.Errorf("%d after %d: %d is kept, want %d", c.got, c.stored, got, c.kept)
			}
		}
	}
}

// A clone is told every time, and the true key goes on without a warning.
func TestCloneIsToldEveryTime(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{})
	d.cred.Counter = 7
	state := enroll(t, m, "u-1", d)
	for _, c := range []struct {
		counter uint32
		warning string
	}{{3, "clone"}, {4, "clone"}, {8, ""}, {5, "clone"}, {8, "clone"}, {9, ""}} {
		ask := challenge(t, m, state)
		v := verify(t, m, state, ask, d.raw(t, ask, up|uv, c.counter, nil))
		if !v.OK || v.Warning != c.warning {
			t.Errorf("counter %d: warning %q, want %q", c.counter, v.Warning, c.warning)
		}
		if v.State != nil {
			state = v.State
		}
	}
}

// Backup eligibility is for ever; the backup state follows the device.
func TestBackupFlags(t *testing.T) {
	m := newMethod(t)
	d := newDevice(t, virtual.AuthenticatorOptions{BackupEligible: true})
	state := enroll(t, m, "u-1", d)
	if r := read(t, state); !r.BE || r.BS || len(r.AAGUID) != 16 {
		t.Errorf("enrolled as %+v", r)
	}
	ask := challenge(t, m, state)
	v := verify(t, m, state, ask, d.raw(t, ask, up|uv|be|bs, 0, nil))
	if !v.OK || v.State == nil || !read(t, v.State).BS {
		t.Error("a passkey that is synced now is refused, or not noted")
	}
	for name, flags := range map[string]byte{"no longer eligible": up | uv, "backed up, not eligible": up | uv | bs} {
		if verify(t, m, state, ask, d.raw(t, ask, flags, 0, nil)).OK {
			t.Errorf("accepted: %s", name)
		}
	}
	fixed := newDevice(t, virtual.AuthenticatorOptions{})
	state = enroll(t, m, "u-1", fixed)
	ask = challenge(t, m, state)
	if verify(t, m, state, ask, fixed.raw(t, ask, up|uv|be, 0, nil)).OK {
		t.Error("a device-bound key became eligible")
	}
}

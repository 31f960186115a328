package mfa

import (
	"context"
	"time"
)

// Level orders what a customer has proved. The zero Level is no proof.
type Level int

const (
	// LevelPassword is the password alone: AAL1 of NIST SP 800-63B-4 §2.1.
	LevelPassword Level = iota + 1
	// LevelFactor is any second factor beside it: AAL2 of §2.2, which asks for
	// two factors; OWASP ASVS 5.0, 6.3.3.
	LevelFactor
	// LevelPhishingResistant is a factor that is worth nothing on another page
	// than the shop's ([Info].PhishingResistant), which §2.2.2 wants offered.
	// Neither it nor a synced passkey makes AAL3, which wants a key that cannot
	// be exported.
	LevelPhishingResistant
)

// Requirement is what a sensitive action asks for: a proof of a level, and how
// old it may be (OWASP ASVS 5.0, 7.5.3; NIST SP 800-63B-4 §2.2.3).
type Requirement struct {
	// Level is the least that is enough. Defaults to [LevelFactor].
	Level Level
	// MaxAge is how old the proof may be. Defaults to [ProofLifetime].
	MaxAge time.Duration
}

// WithDefaults fills in the fields that are zero.
func (r Requirement) WithDefaults() Requirement {
	if r.Level == 0 {
		r.Level = LevelFactor
	}
	if r.MaxAge <= 0 {
		r.MaxAge = ProofLifetime
	}
	return r
}

// Met tells whether a proof of a level, made at a time, is enough at now. One
// from the future (a clock set back) is not.
func (r Requirement) Met(level Level, at, now time.Time) bool {
	r = r.WithDefaults()
	age := now.Sub(at)
	return level >= r.Level && age >= 0 && age <= r.MaxAge
}

// Level is what was proved: [LevelPhishingResistant] or [LevelFactor].
func (p Proof) Level() Level { return p.level }

// Best is the highest level that the account can prove now: [LevelPassword]
// without factors.
func (m *Manager) Best(ctx context.Context, account string) (Level, error) {
	factors, err := m.Enrolled(ctx, account)
	best := LevelPassword
	for _, f := range factors {
		best = max(best, m.levelOf(f.Method))
	}
	return best, err
}

// Proves tells which level a factor proves.
func (m *Manager) Proves(f Factor) Level { return m.levelOf(f.Method) }

// levelOf is what a method proves.
func (m *Manager) levelOf(method string) Level {
	if found, ok := m.methods[method]; ok && found.Info().PhishingResistant {
		return LevelPhishingResistant
	}
	return LevelFactor
}

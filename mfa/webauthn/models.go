package webauthn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/metadata"
	"github.com/google/uuid"
)

// Models restricts enrolment to models of authenticators that prove what they
// are. An AAGUID that nothing proves is a claim that any program can make, so
// there is no list without metadata. Most synced passkeys prove nothing and are
// shut out by it: a shop for consumers wants none of this.
//
// The rules hold for enrolment. A model that falls into disrepute later is a
// matter of removing its factors, not of failing sign-ins.
type Models struct {
	// Metadata is the FIDO Metadata Service's, or the shop's own: see go-webauthn's
	// metadata/providers/memory and cached. It judges trust anchors and status
	// reports as it is set up. Required.
	Metadata metadata.Provider
	// AAGUIDs are the models allowed, such as
	// "cb69481e-8ff7-4039-93ec-0a2729a154a8". Defaults to every model that
	// Metadata has an entry of.
	AAGUIDs []string

	allowed []uuid.UUID
}

func (r Models) checked() (*Models, error) {
	if r.Metadata == nil {
		return nil, errors.New("webauthn: Config.Models.Metadata is required")
	}
	r.AAGUIDs, r.allowed = slices.Clone(r.AAGUIDs), nil
	for _, text := range r.AAGUIDs {
		id, err := uuid.Parse(text)
		if err != nil || id.String() != text || id == uuid.Nil {
			return nil, fmt.Errorf("webauthn: Config.Models.AAGUIDs holds %q", text)
		}
		r.allowed = append(r.allowed, id)
	}
	return &r, nil
}

// allow tells whether the authenticator's model is on the list and known. That
// it is of this model is for go-webauthn to prove, and for proved. An error means
// that the metadata could not be asked.
func (r *Models) allow(ctx context.Context, aaguid []byte) (bool, error) {
	if r == nil {
		return true, nil
	}
	id, err := uuid.FromBytes(aaguid)
	if err != nil || id == uuid.Nil || len(r.allowed) > 0 && !slices.Contains(r.allowed, id) {
		return false, nil
	}
	entry, err := r.Metadata.GetEntry(ctx, id)
	if err != nil {
		return false, fmt.Errorf("webauthn: metadata: %w", err)
	}
	return entry != nil, nil
}

// proved tells whether the attestation is by more than the credential itself.
// Neither "none" nor self attestation says anything about the model.
func (r *Models) proved(attestationType string) bool {
	return r == nil || slices.Contains([]string{string(metadata.BasicFull), string(metadata.AttCA), string(metadata.AnonCA)}, attestationType)
}

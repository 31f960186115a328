-- The response that ended a challenge: which factor's, of which step, when; 0:
-- not answered. An answered challenge is over, and goes with the expired ones.
ALTER TABLE mfa_challenges ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE mfa_challenges ADD COLUMN answered_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mfa_challenges ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;

-- The response that ended a challenge: which factor's, of which step, when; 0:
-- not answered. An answered challenge is over, and goes with the expired ones.
ALTER TABLE mfa_challenges ADD COLUMN answered_by TEXT NOT NULL DEFAULT '';
ALTER TABLE mfa_challenges ADD COLUMN answered_step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mfa_challenges ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;
-- The factor moves on in the same statement. SQLite has no other way to change
-- two tables in one.
CREATE TRIGGER mfa_challenges_answered AFTER UPDATE OF answered_at ON mfa_challenges WHEN NEW.answered_at > 0
	BEGIN UPDATE mfa_factors SET step = NEW.answered_step, used_at = NEW.answered_at WHERE account = NEW.account AND id = NEW.answered_by; END;

-- When the owner's report made the password unfit for signing in; 0: never.
ALTER TABLE password_hashes ADD COLUMN revoked_at BIGINT NOT NULL DEFAULT 0;

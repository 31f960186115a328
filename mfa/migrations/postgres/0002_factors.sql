-- What a passkey's responses name their factor by.
ALTER TABLE mfa_factors ADD COLUMN lookup TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX mfa_factors_lookup ON mfa_factors (method, lookup) WHERE lookup <> '';
CREATE INDEX mfa_factors_method ON mfa_factors (method, account) WHERE active = 1;

-- Several challenges may be open beside one another, one a slot: a stranger's
-- ends none of the owner's. Those that were open are begun anew.
DROP TABLE mfa_challenges;
CREATE TABLE mfa_challenges (
	id TEXT NOT NULL PRIMARY KEY,
	account TEXT NOT NULL,
	purpose TEXT NOT NULL,
	slot TEXT NOT NULL,
	binding TEXT NOT NULL,
	device TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	prepared_for TEXT NOT NULL,
	prepared BYTEA,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	UNIQUE (account, purpose, slot));
CREATE INDEX mfa_challenges_expires ON mfa_challenges (expires_at);

-- Failures in a row, by account and lane: a method, from strangers or from
-- known devices.
CREATE TABLE mfa_lanes (
	account TEXT NOT NULL,
	lane TEXT NOT NULL,
	failures BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	closed_until BIGINT NOT NULL,
	lasting BIGINT NOT NULL,
	PRIMARY KEY (account, lane));
CREATE INDEX mfa_lanes_last ON mfa_lanes (last_at) WHERE lasting = 0;
-- The failures with any method so far are those of an authenticator app.
INSERT INTO mfa_lanes (account, lane, failures, last_at, closed_until, lasting)
	SELECT account, 'totp', n, 0, 0, 1 FROM mfa_failures;
DROP TABLE mfa_failures;

-- Single-use tokens that were used, until they would have expired.
CREATE TABLE mfa_spent (id TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL);
CREATE INDEX mfa_spent_expires ON mfa_spent (expires_at);

-- Devices that are not asked for a second factor, with the SHA-256 of their
-- token and of the one before.
CREATE TABLE mfa_devices (
	account TEXT NOT NULL,
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	hash TEXT NOT NULL,
	previous TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	rotated_at BIGINT NOT NULL,
	PRIMARY KEY (account, id));
CREATE INDEX mfa_devices_expires ON mfa_devices (expires_at);

-- One row an account, which changes of its factors and codes lock.
CREATE TABLE mfa_accounts (account TEXT NOT NULL PRIMARY KEY);

CREATE TABLE mfa_factors (
	account TEXT NOT NULL,
	id TEXT NOT NULL,
	method TEXT NOT NULL,
	name TEXT NOT NULL,
	name_key TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	active BIGINT NOT NULL,
	proved BIGINT NOT NULL,
	attempts BIGINT NOT NULL,
	step BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	sealed_at BIGINT NOT NULL,
	PRIMARY KEY (account, id));
-- What the account's lock ensures, and these hold even if someone forgets it.
CREATE UNIQUE INDEX mfa_factors_name ON mfa_factors (account, name_key) WHERE active = 1;
CREATE UNIQUE INDEX mfa_factors_pending ON mfa_factors (account) WHERE active = 0;
CREATE INDEX mfa_factors_sealed ON mfa_factors (sealed_at, account, id);
CREATE INDEX mfa_factors_expires ON mfa_factors (expires_at) WHERE active = 0;

CREATE TABLE mfa_challenges (
	account TEXT NOT NULL,
	purpose TEXT NOT NULL,
	id TEXT NOT NULL,
	binding TEXT NOT NULL,
	attempts BIGINT NOT NULL,
	prepared_for TEXT NOT NULL,
	prepared BYTEA,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (account, purpose));
CREATE UNIQUE INDEX mfa_challenges_id ON mfa_challenges (id);
CREATE INDEX mfa_challenges_expires ON mfa_challenges (expires_at);

-- Failures in a row, over all challenges.
CREATE TABLE mfa_failures (account TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL);

CREATE TABLE mfa_codes (
	account TEXT NOT NULL,
	hash TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	PRIMARY KEY (account, hash));

-- Methods that an account has had, for what is given once.
CREATE TABLE mfa_enabled (
	account TEXT NOT NULL,
	method TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (account, method));

CREATE TABLE mfa_attempts (
	account TEXT NOT NULL,
	bucket TEXT NOT NULL,
	n BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	closed_until BIGINT NOT NULL,
	PRIMARY KEY (account, bucket));
CREATE INDEX mfa_attempts_last ON mfa_attempts (last_at);

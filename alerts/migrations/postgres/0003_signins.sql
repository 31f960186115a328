-- Times are microseconds since 1970 in UTC; 0 is none.
-- Counts within a window. The empty account is a network's, whoever it tried.
CREATE TABLE alerts_rates (
	account TEXT NOT NULL,
	name    TEXT NOT NULL,
	n       BIGINT NOT NULL,
	unknown BIGINT NOT NULL,
	leaked  BIGINT NOT NULL,
	failed  BIGINT NOT NULL, -- accounts, one bit each
	failed_part BIGINT NOT NULL, -- a sample of them
	passed  BIGINT NOT NULL,
	passed_part BIGINT NOT NULL,
	since   BIGINT NOT NULL,
	PRIMARY KEY (account, name)
);
CREATE INDEX alerts_rates_since ON alerts_rates (since);
-- What was told, and how many repeats were kept back since.
CREATE TABLE alerts_topics (
	account     TEXT NOT NULL,
	name        TEXT NOT NULL,
	classes     BIGINT NOT NULL,
	told        BIGINT NOT NULL,
	told_at     BIGINT NOT NULL,
	repeats     BIGINT NOT NULL,
	digest      BIGINT NOT NULL,
	before_at   BIGINT NOT NULL,
	quiet_until BIGINT NOT NULL,
	PRIMARY KEY (account, name)
);
CREATE INDEX alerts_topics_quiet ON alerts_topics (quiet_until);
CREATE TABLE alerts_codes (
	hash       TEXT NOT NULL PRIMARY KEY,
	account    TEXT NOT NULL,
	binding    TEXT NOT NULL,
	sealed     BYTEA NOT NULL,
	tries      BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX alerts_codes_account ON alerts_codes (account);
CREATE INDEX alerts_codes_expires ON alerts_codes (expires_at);
-- One row, of nobody in particular.
CREATE TABLE alerts_population (
	id         BIGINT NOT NULL PRIMARY KEY,
	data       BYTEA NOT NULL,
	version    BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE TABLE alerts_rules (
	account    TEXT NOT NULL PRIMARY KEY,
	data       BYTEA NOT NULL,
	paused     BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

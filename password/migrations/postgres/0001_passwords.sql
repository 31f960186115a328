CREATE TABLE password_hashes (
	account TEXT NOT NULL PRIMARY KEY,
	hash    TEXT NOT NULL,
	version BIGINT NOT NULL,
	set_at  BIGINT NOT NULL -- microseconds since 1970, UTC
);
-- Former passwords' hashes; the newest few of each account.
CREATE TABLE password_history (
	account TEXT NOT NULL,
	version BIGINT NOT NULL,
	hash    TEXT NOT NULL,
	set_at  BIGINT NOT NULL,
	PRIMARY KEY (account, version)
);
CREATE TABLE password_attempts (
	account TEXT NOT NULL, bucket TEXT NOT NULL, n BIGINT NOT NULL,
	last_at BIGINT NOT NULL, closed_until BIGINT NOT NULL,
	PRIMARY KEY (account, bucket)
);
CREATE INDEX password_attempts_last ON password_attempts (last_at);

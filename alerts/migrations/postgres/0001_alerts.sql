-- Times are microseconds since 1970 in UTC; 0 is none.
CREATE TABLE alerts_profiles (
	account    TEXT NOT NULL PRIMARY KEY,
	data       BYTEA NOT NULL,
	version    BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE TABLE alerts_failures (
	account TEXT NOT NULL PRIMARY KEY,
	n       BIGINT NOT NULL,
	since   BIGINT NOT NULL
);
CREATE INDEX alerts_failures_since ON alerts_failures (since);
CREATE TABLE alerts_preferences (
	account    TEXT NOT NULL PRIMARY KEY,
	data       BYTEA NOT NULL,
	updated_at BIGINT NOT NULL
);
-- due_at is when a row may be leased next: while it is leased, the end of the
-- lease. done_at is 0 until the row is done or dead.
CREATE TABLE alerts_outbox (
	id         TEXT NOT NULL PRIMARY KEY,
	account    TEXT NOT NULL,
	channel    TEXT NOT NULL,
	kind       TEXT NOT NULL,
	dedupe     TEXT NOT NULL,
	payload    BYTEA NOT NULL,
	state      TEXT NOT NULL,
	attempts   BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	done_at    BIGINT NOT NULL,
	token      TEXT NOT NULL,
	last_error TEXT NOT NULL,
	UNIQUE (account, channel, dedupe)
);
CREATE INDEX alerts_outbox_due ON alerts_outbox (due_at) WHERE done_at = 0;
CREATE INDEX alerts_outbox_done ON alerts_outbox (done_at) WHERE done_at > 0;
CREATE INDEX alerts_outbox_account ON alerts_outbox (account, created_at);

CREATE TABLE recovery_sets (
	account TEXT NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL,
	set_at BIGINT NOT NULL
);
CREATE TABLE recovery_answers (
	account TEXT NOT NULL,
	place INTEGER NOT NULL,
	question TEXT NOT NULL,
	sealed_text BYTEA,
	sealed_hash BYTEA NOT NULL,
	PRIMARY KEY (account, place)
);
CREATE TABLE recovery_tickets (
	account TEXT NOT NULL,
	slot TEXT NOT NULL,
	hash TEXT NOT NULL UNIQUE,
	client TEXT NOT NULL,
	step TEXT NOT NULL,
	sealed_code BYTEA,
	code_tries INTEGER NOT NULL,
	answer_tries INTEGER NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (account, slot)
);
CREATE INDEX recovery_tickets_expires ON recovery_tickets (expires_at);
CREATE TABLE recovery_attempts (
	account TEXT NOT NULL,
	bucket TEXT NOT NULL,
	n BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	closed_until BIGINT NOT NULL,
	PRIMARY KEY (account, bucket)
);
CREATE INDEX recovery_attempts_last ON recovery_attempts (last_at);

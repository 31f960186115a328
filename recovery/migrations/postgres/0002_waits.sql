-- Times are microseconds since 1970 in UTC; 0 is never.
ALTER TABLE recovery_sets ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recovery_sets ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
-- Tickets live for minutes. Those that were begun under other rules begin anew.
DELETE FROM recovery_tickets;
ALTER TABLE recovery_tickets ADD COLUMN channel TEXT NOT NULL DEFAULT '';
ALTER TABLE recovery_tickets ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recovery_tickets ADD COLUMN proof TEXT NOT NULL DEFAULT '';
CREATE TABLE recovery_waits (
	account TEXT NOT NULL PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE,
	cancel TEXT NOT NULL UNIQUE,
	slot TEXT NOT NULL,
	device TEXT NOT NULL,
	version BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	ready_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX recovery_waits_expires ON recovery_waits (expires_at);
CREATE TABLE recovery_failures (
	account TEXT NOT NULL,
	slot TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (account, slot)
);
CREATE TABLE recovery_states (
	account TEXT NOT NULL PRIMARY KEY,
	blocked_until BIGINT NOT NULL,
	recovered_at BIGINT NOT NULL
);
-- day counts from 1970 in UTC.
CREATE TABLE recovery_outcomes (
	day BIGINT NOT NULL,
	outcome TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (day, outcome)
);

-- One row an event, never updated. at is microseconds since 1970 in UTC; the id
-- begins with the same time. addr is the address as 32 hexadecimal digits
-- (IPv4 as ::ffff:a.b.c.d), so that a network is a range.
CREATE TABLE activity_events (
	account    TEXT NOT NULL,
	at         BIGINT NOT NULL,
	id         TEXT COLLATE "C" NOT NULL,
	type       TEXT NOT NULL,
	outcome    TEXT NOT NULL,
	ip         TEXT NOT NULL,
	addr       TEXT COLLATE "C" NOT NULL,
	user_agent TEXT NOT NULL,
	device_id  TEXT NOT NULL,
	session_id TEXT NOT NULL,
	browser    TEXT NOT NULL,
	os         TEXT NOT NULL,
	class      TEXT NOT NULL,
	device     TEXT NOT NULL,
	country    TEXT NOT NULL,
	city       TEXT NOT NULL,
	lat        DOUBLE PRECISION NOT NULL,
	lon        DOUBLE PRECISION NOT NULL,
	radius     BIGINT NOT NULL,
	asn        BIGINT NOT NULL,
	as_org     TEXT NOT NULL,
	tz         TEXT NOT NULL,
	detail     TEXT NOT NULL,
	PRIMARY KEY (account, at, id)
);
-- Retention deletes by time alone. The index is on the hour so that it gives
-- no order by at: with a plain index on at the planner may walk the newest
-- events of all accounts to find those of one.
CREATE INDEX activity_events_hour ON activity_events ((at / 3600000000));

-- An event is a skeleton, written once, and a personal part that can go before
-- it.
ALTER TABLE activity_events RENAME TO activity_events_0001;
DROP INDEX activity_events_hour;
CREATE TABLE activity_events (
	account TEXT NOT NULL,
	at      BIGINT NOT NULL,
	id      TEXT NOT NULL,
	type    TEXT NOT NULL,
	outcome TEXT NOT NULL,
	PRIMARY KEY (account, at, id)
) WITHOUT ROWID;
-- facts is JSON: what is shown and not searched for, the details included.
CREATE TABLE activity_personal (
	account   TEXT NOT NULL,
	at        BIGINT NOT NULL,
	id        TEXT NOT NULL,
	addr      TEXT NOT NULL,
	country   TEXT NOT NULL,
	device    TEXT NOT NULL,
	device_id TEXT NOT NULL,
	disowned  BIGINT NOT NULL,
	facts     TEXT NOT NULL,
	PRIMARY KEY (account, at, id)
) WITHOUT ROWID;
-- Retention finds old rows by time. The indexes are on the hour so that they
-- give no order by at: with plain ones on at the planner may walk the newest
-- events of all accounts to find those of one.
CREATE INDEX activity_events_at ON activity_events ((at / 3600000000));
CREATE INDEX activity_personal_at ON activity_personal ((at / 3600000000));
CREATE TABLE activity_chains (
	account TEXT PRIMARY KEY,
	number  BIGINT NOT NULL,
	digest  BLOB NOT NULL,
	salt    BLOB NOT NULL
);
CREATE TABLE activity_links (
	account  TEXT NOT NULL,
	number   BIGINT NOT NULL,
	id       TEXT NOT NULL,
	type     TEXT NOT NULL,
	outcome  TEXT NOT NULL,
	personal BLOB NOT NULL,
	digest   BLOB NOT NULL,
	PRIMARY KEY (account, number),
	UNIQUE (account, id)
);
INSERT INTO activity_events (account, at, id, type, outcome) SELECT account, at, id, type, outcome FROM activity_events_0001;
INSERT INTO activity_personal (account, at, id, addr, country, device, device_id, disowned, facts)
	SELECT account, at, id, addr, country, device, device_id, 0, json_object('ua', user_agent, 'sid', session_id,
		'browser', browser, 'os', os, 'class', class, 'city', city, 'lat', lat, 'lon', lon, 'radius', radius,
		'asn', asn, 'org', as_org, 'tz', tz, 'detail', json(detail))
	FROM activity_events_0001;
DROP TABLE activity_events_0001;

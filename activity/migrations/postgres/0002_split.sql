-- An event is a skeleton, written once, and a personal part that can go before
-- it. Both are kept in one table a month: activity_events_202611 holds
-- November 2026, UTC. There is no default partition, since its rows would
-- stand in the way of their own month's table; the store makes months ahead,
-- and in need.
ALTER TABLE activity_events DROP CONSTRAINT activity_events_pkey;
DROP INDEX activity_events_hour;
ALTER TABLE activity_events RENAME TO activity_events_0001;
-- The key holds what a page's skeletons and a chart's counts need, so that
-- both are read off the index alone.
CREATE TABLE activity_events (
	account TEXT NOT NULL,
	at      BIGINT NOT NULL,
	id      TEXT COLLATE "C" NOT NULL,
	type    TEXT NOT NULL,
	outcome TEXT NOT NULL,
	PRIMARY KEY (account, at, id) INCLUDE (type, outcome)
) PARTITION BY RANGE (at);
-- facts is JSON: what is shown and not searched for, the details included.
CREATE TABLE activity_personal (
	account   TEXT NOT NULL,
	at        BIGINT NOT NULL,
	id        TEXT COLLATE "C" NOT NULL,
	addr      TEXT COLLATE "C" NOT NULL,
	country   TEXT NOT NULL,
	device    TEXT NOT NULL,
	device_id TEXT NOT NULL,
	disowned  BIGINT NOT NULL,
	facts     TEXT NOT NULL,
	PRIMARY KEY (account, at, id)
) PARTITION BY RANGE (at);
-- Retention finds old rows by time. A BRIN index gives no order: with a btree
-- on at the planner may walk all accounts' newest events to find one's.
CREATE INDEX activity_events_at ON activity_events USING brin (at) WITH (autosummarize = on);
CREATE INDEX activity_personal_at ON activity_personal USING brin (at) WITH (autosummarize = on);
CREATE TABLE activity_chains (
	account TEXT PRIMARY KEY,
	number  BIGINT NOT NULL,
	digest  BYTEA NOT NULL,
	salt    BYTEA NOT NULL
);
CREATE TABLE activity_links (
	account  TEXT NOT NULL,
	number   BIGINT NOT NULL,
	id       TEXT COLLATE "C" NOT NULL,
	type     TEXT NOT NULL,
	outcome  TEXT NOT NULL,
	personal BYTEA NOT NULL,
	digest   BYTEA NOT NULL,
	PRIMARY KEY (account, number),
	UNIQUE (account, id)
);
DO $$
DECLARE
	month timestamp;
	part  text;
BEGIN
	FOR month IN SELECT generate_series(
			date_trunc('month', to_timestamp(min(at) / 1000000) AT TIME ZONE 'UTC'),
			date_trunc('month', to_timestamp(max(at) / 1000000) AT TIME ZONE 'UTC'), '1 month') FROM activity_events_0001
		UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month' FROM generate_series(0, 3) n
	LOOP
		FOREACH part IN ARRAY ARRAY['activity_events', 'activity_personal'] LOOP
			EXECUTE format('CREATE TABLE %s_%s PARTITION OF %s FOR VALUES FROM (%s) TO (%s)', part, to_char(month, 'YYYYMM'), part,
				extract(epoch FROM month)::bigint * 1000000, extract(epoch FROM month + interval '1 month')::bigint * 1000000);
		END LOOP;
	END LOOP;
END $$;
INSERT INTO activity_events (account, at, id, type, outcome) SELECT account, at, id, type, outcome FROM activity_events_0001;
INSERT INTO activity_personal (account, at, id, addr, country, device, device_id, disowned, facts)
	SELECT account, at, id, addr, country, device, device_id, 0, json_build_object('ua', user_agent, 'sid', session_id,
		'browser', browser, 'os', os, 'class', class, 'city', city, 'lat', lat, 'lon', lon, 'radius', radius,
		'asn', asn, 'org', as_org, 'tz', tz, 'detail', detail::json)::text
	FROM activity_events_0001;
DROP TABLE activity_events_0001;

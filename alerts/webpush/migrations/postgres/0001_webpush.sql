-- One row an account, which changes of its subscriptions lock.
CREATE TABLE alerts_webpush_accounts (
	account TEXT NOT NULL PRIMARY KEY);

-- One row a browser. id is the SHA-256 of the endpoint, sealed holds the
-- endpoint and the keys.
CREATE TABLE alerts_webpush_subscriptions (
	id TEXT NOT NULL PRIMARY KEY,
	account TEXT NOT NULL,
	label TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL,
	sealed_at BIGINT NOT NULL);
CREATE INDEX alerts_webpush_subscriptions_account ON alerts_webpush_subscriptions (account);
CREATE INDEX alerts_webpush_subscriptions_sealed ON alerts_webpush_subscriptions (sealed_at, id);

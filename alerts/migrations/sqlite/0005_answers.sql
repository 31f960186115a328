-- What the owner recognises the shop's messages by, sealed.
ALTER TABLE alerts_preferences ADD COLUMN phrase BLOB NOT NULL DEFAULT x'';
-- Which links were answered. Times are microseconds since 1970 in UTC.
CREATE TABLE alerts_answers (
	account    TEXT NOT NULL,
	name       TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (account, name)
);
CREATE INDEX alerts_answers_expires ON alerts_answers (expires_at);

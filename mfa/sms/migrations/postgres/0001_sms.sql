-- What was sent, by whatever it is limited by. Names of numbers, networks and
-- accounts are keyed hashes.
CREATE TABLE mfa_sms_quotas (
	name TEXT NOT NULL PRIMARY KEY,
	account TEXT NOT NULL,
	n BIGINT NOT NULL,
	max_n BIGINT NOT NULL,
	until BIGINT NOT NULL);
CREATE INDEX mfa_sms_quotas_account ON mfa_sms_quotas (account);
CREATE INDEX mfa_sms_quotas_until ON mfa_sms_quotas (until);

-- Addresses that accounts had until lately, sealed.
CREATE TABLE alerts_contacts (
	account     TEXT NOT NULL,
	id          TEXT NOT NULL,
	sealed      BYTEA NOT NULL,
	replaced_at BIGINT NOT NULL,
	PRIMARY KEY (account, id)
);
CREATE INDEX alerts_contacts_replaced ON alerts_contacts (replaced_at);

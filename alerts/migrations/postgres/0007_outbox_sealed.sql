-- What has a payload still, for sealing it anew: what has ended is not read.
CREATE INDEX alerts_outbox_sealed ON alerts_outbox (id) WHERE LENGTH(payload) > 0;

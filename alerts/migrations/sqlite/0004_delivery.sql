-- alert is the alert's id, the same on all its channels. Of what is due, rank 0
-- goes before rank 1. spare is 1 for what began as a standby. log has a line an
-- attempt.
ALTER TABLE alerts_outbox ADD COLUMN alert TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts_outbox ADD COLUMN rank BIGINT NOT NULL DEFAULT 1;
ALTER TABLE alerts_outbox ADD COLUMN spare BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alerts_outbox ADD COLUMN log TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts_outbox ADD COLUMN receipt_at BIGINT NOT NULL DEFAULT 0;
-- By alerts_outbox_due a channel's lease would read through what is due on the
-- others. Only the look for strays names attempts, and so only it has this one.
DROP INDEX alerts_outbox_due;
CREATE INDEX alerts_outbox_stray ON alerts_outbox (due_at) WHERE done_at = 0 AND attempts >= 0;
CREATE INDEX alerts_outbox_queue ON alerts_outbox (channel, rank, due_at) WHERE done_at = 0;
CREATE INDEX alerts_outbox_alert ON alerts_outbox (alert) WHERE alert <> '';
CREATE INDEX alerts_outbox_dead ON alerts_outbox (done_at, id) WHERE state = 'dead';

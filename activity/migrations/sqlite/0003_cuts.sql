-- Retention takes a chain's links away from its beginning on, and keeps the
-- number and the digest of the last one with a keyed proof. due is when it may
-- next find something to take; 0 is at once.
ALTER TABLE activity_chains ADD COLUMN cut_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activity_chains ADD COLUMN cut_digest BLOB NOT NULL DEFAULT x'';
ALTER TABLE activity_chains ADD COLUMN cut_proof BLOB NOT NULL DEFAULT x'';
ALTER TABLE activity_chains ADD COLUMN due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX activity_chains_due ON activity_chains (due);

-- Which channel the address is for: the first and the last of each are told, so
-- that changes of one hide none of another. Empty in rows of before.
ALTER TABLE alerts_contacts ADD COLUMN channel TEXT NOT NULL DEFAULT '';

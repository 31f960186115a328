-- The shop's own tables. accountsec keeps its tables in the same database.
CREATE TABLE IF NOT EXISTS customers (
  id        TEXT PRIMARY KEY,
  email     TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE, -- the canonical form that look-ups use
  name      TEXT NOT NULL,
  phone     TEXT NOT NULL,
  birth     TEXT NOT NULL,        -- YYYY-MM-DD or empty
  lang      TEXT NOT NULL,
  zone      TEXT NOT NULL,        -- IANA time zone
  created   BIGINT NOT NULL       -- microseconds since 1970
);

-- What scs keeps for a visitor, sealed; token is a hash.
CREATE TABLE IF NOT EXISTS sessions (
  token  TEXT PRIMARY KEY,
  data   BLOB NOT NULL,
  expiry REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expiry);

-- Which sessions are signed in. A session whose row is gone is signed out,
-- whatever its cookie or its data say.
CREATE TABLE IF NOT EXISTS signed_in (
  id      TEXT PRIMARY KEY,       -- the session's public handle, no secret
  account TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  since   BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS signed_in_account ON signed_in (account);

CREATE TABLE IF NOT EXISTS orders (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  product TEXT NOT NULL,
  won     BIGINT NOT NULL,
  placed  BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_account ON orders (account, placed);

-- What the built-in mail server received, for the demo's mailbox.
CREATE TABLE IF NOT EXISTS mails (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  received BIGINT NOT NULL,
  sender   TEXT NOT NULL,
  rcpt     TEXT NOT NULL,
  tls      TEXT NOT NULL,
  raw      BLOB NOT NULL
);

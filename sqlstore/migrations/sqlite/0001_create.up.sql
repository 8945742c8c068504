-- +goose Up
CREATE TABLE "transfer_tokens" (
  id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  name         TEXT    NOT NULL COLLATE BINARY,
  description  TEXT    NOT NULL,
  permissions  INTEGER NOT NULL CHECK (permissions BETWEEN 0 AND 255),
  suspended    INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  lifespan     TEXT    NOT NULL,
  created_by   TEXT    NOT NULL,
  hint         TEXT    NOT NULL,
  created_at   INTEGER,
  updated_at   INTEGER,
  expires_at   INTEGER,
  last_used_at INTEGER,
  revision     INTEGER NOT NULL,
  digest       BLOB    NOT NULL CHECK (length(digest) = 64),
  salt_id      TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX "transfer_tokens_name_key" ON "transfer_tokens" (name);

CREATE UNIQUE INDEX "transfer_tokens_digest_key" ON "transfer_tokens" (digest);

CREATE INDEX "transfer_tokens_expires_at_idx" ON "transfer_tokens" (expires_at);

CREATE INDEX "transfer_tokens_created_by_idx" ON "transfer_tokens" (created_by, id);

CREATE TABLE "transfer_tokens_schema" (
  version INTEGER NOT NULL PRIMARY KEY
) STRICT;

INSERT INTO "transfer_tokens_schema" (version) VALUES (1);

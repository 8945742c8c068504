-- +goose Up
CREATE TABLE "transfer_tokens" (
  id           uuid     NOT NULL CONSTRAINT "transfer_tokens_pkey" PRIMARY KEY,
  name         text     COLLATE "C" NOT NULL CONSTRAINT "transfer_tokens_name_key" UNIQUE,
  description  text     NOT NULL,
  permissions  smallint NOT NULL CONSTRAINT "transfer_tokens_permissions_check" CHECK (permissions BETWEEN 0 AND 255),
  suspended    boolean  NOT NULL,
  lifespan     text     NOT NULL,
  created_by   text     NOT NULL,
  hint         text     NOT NULL,
  created_at   bigint,
  updated_at   bigint,
  expires_at   bigint,
  last_used_at bigint,
  revision     bigint   NOT NULL,
  digest       bytea    NOT NULL CONSTRAINT "transfer_tokens_digest_key" UNIQUE
                        CONSTRAINT "transfer_tokens_digest_check" CHECK (octet_length(digest) = 64),
  salt_id      text     NOT NULL
) WITH (fillfactor = 90);

CREATE INDEX "transfer_tokens_expires_at_idx" ON "transfer_tokens" (expires_at);

CREATE INDEX "transfer_tokens_created_by_idx" ON "transfer_tokens" (created_by, id);

CREATE TABLE "transfer_tokens_schema" (
  version integer NOT NULL CONSTRAINT "transfer_tokens_schema_pkey" PRIMARY KEY
);

INSERT INTO "transfer_tokens_schema" (version) VALUES (1);

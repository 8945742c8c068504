-- +goose Up
CREATE TABLE IF NOT EXISTS `transfer_tokens` (
  id           BINARY(16)       NOT NULL PRIMARY KEY,
  name         VARBINARY(1020)  NOT NULL,
  description  VARBINARY(8000)  NOT NULL,
  permissions  TINYINT UNSIGNED NOT NULL,
  suspended    BOOLEAN          NOT NULL,
  lifespan     VARBINARY(1020)  NOT NULL,
  created_by   VARBINARY(1020)  NOT NULL,
  hint         VARBINARY(1020)  NOT NULL,
  created_at   BIGINT           NULL,
  updated_at   BIGINT           NULL,
  expires_at   BIGINT           NULL,
  last_used_at BIGINT           NULL,
  revision     BIGINT           NOT NULL,
  digest       BINARY(64)       NOT NULL,
  salt_id      VARBINARY(1020)  NOT NULL,
  UNIQUE KEY `transfer_tokens_name_key` (name),
  UNIQUE KEY `transfer_tokens_digest_key` (digest),
  KEY `transfer_tokens_expires_at_idx` (expires_at),
  KEY `transfer_tokens_created_by_idx` (created_by, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=binary;

CREATE TABLE IF NOT EXISTS `transfer_tokens_schema` (
  version INT NOT NULL PRIMARY KEY
) ENGINE=InnoDB;

INSERT IGNORE INTO `transfer_tokens_schema` (version) VALUES (1);

/** What sends have used of limits that are counted by spans of time. */
export const usageSchema = `
  CREATE TABLE usage (
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key, at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX usage_at ON usage (at);
`;

/** Until when a repetition reaches WeCom while it still drops the second, of a message whose attempt may have been the first. */
export const repeatSchema = `ALTER TABLE outbox ADD COLUMN repeat_until INTEGER;`;

/** Tables of the outbox, in the inbox's database: a message and its place in the queue are one commit. */
export const outboxSchema = `
  ALTER TABLE outbound ADD COLUMN channel TEXT NOT NULL DEFAULT 'webhook';
  ALTER TABLE outbound ADD COLUMN address TEXT;
  ALTER TABLE outbound ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbound ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbound ADD COLUMN egress TEXT;
  ALTER TABLE outbound ADD COLUMN result TEXT;

  CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    bot TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending')),
    priority INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    coalesce_key TEXT,
    coalesced INTEGER NOT NULL DEFAULT 0,
    series TEXT
  ) STRICT;
  CREATE INDEX outbox_coalesce ON outbox (bot, coalesce_key) WHERE coalesce_key IS NOT NULL;

  CREATE TABLE robot_send (
    id TEXT PRIMARY KEY,
    robot TEXT NOT NULL,
    ended_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX robot_send_robot ON robot_send (robot, ended_at);

  CREATE TABLE idempotency (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    ids TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_at ON idempotency (at);

  CREATE TABLE media (
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (scope, digest)
  ) STRICT, WITHOUT ROWID;
`;

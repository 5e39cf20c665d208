import type { Database } from 'better-sqlite3';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Attempts, NewAttempt } from '../../inbox/attempts.ts';
import type { GroupCommit } from '../../inbox/group-commit.ts';
import type { Usage } from '../limiter/meter.ts';
import { asWaiting, toStored, toWaiting, waitingColumns } from './outbox-rows.ts';
import type {
  Added,
  NewMessage,
  OutboxStore,
  StoredMedia,
  Use,
  Used,
  WaitingMessage,
} from './outbox-store.ts';

/** `duplicate_check_interval` where a message has none (D90236). */
const DUPLICATE_CHECK_SECONDS = 1800;
/** What a row weighs beside its text, for the bound on waiting bytes. */
const ROW_BYTES = 512;
const IDEMPOTENCY_MS = 24 * 3_600_000;
const CALENDAR_MS = 10 * 60_000;
/** Beyond the longest window that is counted by spans. */
const USAGE_MS = 25 * 3_600_000;

/**
 * The outbox in the tables of schema.ts. A send that a crash cut off is set right first: one that WeCom would still drop the
 * second of is queued again, any other is `unknown`.
 */
export function createSqliteOutbox(
  db: Database,
  commit: GroupCommit,
  clock: {
    readonly now: () => number;
    readonly sendTimeoutMs: number;
    readonly attempts: Pick<Attempts, 'add'>;
  },
): OutboxStore {
  const { now } = clock;
  const insertMessage = db.prepare(`
    INSERT INTO outbound (id, at, bot, robot, label, message, outcome, channel, address, repeatable, send_at)
    VALUES (@id, @at, @bot, '', @type, @message, 'pending', @channel, @address, @repeatable, @sendAt)`);
  const insertPlace = db.prepare(`
    INSERT INTO outbox (id, bot, state, priority, expires_at, coalesce_key, series)
    VALUES (@id, @bot, 'queued', @priority, @expiresAt, @coalesceKey, @series)`);
  const sameSubject = db.prepare(`
    SELECT q.id, q.coalesced FROM outbox q JOIN outbound o ON o.id = q.id
    WHERE q.bot = @bot AND q.coalesce_key = @coalesceKey AND q.state = 'queued' AND o.channel = @channel LIMIT 1`);
  const replaceText = db.prepare(
    `UPDATE outbound SET message = @message, label = @type, repeatable = @repeatable, send_at = @sendAt WHERE id = @into`,
  );
  const replacePlace = db.prepare(
    `UPDATE outbox SET coalesced = coalesced + 1, expires_at = @expiresAt, priority = max(priority, @priority),
       repeat_until = NULL WHERE id = @into`,
  );
  const knownKey = db.prepare(
    `SELECT digest, ids FROM idempotency WHERE owner = ? AND key = ? AND at > ?`,
  );
  const putKey = db.prepare(
    `INSERT OR REPLACE INTO idempotency (owner, key, digest, ids, at) VALUES (?, ?, ?, ?, ?)`,
  );
  const markSending = db.prepare(`UPDATE outbox SET state = 'sending' WHERE id = ?`);
  // Counted from the first attempt that may have arrived.
  const markRepeat = db.prepare(`
    UPDATE outbox SET repeat_until = coalesce(repeat_until, (
        SELECT @at + 1000 * coalesce(json_extract(message, '$.duplicate_check_interval'), ${DUPLICATE_CHECK_SECONDS})
        FROM outbound o WHERE o.id = @id))
    WHERE id = @id AND EXISTS (SELECT 1 FROM outbound o WHERE o.id = @id AND repeatable = 1)`);
  const markQueued = db.prepare(
    `UPDATE outbox SET state = 'queued', repeat_until = @repeatUntil WHERE id = @id`,
  );
  const markStart = db.prepare(
    `UPDATE outbound SET attempts = @attempts, egress = @egress, robot = coalesce(@robot, robot) WHERE id = @id`,
  );
  const putSend = db.prepare(
    `INSERT OR REPLACE INTO robot_send (id, robot, ended_at) VALUES (?, ?, ?)`,
  );
  const endSend = db.prepare(`UPDATE robot_send SET ended_at = ? WHERE id = ?`);
  const dropSend = db.prepare(`DELETE FROM robot_send WHERE id = ?`);
  const noteError = db.prepare(`UPDATE outbound SET error_code = ?, error_params = ? WHERE id = ?`);
  const end = db.prepare(`
    UPDATE outbound SET outcome = @outcome, ended_at = @endedAt, duration_ms = @durationMs, answer = @answer,
      result = @result, address = NULL, error_code = @errorCode, error_params = @errorParams
    WHERE id = @id`);
  const dropPlace = db.prepare(`DELETE FROM outbox WHERE id = ?`);
  const unend = db.prepare(`
    UPDATE outbound SET outcome = 'pending', ended_at = NULL, duration_ms = NULL, result = NULL, attempts = 0,
      error_code = NULL, error_params = NULL, send_at = min(send_at, @now) WHERE id = @id AND outcome IN ('refused', 'failed', 'unknown') AND message_hash IS NULL`);
  const revivePlace = db.prepare(`
    INSERT INTO outbox (id, bot, state, priority, expires_at, coalesce_key, series)
    SELECT id, bot, 'queued', 0, ?, NULL, NULL FROM outbound WHERE id = ?`);
  const pause = db.prepare(`INSERT OR REPLACE INTO robot_pause (robot, until) VALUES (?, ?)`);
  const putMedia = db.prepare(
    `INSERT OR REPLACE INTO media (scope, digest, media_id, expires_at) VALUES (?, ?, ?, ?)`,
  );
  // From the queue to its messages: the other way round it would read all that was ever sent.
  const from = `FROM outbox q CROSS JOIN outbound o ON o.id = q.id`;
  const waiting = db.prepare(`SELECT ${waitingColumns} ${from} ORDER BY o.id`);
  const oneWaiting = db.prepare(`SELECT ${waitingColumns} ${from} WHERE o.id = ?`);
  const stored = db.prepare(
    `SELECT o.*, q.state, q.repeat_until FROM outbound o LEFT JOIN outbox q ON q.id = o.id WHERE o.id = ?`,
  );
  const ends = db
    .prepare(`SELECT ended_at FROM robot_send WHERE robot = ? AND ended_at > ? ORDER BY 1`)
    .pluck();
  const addUsage = db.prepare(
    `INSERT INTO usage (key, at, count) VALUES (?, ?, ?) ON CONFLICT (key, at) DO UPDATE SET count = count + excluded.count`,
  );
  const usage = db.prepare(
    `SELECT at, count FROM usage WHERE key = ? AND at >= ? AND count > 0 ORDER BY at`,
  );
  const pausedUntil = db.prepare(`SELECT until FROM robot_pause WHERE robot = ?`).pluck();
  const media = db.prepare(
    `SELECT media_id AS mediaId, expires_at AS expiresAt FROM media WHERE scope = ? AND digest = ? AND expires_at > ?`,
  );
  const forget = [
    [db.prepare(`DELETE FROM idempotency WHERE at < ?`), IDEMPOTENCY_MS],
    [db.prepare(`DELETE FROM robot_send WHERE ended_at < ?`), CALENDAR_MS],
    [db.prepare(`DELETE FROM usage WHERE at < ?`), USAGE_MS],
    [db.prepare(`DELETE FROM media WHERE expires_at < ?`), 0],
  ] as const;

  db.transaction(() => {
    db.prepare(
      `UPDATE outbound SET outcome = 'unknown', ended_at = at + ?, error_code = 'WECOM_TIMEOUT',
         error_params = '{"reason":"restart"}'
       WHERE outcome = 'pending'
         AND id IN (SELECT id FROM outbox WHERE state = 'sending' AND coalesce(repeat_until, 0) <= ?)`,
    ).run(clock.sendTimeoutMs, now() + clock.sendTimeoutMs);
    db.exec(
      `DELETE FROM outbox WHERE (SELECT outcome FROM outbound o WHERE o.id = outbox.id) <> 'pending'`,
    );
    db.exec(`UPDATE outbox SET state = 'queued'`);
  }).immediate();

  function insertOne(message: NewMessage): WaitingMessage {
    insertMessage.run(columns(message));
    insertPlace.run(columns(message));
    return asWaiting(message);
  }

  function coalesce(message: NewMessage): Added | null {
    if (message.coalesceKey === null) return null;
    const found = sameSubject.get(columns(message)) as
      { id: string; coalesced: number } | undefined;
    if (found === undefined) return null;
    const values = { ...columns(message), into: found.id };
    replaceText.run(values);
    replacePlace.run(values);
    return { kind: 'coalesced', id: found.id, coalesced: found.coalesced + 1 };
  }

  function addAll(
    messages: readonly NewMessage[],
    idempotency: Parameters<OutboxStore['add']>[1],
  ): Added | 'conflict' {
    if (idempotency !== null) {
      const { owner, key, digest } = idempotency;
      const known = knownKey.get(owner, key, now() - IDEMPOTENCY_MS) as
        { digest: string; ids: string } | undefined;
      if (known !== undefined) {
        if (known.digest !== digest) return 'conflict';
        return { kind: 'repeated', ids: JSON.parse(known.ids) as string[] };
      }
    }
    const [only] = messages;
    const merged = messages.length === 1 && only !== undefined ? coalesce(only) : null;
    const added: Added = merged ?? { kind: 'added', waiting: messages.map(insertOne) };
    if (idempotency !== null) {
      const ids = added.kind === 'coalesced' ? [added.id] : messages.map(({ id }) => id);
      const { owner, key, digest } = idempotency;
      putKey.run(owner, key, digest, JSON.stringify(ids), now());
    }
    return added;
  }

  function use(uses: readonly Use[], sign: 1 | -1): void {
    for (const { key, at, weight } of uses) addUsage.run(key, at, sign * weight);
  }

  function count(used: Used | null): void {
    if (used === null) return;
    use(used.before ?? [], -1);
    use(used.after ?? [], 1);
    if (used.slot === null) return;
    if (used.end === null) dropSend.run(used.slot);
    else endSend.run(used.end, used.slot);
  }

  function keep(id: string, attempt: NewAttempt | null): void {
    if (attempt !== null) clock.attempts.add(id, [attempt]);
  }

  return {
    async add(messages, idempotency) {
      const size = messages.reduce((sum, { message }) => sum + message.length + ROW_BYTES, 0);
      const added = await commit.submit(size, () => addAll(messages, idempotency));
      if (added === 'conflict') throw new AppError('CONFLICT', { reason: 'idempotency' });
      return added;
    },
    claim: (id, { attempts, egress, slot, uses = [] }) =>
      commit.submit(ROW_BYTES, () => {
        use(uses, 1);
        markSending.run(id);
        markRepeat.run({ id, at: now() });
        const robot = slot?.robot ?? null;
        markStart.run({ id, attempts, egress: JSON.stringify(egress), robot });
        if (slot !== null) putSend.run(slot.id, slot.robot, slot.latestEnd);
      }),
    requeue: (id, used, { error, repeatUntil }, attempt) =>
      commit.submit(ROW_BYTES, () => {
        keep(id, attempt);
        markQueued.run({ id, repeatUntil });
        noteError.run(...errorColumns(error), id);
        count(used);
      }),
    finish: (id, used, result, answer, attempt) =>
      commit.submit(ROW_BYTES, () => {
        keep(id, attempt);
        count(used);
        dropPlace.run(id);
        const [errorCode, errorParams] = errorColumns(result.error ?? null);
        end.run({
          id,
          outcome: result.outcome,
          endedAt: now(),
          durationMs: result.durationMs,
          answer,
          result: JSON.stringify(result),
          errorCode,
          errorParams,
        });
      }),
    revive: (id, expiresAt) =>
      commit.submit(ROW_BYTES, () => {
        if (unend.run({ id, now: now() }).changes === 0) return null;
        revivePlace.run(expiresAt, id);
        return toWaiting(oneWaiting.get(id));
      }),
    pauseRobot: (robot, until) => commit.submit(ROW_BYTES, () => void pause.run(robot, until)),
    putMedia: (scope, digest, { mediaId, expiresAt }) =>
      commit.submit(ROW_BYTES, () => void putMedia.run(scope, digest, mediaId, expiresAt)),

    waiting: () => waiting.all().map(toWaiting),
    get: (id) => {
      const row = stored.get(id);
      return row === undefined ? null : toStored(row);
    },
    calendar: (robot, since) => ({
      ends: ends.all(robot, since).map(Number),
      pausedUntil: Number(pausedUntil.get(robot) ?? 0),
    }),
    usage: (key, since) => usage.all(key, since) as Usage[],
    media: (scope, digest, at) => (media.get(scope, digest, at) as StoredMedia | undefined) ?? null,
    prune: (at) => {
      commit.now(() => {
        for (const [statement, age] of forget) statement.run(at - age);
      });
    },
  };
}

function columns(message: NewMessage): Record<string, string | number | null> {
  return { ...message, repeatable: Number(message.repeatable) };
}

function errorColumns(error: ErrorInfo | null): [string | null, string | null] {
  return error === null ? [null, null] : [error.code, JSON.stringify(error.params)];
}

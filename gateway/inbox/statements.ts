import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { MessageOutcome } from '../../common/domain/history.ts';
import type { ErrorInfo } from '../../common/errors/app-error.ts';
import { lowestId } from './ids.ts';
import type { NewInbound, Settlement } from './message-store.ts';

const Before = z.object({ outcome: MessageOutcome, repeats: z.number() });
type Before = z.infer<typeof Before>;

/** Every statement of the store but the list's, prepared once. The writes are meant to run inside a transaction. */
export interface Statements {
  /** False where the callback is there already. */
  insertInbound(row: NewInbound): boolean;
  /** Counts a repetition and returns the row that holds the callback. */
  repeat(bot: string, dedupKey: string): unknown;
  countRepeat(id: string): void;
  /** Returns the outcome that was replaced, and the repetitions so far; null where the row is gone. */
  settle(id: string, settlement: Settlement): Before | null;
  /** Whether it was a dead letter. */
  redrive(id: string, now: number): boolean;
  recover(now: number): void;
  countPending(): number;
  oldestPending(): number | null;
  due(now: number, limit: number, except: readonly string[]): unknown[];
  lateDue(limit: number): string[];
  inbound(id: string): unknown;
  outbound(id: string): unknown;
  /** Deletes up to `limit` finished rows of each table from before `before` (milliseconds); returns how many went. */
  prune(before: number, limit: number): number;
}

/** Prepares {@link Statements} on `db`. */
export function prepareStatements(db: Database): Statements {
  const insert = db.prepare(`
    INSERT INTO inbound (id, bot, kind, received_at, type, event, label, msg_id, sender, dedup_key, format, raw, trace,
      outcome, target, next_attempt_at, tunnel_ms, gateway_ms, service_ms, duration_ms)
    VALUES (@id, @bot, @kind, @receivedAt, @type, @event, @label, @msgId, @sender, @dedupKey, @format, @raw, @trace,
      @outcome, @target, @nextAttemptAt, @tunnelMs, @gatewayMs, @serviceMs, @durationMs)
    ON CONFLICT (bot, dedup_key) DO NOTHING`);
  const repeat = db.prepare(
    `UPDATE inbound SET repeats = repeats + 1 WHERE bot = ? AND dedup_key = ? RETURNING *`,
  );
  const countRepeat = db.prepare(`UPDATE inbound SET repeats = repeats + 1 WHERE id = ?`);
  const before = db.prepare(`SELECT outcome, repeats FROM inbound WHERE id = ?`);
  // Each pair is (given?, value): a field that was left out keeps what is stored, also where null is a value.
  const settle = db.prepare(`
    UPDATE inbound SET outcome = @outcome,
      attempts = coalesce(@attempts, attempts),
      reply = iif(@hasReply, @reply, reply),
      gateway_ms = coalesce(@gatewayMs, gateway_ms),
      service_ms = iif(@hasService, @serviceMs, service_ms),
      duration_ms = iif(@hasDuration, @durationMs, duration_ms),
      target = iif(@hasTarget, @target, target),
      next_attempt_at = iif(@hasNext, @nextAttemptAt, next_attempt_at),
      error_code = iif(@hasError, @errorCode, error_code),
      error_params = iif(@hasError, @errorParams, error_params),
      late_reply = iif(@hasLate, @late, late_reply)
    WHERE id = @id`);
  const lateDue = db
    .prepare(`SELECT id FROM inbound WHERE late_reply IS NOT NULL ORDER BY id LIMIT ?`)
    .pluck();
  const due = db.prepare(`
    SELECT * FROM inbound WHERE outcome = 'pending' AND next_attempt_at <= ?
      AND (target IS NULL OR target NOT IN (SELECT value FROM json_each(?)))
    ORDER BY next_attempt_at LIMIT ?`);
  const inbound = db.prepare(`SELECT * FROM inbound WHERE id = ?`);
  const outbound = db.prepare(`SELECT * FROM outbound WHERE id = ?`);
  const countPending = db.prepare(`SELECT count(*) FROM inbound WHERE outcome = 'pending'`).pluck();
  const oldest = db
    .prepare(`SELECT min(received_at) FROM inbound WHERE outcome = 'pending'`)
    .pluck();
  // What was scheduled is as old as the moment it left.
  const prunes = (
    [
      ['inbound', ''],
      ['outbound', 'AND coalesce(send_at, 0) < @before'],
    ] as const
  ).map(([table, also]) =>
    db.prepare(
      `DELETE FROM ${table} WHERE rowid IN
         (SELECT rowid FROM ${table} WHERE id < @id AND outcome <> 'pending' ${also} ORDER BY id LIMIT @limit)`,
    ),
  );
  const redrive = db.prepare(`
    UPDATE inbound SET outcome = 'pending', attempts = 0, next_attempt_at = @now, redriven_at = @now,
      error_code = NULL, error_params = NULL
    WHERE id = @id AND outcome = 'failed' AND raw_hash IS NULL`);
  const recoverInbound = db.prepare(
    `UPDATE inbound SET next_attempt_at = ? WHERE outcome = 'pending' AND attempts = 0`,
  );

  return {
    insertInbound: (row) => {
      const { spans, ...columns } = row;
      return insert.run({ ...columns, ...spans, label: row.event ?? row.type }).changes === 1;
    },
    repeat: (bot, dedupKey) => repeat.get(bot, dedupKey),
    countRepeat: (id) => void countRepeat.run(id),
    settle: (id, settlement) => {
      const row = Before.safeParse(before.get(id));
      if (!row.success) return null;
      settle.run({ id, ...settlementColumns(settlement) });
      return row.data;
    },
    redrive: (id, now) => redrive.run({ id, now }).changes === 1,
    recover: (now) => void recoverInbound.run(now),
    countPending: () => Number(countPending.get()),
    oldestPending: () => {
      const at = oldest.get();
      return typeof at === 'number' ? at : null;
    },
    due: (now, limit, except) => due.all(now, JSON.stringify(except), limit),
    lateDue: (limit) => lateDue.all(limit).map(String),
    inbound: (id) => inbound.get(id),
    outbound: (id) => outbound.get(id),
    prune: (before, limit) =>
      prunes.reduce(
        (count, prune) => count + prune.run({ id: lowestId(before), before, limit }).changes,
        0,
      ),
  };
}

type Columns = Record<string, string | number | null>;

function errorColumns(error: ErrorInfo | null): Columns {
  return {
    errorCode: error?.code ?? null,
    errorParams: error === null ? null : JSON.stringify(error.params),
  };
}

/** SQLite has no booleans: 0 and 1. */
function settlementColumns(settlement: Settlement): Columns {
  const given = (value: unknown): number => Number(value !== undefined);
  return {
    outcome: settlement.outcome,
    attempts: settlement.attempts ?? null,
    hasReply: given(settlement.reply),
    reply: settlement.reply ?? null,
    gatewayMs: settlement.gatewayMs ?? null,
    hasService: given(settlement.serviceMs),
    serviceMs: settlement.serviceMs ?? null,
    hasDuration: given(settlement.durationMs),
    durationMs: settlement.durationMs ?? null,
    hasTarget: given(settlement.target),
    target: settlement.target ?? null,
    hasNext: given(settlement.nextAttemptAt),
    nextAttemptAt: settlement.nextAttemptAt ?? null,
    hasLate: given(settlement.late),
    late: settlement.late ?? null,
    hasError: given(settlement.error),
    ...errorColumns(settlement.error ?? null),
  };
}

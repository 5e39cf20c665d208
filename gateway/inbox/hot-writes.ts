import type { Database } from 'better-sqlite3';
import { createAttempts, type NewAttempt } from './attempts.ts';
import type { NewInbound, Settlement } from './message-store.ts';

/** What a column is bound to. */
export type Value = string | number | null | Uint8Array;

/**
 * A write of the hot way, as values and not as a function: it may be done by another thread. `take` adds a callback or counts
 * its repetition, `settle` writes down what became of it, `settle_tried` also what was tried, `repeat` counts a repetition by the row's id.
 */
export interface HotWrite {
  readonly kind: HotKind;
  readonly values: readonly Value[];
}

export const hotKinds = ['take', 'settle', 'settle_tried', 'repeat'] as const;
export type HotKind = (typeof hotKinds)[number];

const takeColumns = [
  ...[
    'id',
    'bot',
    'kind',
    'received_at',
    'type',
    'event',
    'label',
    'msg_id',
    'sender',
    'dedup_key',
  ],
  ...['format', 'raw', 'trace', 'outcome', 'target', 'next_attempt_at'],
  ...['tunnel_ms', 'gateway_ms', 'service_ms', 'duration_ms'],
];
const BOT = takeColumns.indexOf('bot');
const DEDUP_KEY = takeColumns.indexOf('dedup_key');

// Each pair is (given?, value): a field that was left out keeps what is stored, also where null is a value.
const settleColumns = [
  'outcome = ?',
  ...['attempts = coalesce(?, attempts)', 'gateway_ms = coalesce(?, gateway_ms)'],
  ...['reply', 'service_ms', 'duration_ms', 'target', 'next_attempt_at'].map(ifGiven),
  ...['error_code', 'error_params', 'late_reply'].map(ifGiven),
];

function ifGiven(column: string): string {
  return `${column} = iif(?, ?, ${column})`;
}

const SETTLE_VALUES = 1 + 2 + 8 * 2 + 1;
/** How many values a write of each kind has. */
export const valueCounts: Readonly<Record<HotKind, number>> = {
  take: takeColumns.length,
  settle: SETTLE_VALUES,
  settle_tried: 1 + SETTLE_VALUES,
  repeat: 1,
};

export function takeWrite(row: NewInbound): HotWrite {
  const { spans } = row;
  return {
    kind: 'take',
    values: [
      ...[row.id, row.bot, row.kind, row.receivedAt, row.type, row.event, row.event ?? row.type],
      ...[row.msgId, row.sender, row.dedupKey, row.format, row.raw, row.trace, row.outcome],
      ...[row.target, row.nextAttemptAt, spans.tunnelMs, spans.gatewayMs, spans.serviceMs],
      row.durationMs,
    ],
  };
}

export function settleWrite(id: string, settlement: Settlement): HotWrite {
  const { error } = settlement;
  const code = error === undefined ? undefined : (error?.code ?? null);
  const params = error == null ? null : JSON.stringify(error.params);
  const { reply, serviceMs, durationMs, target, nextAttemptAt, late } = settlement;
  const values: Value[] = [
    settlement.outcome,
    settlement.attempts ?? null,
    settlement.gatewayMs ?? null,
  ];
  for (const value of [reply, serviceMs, durationMs, target, nextAttemptAt, code]) {
    values.push(value === undefined ? 0 : 1, value ?? null);
  }
  values.push(code === undefined ? 0 : 1, params, late === undefined ? 0 : 1, late ?? null, id);
  const { tries = [] } = settlement;
  if (tries.length === 0) return { kind: 'settle', values };
  return { kind: 'settle_tried', values: [JSON.stringify(tries), ...values] };
}

export function repeatWrite(id: string): HotWrite {
  return { kind: 'repeat', values: [id] };
}

/** Does one write; to be called inside a transaction. */
export type DoHotWrite = (write: HotWrite) => unknown;

/**
 * Prepares the statements. A `take` gives null for a new row, else the row that holds the callback; a `settle` the outcome that was
 * replaced and the repetitions so far, or null where the row is gone.
 */
export function prepareHotWrites(db: Database): DoHotWrite {
  const attempts = createAttempts(db);
  const places = takeColumns.map(() => '?').join(', ');
  const insert = db.prepare(
    `INSERT INTO inbound (${takeColumns.join(', ')}) VALUES (${places}) ON CONFLICT (bot, dedup_key) DO NOTHING`,
  );
  const taken = db.prepare(
    `UPDATE inbound SET repeats = repeats + 1 WHERE bot = ? AND dedup_key = ? RETURNING *`,
  );
  const before = db.prepare(`SELECT outcome, repeats FROM inbound WHERE id = ?`).raw();
  const settle = db.prepare(`UPDATE inbound SET ${settleColumns.join(', ')} WHERE id = ?`);
  const repeat = db.prepare(`UPDATE inbound SET repeats = repeats + 1 WHERE id = ?`);
  const settled = (values: readonly Value[]): unknown => {
    const found = before.get(values.at(-1)) ?? null;
    if (found !== null) settle.run(values);
    return found;
  };
  return ({ kind, values }) => {
    switch (kind) {
      case 'take':
        return insert.run(values).changes === 1 ? null : taken.get(values[BOT], values[DEDUP_KEY]);
      case 'settle':
        return settled(values);
      case 'settle_tried': {
        const found = settled(values.slice(1));
        const tries = JSON.parse(String(values[0])) as NewAttempt[];
        if (found !== null) attempts.add(String(values.at(-1)), tries);
        return found;
      }
      default:
        return void repeat.run(values);
    }
  };
}

import { createAttempts } from './attempts.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHistory } from './history.ts';
import { createIdSource } from './ids.ts';
import type { MessageStore, NewInbound, Taken } from './message-store.ts';
import { toInboundRecord, toOutboundRecord } from './rows.ts';
import { createSqliteOutbox } from '../sending/outbox/sqlite-outbox.ts';
import { createSqliteStreams } from '../streams/sqlite-streams.ts';
import { openDatabase, probeWrite } from './schema.ts';
import { createSelectionReader } from './selection.ts';
import { prepareStatements } from './statements.ts';
import { createUpkeep } from './upkeep.ts';

const MAX_WAIT_MS = 2;
const MAX_BATCH = 256;
const MAX_WAITING = 8192;
const MAX_WAITING_BYTES = 64 << 20;
/** How often a failing store is tried, milliseconds. */
const PROBE_MS = 1_000;
/** What a row weighs beside its plaintext, for the bound on waiting bytes. */
const ROW_BYTES = 512;

export interface SqliteStoreOptions {
  readonly dataDir: string;
  readonly now: () => number;
  /** Latest end of a send that was open when the program died, after its start; milliseconds. */
  readonly sendTimeoutMs: number;
  readonly onCommit?: (commit: { seconds: number; size: number; failed: number }) => void;
}

/**
 * The inbox and the record of sends in SQLite. What a crash left open is set right first: sends in flight become
 * `unknown`, callbacks whose first delivery was in flight are due at once. Throws SETTINGS_FROM_FUTURE,
 * STORE_UNAVAILABLE.
 */
export function openSqliteStore(options: SqliteStoreOptions): MessageStore {
  const db = openDatabase(options.dataDir);
  const sql = prepareStatements(db);
  const history = createHistory(db);
  const commit = createGroupCommit(db, {
    maxWaitMs: MAX_WAIT_MS,
    maxBatch: MAX_BATCH,
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    ...(options.onCommit === undefined ? {} : { onCommit: options.onCommit }),
  });
  const newId = createIdSource();
  sql.recover(options.now());
  const attempts = createAttempts(db);
  const outbox = createSqliteOutbox(db, commit, { ...options, attempts });
  const streams = createSqliteStreams(db, commit);
  const selections = createSelectionReader(db);
  const upkeep = createUpkeep(db);
  let pending = sql.countPending();

  // A store that failed must not wait for the next callback to show that it is well again: whoever watches the health
  // may be holding callbacks back because of it.
  const probe = setInterval(() => {
    if (commit.failure === null) return;
    commit.submit(0, () => probeWrite(db)).catch(() => undefined);
  }, PROBE_MS);
  probe.unref();

  function insertOrRepeat(row: NewInbound): Taken {
    if (sql.insertInbound(row)) {
      const fresh = {
        attempts: 0,
        repeats: 0,
        reply: null,
        error: null,
        late: null,
        rawHash: null,
        redrivenAt: null,
      };
      const record = { ...row, ...fresh };
      return { duplicate: false, record };
    }
    return { duplicate: true, record: toInboundRecord(sql.repeat(row.bot, row.dedupKey)) };
  }

  return {
    newId,
    async take(row) {
      const taken = await commit.submit(row.raw.length + ROW_BYTES, () => insertOrRepeat(row));
      if (!taken.duplicate && row.outcome === 'pending') pending += 1;
      return taken;
    },
    countRepeat: (id) => commit.submit(ROW_BYTES, () => sql.countRepeat(id)),
    async settle(id, settlement) {
      const size = ROW_BYTES + (settlement.reply?.length ?? 0) + (settlement.late?.length ?? 0);
      const before = await commit.submit(size, () => {
        attempts.add(id, settlement.tries ?? []);
        return sql.settle(id, settlement);
      });
      if (before === null) return 0;
      pending += Number(settlement.outcome === 'pending') - Number(before.outcome === 'pending');
      return before.repeats;
    },

    due: (now, limit, except) => sql.due(now, limit, except).map(toInboundRecord),
    oldestPending: () => sql.oldestPending(),
    list: (query) => history.list(query),
    inbound: (id) => {
      const row = sql.inbound(id);
      return row === undefined ? null : toInboundRecord(row);
    },
    outbound: (id) => {
      const row = sql.outbound(id);
      return row === undefined ? null : toOutboundRecord(row);
    },
    attempts: (id) => attempts.of(id),
    outbox,
    streams,
    lateDue: (limit) => sql.lateDue(limit),
    select: (selection, after, limit) =>
      selections.select(selection, after, limit).map(toInboundRecord),
    countSelected: (selection, most) => selections.count(selection, most),
    async redrive(ids, now) {
      const done = await commit.submit(ids.length * ROW_BYTES, () =>
        ids.filter((id) => sql.redrive(id, now)),
      );
      pending += done.length;
      return done;
    },
    pruneOldest: (limit) => upkeep.pruneOldest(limit),
    redact: (before, limit) => upkeep.redact(before, limit),
    size: () => upkeep.size(),
    prune: (before, limit) => sql.prune(before, limit),
    get pending() {
      return pending;
    },
    get waiting() {
      return commit.waiting;
    },
    get failure() {
      return commit.failure;
    },
    close() {
      clearInterval(probe);
      commit.flush();
      db.close();
    },
  };
}

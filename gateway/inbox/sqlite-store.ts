import * as z from 'zod';
import { MessageOutcome } from '../../common/domain/history.ts';
import { createAttempts } from './attempts.ts';
import { createDueReader } from './due.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHistory } from './history.ts';
import { prepareHotWrites, repeatWrite, settleWrite, takeWrite } from './hot-writes.ts';
import { createIdSource } from './ids.ts';
import type { MessageStore, NewInbound, Taken } from './message-store.ts';
import { toInboundRecord, toOutboundRecord } from './rows.ts';
import { createSqliteOutbox } from '../sending/outbox/sqlite-outbox.ts';
import { createSqliteReplays } from '../replay/replay-store.ts';
import { createSqliteStreams } from '../streams/sqlite-streams.ts';
import { openDatabase, probeWrite } from './schema.ts';
import { createSelectionReader } from './selection.ts';
import { prepareStatements } from './statements.ts';
import { createUpkeep } from './upkeep.ts';
import { startWriteThread } from './write-thread.ts';

const MAX_WAIT_MS = 2;
const MAX_BATCH = 256;
const MAX_WAITING = 8192;
const MAX_WAITING_BYTES = 64 << 20;
/** Writes of one transaction from which on they are left to another thread: some 500 callbacks a second. */
const THREAD_FROM = 16;
/** How often a failing store is tried, milliseconds. */
const PROBE_MS = 1_000;
/** What a row weighs beside its plaintext, for the bound on waiting bytes. */
const ROW_BYTES = 512;

/** Outcome that was replaced, and repetitions so far. */
const Before = z.tuple([MessageOutcome, z.number()]).nullable();

export interface SqliteStoreOptions {
  readonly dataDir: string;
  readonly now: () => number;
  /** Latest end of a send that was open when the program died, after its start; milliseconds. */
  readonly sendTimeoutMs: number;
  readonly onCommit?: (commit: { seconds: number; size: number; failed: number }) => void;
  /** Hot writes of one transaction from which on a thread does them; for testing. */
  readonly threadFrom?: number;
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
  const hot = prepareHotWrites(db);
  const commit = createGroupCommit(db, {
    maxWaitMs: MAX_WAIT_MS,
    maxBatch: MAX_BATCH,
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    ...(options.onCommit === undefined ? {} : { onCommit: options.onCommit }),
    hot: {
      write: hot,
      threadFrom: options.threadFrom ?? THREAD_FROM,
      startThread: (onLost) => startWriteThread(db.name, onLost),
    },
  });
  const newId = createIdSource();
  sql.recover(options.now());
  const waiting = createDueReader(db);
  const attempts = createAttempts(db);
  const outbox = createSqliteOutbox(db, commit, { ...options, attempts });
  const streams = createSqliteStreams(db, commit);
  const replays = createSqliteReplays(db, commit);
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

  /** What a `take` gave: null for a new row. */
  function takenOf(row: NewInbound, there: unknown): Taken {
    if (there !== null) return { duplicate: true, record: toInboundRecord(there) };
    const fresh = {
      attempts: 0,
      repeats: 0,
      reply: null,
      error: null,
      late: null,
      rawHash: null,
      redrivenAt: null,
    };
    return { duplicate: false, record: { ...row, ...fresh } };
  }

  return {
    newId,
    async take(row) {
      const bytes = row.raw.length + ROW_BYTES;
      const taken = takenOf(row, await commit.submitHot(bytes, takeWrite(row)));
      if (!taken.duplicate && row.outcome === 'pending') pending += 1;
      return taken;
    },
    async countRepeat(id) {
      await commit.submitHot(ROW_BYTES, repeatWrite(id));
    },
    async settle(id, settlement) {
      const size = ROW_BYTES + (settlement.reply?.length ?? 0) + (settlement.late?.length ?? 0);
      const before = Before.parse(await commit.submitHot(size, settleWrite(id, settlement)));
      if (before === null) return 0;
      const [outcome, repeats] = before;
      pending += Number(settlement.outcome === 'pending') - Number(outcome === 'pending');
      return repeats;
    },

    due: (now, limit, without) =>
      waiting.due(now, limit, without).map((id) => toInboundRecord(sql.inbound(id))),
    oldestPending: () => waiting.oldest(),
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
    replays,
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
    pruneOldest: (limit) => commit.now(() => upkeep.pruneOldest(limit)),
    redact: (before, limit) => commit.now(() => upkeep.redact(before, limit)),
    size: () => upkeep.size(),
    prune: (before, limit) => commit.now(() => sql.prune(before, limit)),
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
      commit.close();
      db.close();
    },
  };
}

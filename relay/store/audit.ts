import type { Database } from 'better-sqlite3';
import type { AuditRow, AuditVerdict } from '../../common/domain/relay/views.ts';
import type { Json } from '../../common/text/canonical-json.ts';
import { chainHash, GENESIS } from './audit-chain.ts';

/** Who did something: a user of the console, `admin-key`, `relay`, or the id of a device; and from which address. */
export interface Actor {
  readonly name: string;
  readonly address: string | null;
}

/** The relay itself, and whoever holds its admin key or runs in its process. */
export const adminKey: Actor = { name: 'admin-key', address: null };

/** One thing that happened to tunnels, tokens, devices or accounts. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: string;
  /** Before and after where something changed; never a secret. */
  readonly detail: Readonly<Record<string, Json>>;
}

/**
 * The audit log: each row carries the hash of the one before, so that a row that was changed, removed or put in between is
 * found. Who can write the database could write the whole chain anew; the head that {@link AuditStore.verify} returns, kept
 * elsewhere, shows that as well.
 */
export interface AuditStore {
  add(entry: AuditEntry): void;
  /** Newest first, `limit` at most, older than row `before` and containing `search` where given. */
  list(query: { limit: number; before?: number; search?: string }): AuditRow[];
  /** Oldest first, `limit` at most, younger than row `after`. */
  page(after: number, limit: number): AuditRow[];
  /** Checks every row, in slices, so that traffic does not wait for it. */
  verify(): Promise<AuditVerdict>;
}

interface StoredRow {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly subject: string;
  readonly details: string;
  readonly prev_hash: string;
  readonly hash: string;
}

const KEEP = 100_000;
const SWEEP_EVERY = 1_000;
/** Rows that a check reads at once: some milliseconds. */
const SLICE = 1_000;

export function auditStore(database: Database, keep: number = KEEP): AuditStore {
  const last = database.prepare<[], { seq: number; hash: string }>(
    'SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1',
  );
  const anchor = database.prepare<[], { seq: number; hash: string }>(
    'SELECT seq, hash FROM audit_anchor',
  );
  const setAnchor = database.prepare<[number]>(
    `INSERT INTO audit_anchor (id, seq, hash) SELECT 1, seq, hash FROM audit_chain WHERE seq = ?
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
  );
  const insert = database.prepare<
    [number, number, string, string | null, string, string, string, string, string]
  >(
    `INSERT INTO audit_chain (seq, at, actor, address, action, subject, details, prev_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const sweep = database.prepare<[number]>('DELETE FROM audit_chain WHERE seq <= ?');
  const select = database.prepare<{ before: number; search: string; limit: number }, StoredRow>(
    `SELECT * FROM audit_chain WHERE seq < @before AND (@search = '' OR instr(lower(
       actor || char(10) || coalesce(address, '') || char(10) || action || char(10) || subject || char(10) || details),
       @search) > 0)
     ORDER BY seq DESC LIMIT @limit`,
  );
  const page = database.prepare<[number, number], StoredRow>(
    'SELECT * FROM audit_chain WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const everGiven = database
    .prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'audit_chain'")
    .pluck();

  const add = database.transaction((entry: AuditEntry) => {
    const before = last.get() ?? anchor.get() ?? { seq: 0, hash: GENESIS };
    const row = {
      seq: Math.max(before.seq, everGiven.get() ?? 0) + 1,
      at: entry.time,
      actor: entry.actor.name,
      address: entry.actor.address,
      action: entry.action,
      subject: entry.subject,
      detail: JSON.stringify(entry.detail),
    };
    const hash = chainHash(before.hash, row);
    insert.run(
      row.seq,
      row.at,
      row.actor,
      row.address,
      row.action,
      row.subject,
      row.detail,
      before.hash,
      hash,
    );
    if (row.seq % Math.min(SWEEP_EVERY, keep) === 0 && row.seq > keep) {
      setAnchor.run(row.seq - keep);
      sweep.run(row.seq - keep);
    }
  });

  return {
    add: (entry) => add(entry),
    list: ({ limit, before = Number.MAX_SAFE_INTEGER, search = '' }) =>
      select.all({ before, limit, search: search.trim().toLowerCase() }).map(readable),
    page: (after, limit) => page.all(after, limit).map(readable),
    verify: async () => {
      const start = (): Link => anchor.get() ?? { seq: 0, hash: GENESIS };
      let from = start();
      for (;;) {
        const verdict = await checkChain((after) => page.all(after, SLICE), from);
        // Old rows that were swept meanwhile are no gap: begin again where the chain begins now.
        const now = start();
        if (now.seq !== from.seq) {
          from = now;
          continue;
        }
        if (!verdict.intact) return verdict;
        // A row that was cut off at the end leaves the number that it had.
        const after = page.get(verdict.headSeq, 1);
        if (after === undefined && verdict.headSeq < (everGiven.get() ?? 0)) {
          const brokenSeq = verdict.headSeq + 1;
          return { intact: false, rows: verdict.rows, brokenSeq, reason: 'end' };
        }
        return verdict;
      }
    },
  };
}

interface Link {
  readonly seq: number;
  readonly hash: string;
}

async function checkChain(
  slice: (after: number) => readonly StoredRow[],
  from: Link,
): Promise<AuditVerdict> {
  let { seq, hash } = from;
  let count = 0;
  for (;;) {
    const rows = slice(seq);
    for (const row of rows) {
      const fault = faultOf(row, seq, hash);
      if (fault !== null) return { intact: false, rows: count, brokenSeq: row.seq, reason: fault };
      ({ seq, hash } = row);
      count += 1;
    }
    if (rows.length < SLICE) return { intact: true, rows: count, headSeq: seq, head: hash };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function faultOf(row: StoredRow, seq: number, previous: string): 'gap' | 'link' | 'hash' | null {
  if (row.seq !== seq + 1) return 'gap';
  if (row.prev_hash !== previous) return 'link';
  return chainHash(previous, { ...row, detail: row.details }) === row.hash ? null : 'hash';
}

/** Details that somebody damaged are shown as they are; the check says that they were. */
function readable({ details, ...row }: StoredRow): AuditRow {
  const { seq, at, actor, address, action, subject, hash } = row;
  const shown = { seq, at, actor, address, action, subject, hash };
  try {
    return { ...shown, details: JSON.parse(details) as AuditRow['details'] };
  } catch {
    return { ...shown, details: { damaged: details } };
  }
}

import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../../common/errors/app-error.ts';
import { pathOf } from '../gates/access.ts';
import type { RequestHead } from '../ingress/request-head.ts';
import { createGroupCommit } from './group-commit.ts';

/** A callback as it came: still encrypted, with the fields of its head that the gateway needs. */
export interface HeldCallback {
  readonly seq: number;
  readonly heldAt: number;
  readonly head: RequestHead;
  readonly body: Buffer;
}

export interface HeldFigures {
  readonly rows: number;
  /** Bytes of heads and bodies. */
  readonly bytes: number;
}

/** Callbacks on disk, in the order they came. */
export interface HeldStore {
  /**
   * Resolves once it is on disk: `duplicate` when the same one (by its signature, or by its bytes) is there already,
   * `full` when it does not fit into `maxBytes`. Rejects when it cannot be written.
   */
  readonly add: (
    tunnel: string,
    identity: string,
    callback: Omit<HeldCallback, 'seq'>,
    maxBytes: number,
  ) => Promise<'stored' | 'duplicate' | 'full'>;
  /** The oldest of a tunnel that is not among `except`. */
  readonly first: (tunnel: string, except: ReadonlySet<number>) => HeldCallback | null;
  /** It is not given out again from now on; resolves once it is gone from the disk too, rejects when that cannot be written. */
  readonly remove: (tunnel: string, seq: number) => Promise<void>;
  /** Removes those held before `heldBefore`; resolves with their sequence numbers. */
  readonly expire: (tunnel: string, heldBefore: number) => Promise<readonly number[]>;
  readonly removeTunnel: (tunnel: string) => void;
  readonly figures: (tunnel: string) => HeldFigures;
  /** How many of a tunnel are still to be given out. */
  readonly waiting: (tunnel: string) => number;
  /** When the first of a tunnel came; null when there is none. */
  readonly oldestAt: (tunnel: string) => number | null;
  readonly tunnels: () => string[];
  readonly close: () => void;
}

const schema = `
CREATE TABLE IF NOT EXISTS held (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tunnel TEXT NOT NULL,
  identity TEXT NOT NULL,
  digest BLOB NOT NULL,
  held_at INTEGER NOT NULL,
  head TEXT NOT NULL,
  body BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  UNIQUE (tunnel, identity),
  UNIQUE (tunnel, digest)
) STRICT;
CREATE INDEX IF NOT EXISTS held_by_tunnel ON held (tunnel, seq);
`;
const VERSION = 1;
/** Rows that are skipped at most when the first of a tunnel is looked for. */
const MAX_LOOK = 1_000;
/** All that a gateway reads of a callback's head besides its address. */
const KEPT_FIELDS = ['content-type', 'user-agent', 'traceparent', 'tracestate'] as const;

interface Row {
  readonly seq: number;
  readonly held_at: number;
  readonly head: string;
  readonly body: Buffer;
}

/** Opens `spool.db` of a data directory. Throws `DATA_DIR_IN_USE`, `SETTINGS_FROM_FUTURE`. */
export function openHeldStore(dataDir: string): HeldStore {
  const database = open(dataDir);
  const commits = createGroupCommit(database);
  const insert = database.prepare<[string, string, Buffer, number, string, Buffer, number]>(
    `INSERT INTO held (tunnel, identity, digest, held_at, head, body, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const known = database
    .prepare<[string, string, Buffer], number>(
      'SELECT 1 FROM held WHERE tunnel = ? AND (identity = ? OR digest = ?)',
    )
    .pluck();
  const sequence = database
    .prepare<[string, number], number>('SELECT seq FROM held WHERE tunnel = ? ORDER BY seq LIMIT ?')
    .pluck();
  const oldest = database
    .prepare<[string], number>('SELECT held_at FROM held WHERE tunnel = ? ORDER BY seq LIMIT 1')
    .pluck();
  const select = database.prepare<[number], Row>(
    'SELECT seq, held_at, head, body FROM held WHERE seq = ?',
  );
  const remove = database
    .prepare<[number], number>('DELETE FROM held WHERE seq = ? RETURNING bytes')
    .pluck();
  const expire = database.prepare<[string, number], Pick<Row, 'seq'> & { readonly bytes: number }>(
    'DELETE FROM held WHERE tunnel = ? AND held_at < ? RETURNING seq, bytes',
  );
  const removeTunnel = database.prepare<[string]>('DELETE FROM held WHERE tunnel = ?');

  const figures = new Map<string, { rows: number; bytes: number }>();
  const sums = database.prepare<[], { tunnel: string; rows: number; bytes: number }>(
    'SELECT tunnel, count(*) AS rows, sum(bytes) AS bytes FROM held GROUP BY tunnel',
  );
  for (const { tunnel, rows, bytes } of sums.all()) figures.set(tunnel, { rows, bytes });

  /** Delivered, and about to be deleted; by tunnel. */
  const leaving = new Map<string, Set<number>>();
  const leavingOf = (tunnel: string): Set<number> => {
    let seqs = leaving.get(tunnel);
    if (seqs === undefined) leaving.set(tunnel, (seqs = new Set()));
    return seqs;
  };
  const count = (tunnel: string, rows: number, bytes: number): void => {
    const before = figures.get(tunnel) ?? { rows: 0, bytes: 0 };
    const after = { rows: before.rows + rows, bytes: before.bytes + bytes };
    if (after.rows > 0) figures.set(tunnel, after);
    else {
      figures.delete(tunnel);
      leaving.delete(tunnel);
    }
  };

  return {
    add: async (tunnel, identity, callback, maxBytes) => {
      const head = headText(callback.head);
      const bytes = Buffer.byteLength(head) + callback.body.length;
      const digest = digestOf(callback);
      if (known.get(tunnel, identity, digest) !== undefined) return 'duplicate';
      if ((figures.get(tunnel)?.bytes ?? 0) + bytes > maxBytes) return 'full';
      // Counted before it is written, so that many at once cannot go beyond the limit together.
      count(tunnel, 1, bytes);
      try {
        const { changes } = await commits.submit(() =>
          insert.run(tunnel, identity, digest, callback.heldAt, head, callback.body, bytes),
        );
        if (changes === 0) count(tunnel, -1, -bytes);
        return changes === 0 ? 'duplicate' : 'stored';
      } catch (error) {
        count(tunnel, -1, -bytes);
        throw error;
      }
    },
    first: (tunnel, except) => {
      const gone = leaving.get(tunnel);
      const seq = sequence
        .all(tunnel, Math.min(MAX_LOOK, except.size + (gone?.size ?? 0) + 1))
        .find((one) => !except.has(one) && gone?.has(one) !== true);
      const row = seq === undefined ? undefined : select.get(seq);
      if (row === undefined) return null;
      const head = JSON.parse(row.head) as RequestHead;
      return { seq: row.seq, heldAt: row.held_at, head, body: row.body };
    },
    remove: async (tunnel, seq) => {
      leavingOf(tunnel).add(seq);
      const bytes = await commits.submit(() => remove.get(seq));
      leaving.get(tunnel)?.delete(seq);
      if (bytes !== undefined) count(tunnel, -1, -bytes);
    },
    expire: async (tunnel, heldBefore) => {
      const gone = await commits.submit(() => expire.all(tunnel, heldBefore));
      count(tunnel, -gone.length, -gone.reduce((sum, { bytes }) => sum + bytes, 0));
      return gone.map(({ seq }) => seq);
    },
    removeTunnel: (tunnel) => {
      commits.flush();
      removeTunnel.run(tunnel);
      figures.delete(tunnel);
      leaving.delete(tunnel);
    },
    figures: (tunnel) => figures.get(tunnel) ?? { rows: 0, bytes: 0 },
    waiting: (tunnel) => (figures.get(tunnel)?.rows ?? 0) - (leaving.get(tunnel)?.size ?? 0),
    oldestAt: (tunnel) => (figures.has(tunnel) ? (oldest.get(tunnel) ?? null) : null),
    tunnels: () => [...figures.keys()],
    close: () => {
      commits.flush();
      database.close();
    },
  };
}

function open(dataDir: string): Sqlite.Database {
  const file = join(dataDir, 'spool.db');
  const database = new Sqlite(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    // What was answered must be on disk, not in the system's cache.
    database.pragma('synchronous = FULL');
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > VERSION) throw new AppError('SETTINGS_FROM_FUTURE', { version });
    database.exec(schema);
    database.pragma(`user_version = ${VERSION}`);
  } catch (thrown) {
    database.close();
    if ((thrown as { code?: unknown }).code !== 'SQLITE_BUSY') throw thrown;
    throw new AppError('DATA_DIR_IN_USE', { dir: dataDir }, { cause: thrown });
  }
  return database;
}

function headText(head: RequestHead): string {
  const headers: Record<string, string | string[]> = {};
  for (const name of KEPT_FIELDS) {
    const value = head.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return JSON.stringify({ ...head, headers });
}

/** The same bytes for the same bot are the same callback: each ciphertext begins with 16 random bytes. */
function digestOf({ head, body }: Omit<HeldCallback, 'seq'>): Buffer {
  return createHash('sha256').update(pathOf(head.path)).update('\n').update(body).digest();
}

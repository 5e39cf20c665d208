import { createHash } from 'node:crypto';
import { statfsSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { lowestId } from './ids.ts';

/** Bytes of the store and of its disk. */
export interface StoreSize {
  /** Taken by what is stored; freed pages are used again before the file grows. */
  readonly used: number;
  /** Of the files on disk. */
  readonly file: number;
  /** Still free on the disk; null where the system does not say. */
  readonly free: number | null;
}

/** Keeps the store within its bounds, a few rows at a time. */
export interface Upkeep {
  /** Deletes up to `limit` of the oldest finished rows; returns how many went. */
  pruneOldest(limit: number): number;
  /**
   * Takes the text out of up to `limit` rows older than `before` (milliseconds) and leaves the SHA-256 of what it was; returns how
   * many were looked at. Goes on where it stopped, also after a restart.
   */
  redact(before: number, limit: number): number;
  size(): StoreSize;
}

const MARK = { inbound: 'redacted_inbound', outbound: 'redacted_outbound' } as const;

export function createUpkeep(db: Database): Upkeep {
  const oldest = (['inbound', 'outbound'] as const).map((table) =>
    db.prepare(
      `DELETE FROM ${table} WHERE rowid IN
         (SELECT rowid FROM ${table} WHERE outcome <> 'pending' ORDER BY id LIMIT ?)`,
    ),
  );
  const mark = db.prepare(`SELECT value FROM mark WHERE name = ?`).pluck();
  const setMark = db.prepare(`INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)`);
  const next = {
    inbound: db.prepare(
      `SELECT id, raw AS text, outcome FROM inbound WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
    ),
    outbound: db.prepare(
      `SELECT id, message AS text, outcome FROM outbound WHERE id > ? AND id < ? AND send_at IS NULL ORDER BY id LIMIT ?`,
    ),
  };
  const clear = {
    inbound: db.prepare(
      `UPDATE inbound SET raw = x'', reply = NULL, late_reply = NULL, raw_hash = ? WHERE id = ? AND raw_hash IS NULL`,
    ),
    outbound: db.prepare(
      `UPDATE outbound SET message = 'null', answer = NULL, address = NULL, message_hash = ?
       WHERE id = ? AND message_hash IS NULL`,
    ),
  };

  // What was scheduled may wait for a month, and must not hold up the others' redaction meanwhile.
  const scheduled = db.prepare(
    `SELECT id, message AS text FROM outbound
     WHERE send_at < ? AND message_hash IS NULL AND outcome <> 'pending' ORDER BY send_at LIMIT ?`,
  );
  function redactScheduled(before: number, limit: number): number {
    const rows = scheduled.all(before, limit) as { id: string; text: string }[];
    for (const { id, text } of rows) {
      clear.outbound.run(createHash('sha256').update(text).digest('hex'), id);
    }
    return rows.length;
  }

  function redactTable(table: 'inbound' | 'outbound', before: string, limit: number): number {
    const marked = mark.get(MARK[table]);
    const from = typeof marked === 'string' ? marked : '';
    const rows = next[table].all(from, before, limit) as {
      id: string;
      text: Buffer | string;
      outcome: string;
    }[];
    // What still waits needs its text: it is waited for, so that nothing is passed over.
    const waiting = rows.findIndex(({ outcome }) => outcome === 'pending');
    const ready = waiting === -1 ? rows : rows.slice(0, waiting);
    for (const { id, text } of ready) {
      clear[table].run(createHash('sha256').update(text).digest('hex'), id);
    }
    const last = ready.at(-1);
    if (last !== undefined) setMark.run(MARK[table], last.id);
    return ready.length;
  }

  return {
    pruneOldest: (limit) => oldest.reduce((sum, one) => sum + one.run(limit).changes, 0),
    redact: db.transaction((before: number, limit: number) => {
      const bound = lowestId(before);
      return (
        redactTable('inbound', bound, limit) +
        redactTable('outbound', bound, limit) +
        redactScheduled(before, limit)
      );
    }),
    size() {
      const pragma = (name: string): number => Number(db.pragma(name, { simple: true }));
      const page = pragma('page_size');
      const used = (pragma('page_count') - pragma('freelist_count')) * page;
      return { used, file: fileBytes(db.name), free: freeBytes(db.name) };
    },
  };
}

function fileBytes(file: string): number {
  return ['', '-wal', '-shm'].reduce((sum, suffix) => {
    const stat = statSync(file + suffix, { throwIfNoEntry: false });
    return sum + (stat?.size ?? 0);
  }, 0);
}

function freeBytes(file: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(file);
    return bavail * bsize;
  } catch {
    return null;
  }
}

import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { ReplayRequest, ReplayView } from '../../common/domain/replay.ts';
import { ErrorInfo } from '../../common/errors/app-error.ts';
import type { GroupCommit } from '../inbox/group-commit.ts';

/** A replay and how far it is, as it lies on the disk. */
export interface StoredReplay extends Omit<ReplayView, 'destination'> {
  readonly request: ReplayRequest;
  /** Everything up to this id has had its turn. */
  readonly cursor: string;
  /** Those after it that have had theirs. */
  readonly done: readonly string[];
}

/** Where replays are kept. A promise resolves after the data is on disk, or rejects with STORE_UNAVAILABLE. */
export interface ReplayStore {
  put(replay: StoredReplay): Promise<void>;
  remove(id: string): Promise<void>;
  /** Oldest first. */
  all(): StoredReplay[];
}

export const replaySchema = `
  CREATE TABLE replay (
    id TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    cursor TEXT NOT NULL,
    done TEXT NOT NULL,
    more TEXT NOT NULL
  ) STRICT;
`;

const Row = z.object({
  id: z.string(),
  started_at: z.number(),
  state: ReplayView.shape.state,
  cursor: z.string(),
  done: z.string(),
  more: z.string(),
});
const { total, taken, failed, skipped, endedAt } = ReplayView.shape;
const More = z.object({
  request: ReplayRequest,
  ...{ total, taken, failed, skipped, endedAt },
  error: ErrorInfo.nullable(),
});
const Done = z.array(z.string());

/** What a row weighs beside its request, for the bound on waiting bytes. */
const ROW_BYTES = 512;

/** Replays beside the inbox, written with the same group commit. */
export function createSqliteReplays(db: Database, commit: GroupCommit): ReplayStore {
  const put = db.prepare(`
    INSERT INTO replay (id, started_at, state, cursor, done, more) VALUES (@id, @startedAt, @state, @cursor, @done, @more)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, cursor = excluded.cursor, done = excluded.done, more = excluded.more`);
  const remove = db.prepare(`DELETE FROM replay WHERE id = ?`);
  const all = db.prepare(`SELECT * FROM replay ORDER BY started_at, rowid`);
  return {
    put({ id, startedAt, state, cursor, done, ...rest }) {
      const more = JSON.stringify(rest);
      const columns = { id, startedAt, state, cursor, done: JSON.stringify(done), more };
      return commit.submit(more.length + columns.done.length + ROW_BYTES, () => {
        put.run(columns);
      });
    },
    remove: (id) => commit.submit(ROW_BYTES, () => void remove.run(id)),
    all: () =>
      all.all().map((sql) => {
        const row = Row.parse(sql);
        return {
          id: row.id,
          startedAt: row.started_at,
          state: row.state,
          cursor: row.cursor,
          done: Done.parse(JSON.parse(row.done)),
          ...More.parse(JSON.parse(row.more)),
        };
      }),
  };
}

import type { Database } from 'better-sqlite3';
import * as z from 'zod';
import { AppError } from '../../common/errors/app-error.ts';
import type { GroupCommit } from '../inbox/group-commit.ts';
import type { StreamStore } from './stream-store.ts';
import type { StreamState } from './stream.ts';

/** What a row weighs beside its text, for the bound on waiting bytes. */
const ROW_BYTES = 512;

export const streamSchema = `
  CREATE TABLE stream (
    bot TEXT NOT NULL,
    id TEXT NOT NULL,
    message TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    phase TEXT NOT NULL,
    content TEXT NOT NULL,
    more TEXT NOT NULL,
    PRIMARY KEY (bot, id)
  ) STRICT;
  CREATE INDEX stream_message ON stream (message);
  CREATE INDEX stream_opened_at ON stream (opened_at);
`;

const Row = z.object({
  bot: z.string(),
  id: z.string(),
  message: z.string(),
  opened_at: z.number(),
  phase: z.enum(['open', 'late', 'done', 'relayed']),
  content: z.string(),
  more: z.string(),
});
const More = z.object({
  truncated: z.boolean(),
  images: z.array(z.object({ base64: z.string(), md5: z.string() })),
  feedbackId: z.string().nullable(),
  card: z.record(z.string(), z.unknown()).nullable(),
  cardSent: z.boolean(),
});

/** Streams beside the inbox, written with the same group commit. */
export function createSqliteStreams(db: Database, commit: GroupCommit): StreamStore {
  const put = db.prepare(`
    INSERT OR REPLACE INTO stream (bot, id, message, opened_at, phase, content, more)
    VALUES (@bot, @id, @message, @openedAt, @phase, @content, @more)`);
  const get = db.prepare(`SELECT * FROM stream WHERE bot = ? AND id = ?`);
  const ofMessage = db.prepare(`SELECT * FROM stream WHERE message = ?`);
  const prune = db.prepare(
    `DELETE FROM stream WHERE rowid IN (SELECT rowid FROM stream WHERE opened_at < ? ORDER BY opened_at LIMIT ?)`,
  );
  const all = db.prepare(`SELECT count(*) FROM stream`).pluck();
  let count = Number(all.get());

  function write(state: StreamState): void {
    const { truncated, images, feedbackId, card, cardSent, ...columns } = state;
    const more = JSON.stringify({ truncated, images, feedbackId, card, cardSent });
    put.run({ ...columns, more });
  }

  return {
    async put(state) {
      const known = await commit.submit(weight(state), () => {
        const before = get.get(state.bot, state.id) !== undefined;
        write(state);
        return before;
      });
      if (!known) count += 1;
    },
    get: (bot, id) => read(get.get(bot, id)),
    ofMessage: (message) => read(ofMessage.get(message)),
    update(bot, id, change) {
      const bytes = ROW_BYTES + 20_480;
      return commit.submit(bytes, () => {
        const state = read(get.get(bot, id));
        if (state === null) return null;
        const next = change(state);
        // Returned and not thrown: a refusal must not roll back what shares the transaction.
        if (!(next instanceof AppError)) write(next);
        return next;
      });
    },
    get count() {
      return count;
    },
    prune(before, limit) {
      const gone = commit.now(() => prune.run(before, limit).changes);
      count -= gone;
      return gone;
    },
  };
}

function read(sql: unknown): StreamState | null {
  if (sql === undefined) return null;
  const { opened_at: openedAt, more, ...row } = Row.parse(sql);
  return { ...row, openedAt, ...More.parse(JSON.parse(more)) };
}

function weight(state: StreamState): number {
  const images = state.images.reduce((sum, { base64 }) => sum + base64.length, 0);
  return ROW_BYTES + state.content.length + images;
}

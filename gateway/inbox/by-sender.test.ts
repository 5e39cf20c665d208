import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageStore } from './message-store.ts';
import { openSqliteStore } from './sqlite-store.ts';

const T0 = 1_700_000_000_000;
const HOUR = 3_600_000;
const names = ['anna', 'Anna', 'annabel', 'bo', '张三', 'a_b'];

let dir: string;
let store: MessageStore;
const sent: { id: string; at: number; sender: string; bot: string }[] = [];

// Messages of a few people over three weeks, with whole periods in which nothing comes.
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-sender-'));
  store = openSqliteStore({ dataDir: dir, now: () => T0, sendTimeoutMs: 1_000 });
  const writes = Array.from({ length: 300 }, (_, n) => {
    const at = T0 + Math.floor(n / 3) * 5 * HOUR;
    const message = { id: store.newId(at), at, sender: names[(n * 7) % 5] ?? '', bot: `b${n % 2}` };
    sent.push(message);
    return store.take({
      ...{ id: message.id, bot: message.bot, kind: 'app', receivedAt: at, type: 'text' },
      ...{ event: null, msgId: null, sender: message.sender, dedupKey: message.id },
      ...{ format: 'xml', raw: Buffer.from('<xml/>'), trace: 't', outcome: 'stored' },
      ...{ target: null, durationMs: null, nextAttemptAt: null },
      spans: { tunnelMs: null, gatewayMs: null, serviceMs: null },
    });
  });
  await Promise.all(writes);
});
afterAll(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const lower = (text: string): string => text.toLowerCase();

describe('messages of a sender, sought period by period', () => {
  it('are listed newest first, page by page, as a walk over all of them would find them', () => {
    const prefix = fc.constantFrom('a', 'ANN', 'anna', 'annab', 'b', '张', 'a_', 'none');
    const query = fc.record({ prefix, limit: fc.integer({ min: 1, max: 40 }), skip: fc.nat(299) });
    fc.assert(
      fc.property(
        query,
        fc.constantFrom(undefined, 'b0'),
        ({ prefix: search, limit, skip }, bot) => {
          const before = sent[299 - skip]?.id ?? '';
          const wanted = sent
            .filter(({ id, sender }) => id < before && lower(sender).startsWith(lower(search)))
            .filter((message) => bot === undefined || message.bot === bot)
            .toReversed()
            .map(({ id }) => id);
          const { rows, more } = store.list({
            search,
            limit,
            before,
            ...(bot === undefined ? {} : { bot }),
          });
          expect(rows.map(({ id }) => id)).toEqual(wanted.slice(0, limit));
          expect(more).toBe(wanted.length > limit);
        },
      ),
    );
  });

  it('are selected and counted in the order of receipt, within their times', () => {
    const selection = fc.record({
      user: fc.constantFrom('ANNA', 'annabel', '张三', 'none'),
      from: fc.option(fc.integer({ min: T0 - HOUR, max: T0 + 500 * HOUR }), { nil: undefined }),
      to: fc.option(fc.integer({ min: T0 - HOUR, max: T0 + 510 * HOUR }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        selection,
        fc.nat(310),
        fc.integer({ min: 1, max: 50 }),
        ({ user, from, to }, at, limit) => {
          const chosen = {
            user,
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
          };
          const all = sent
            .filter((message) => lower(message.sender) === lower(user))
            .filter((message) => message.at >= (from ?? 0) && message.at < (to ?? Infinity))
            .map(({ id }) => id);
          const after = sent[at]?.id ?? '';
          const wanted = all.filter((id) => id > after).slice(0, limit);
          expect(store.select(chosen, after, limit).map(({ id }) => id)).toEqual(wanted);
          expect(store.countSelected(chosen, 20)).toBe(all.length > 20 ? null : all.length);
        },
      ),
    );
  });
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MessageRow } from '../../../common/domain/history.ts';
import { silentLogger, type LogEntry } from '../../../common/domain/log.ts';
import { COALESCE_MS, createHub, MAX_LOG_LINES } from './hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const row = (id: string, outcome: MessageRow['outcome']): MessageRow => ({
  id,
  at: 0,
  direction: 'in',
  bot: 'b',
  type: 'text',
  isEvent: false,
  from: null,
  msgId: null,
  outcome,
  durationMs: null,
  repeats: 0,
  error: null,
});
const entry = (seq: number): LogEntry => ({
  seq,
  time: 0,
  level: 'info',
  module: 'm',
  message: '',
  fields: {},
});

test('the first row goes out at once, a burst together, each message in its last state', () => {
  const hub = createHub(silentLogger);
  const seen: unknown[] = [];
  hub.subscribe('messages.changed', (payload) => seen.push(payload));
  hub.message(row('a', 'pending'));
  expect(seen).toHaveLength(1);
  hub.message(row('b', 'pending'));
  hub.message(row('a', 'replied'));
  hub.message(row('b', 'failed'));
  expect(seen).toHaveLength(1);
  vi.advanceTimersByTime(COALESCE_MS);
  expect(seen).toEqual([
    { rows: [row('a', 'pending')] },
    { rows: [row('a', 'replied'), row('b', 'failed')] },
  ]);
});

test('at most four payloads a second, whatever comes', () => {
  const hub = createHub(silentLogger);
  let payloads = 0;
  hub.subscribe('logs.appended', () => (payloads += 1));
  for (let ms = 0; ms < 10_000; ms++) {
    hub.log(entry(ms));
    vi.advanceTimersByTime(1);
  }
  expect(payloads).toBeGreaterThan(35);
  expect(payloads).toBeLessThanOrEqual(41);
});

test('more lines than a payload carries are counted, not kept', () => {
  const hub = createHub(silentLogger);
  const seen: { entries: unknown[]; dropped: number }[] = [];
  hub.subscribe('logs.appended', (payload) => seen.push(payload as (typeof seen)[number]));
  for (let seq = 0; seq < MAX_LOG_LINES + 501; seq++) hub.log(entry(seq));
  vi.advanceTimersByTime(COALESCE_MS);
  expect(seen.map(({ entries, dropped }) => [entries.length, dropped])).toEqual([
    [1, 0],
    [MAX_LOG_LINES, 500],
  ]);
});

test('rows are never dropped: a flood of messages is sent early', () => {
  const hub = createHub(silentLogger);
  const ids = new Set<string>();
  hub.subscribe('messages.changed', (payload) => {
    for (const { id } of (payload as { rows: MessageRow[] }).rows) ids.add(id);
  });
  for (let number = 0; number < 7_000; number++) hub.message(row(String(number), 'stored'));
  vi.advanceTimersByTime(COALESCE_MS);
  expect(ids.size).toBe(7_000);
});

test('a subscriber that throws costs the others nothing; one that left hears nothing', () => {
  const hub = createHub(silentLogger);
  const seen: string[] = [];
  hub.subscribe('messages.changed', () => {
    throw new Error('broken');
  });
  const listener = (): void => void seen.push('x');
  const end = hub.subscribe('messages.changed', listener);
  hub.subscribe('messages.changed', listener);
  hub.message(row('a', 'stored'));
  end();
  vi.advanceTimersByTime(COALESCE_MS);
  hub.message(row('b', 'stored'));
  expect(seen).toEqual(['x', 'x', 'x']);
  expect(hub.hasListeners('messages.changed')).toBe(true);
  expect(hub.hasListeners('state.changed')).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogEntry, LogLevel } from '../../../common/domain/log.ts';
import { exportName, toNdjson } from './export.ts';
import {
  countLevels,
  everything,
  filterLines,
  isFiltered,
  modulesOf,
  toggleField,
  toggleLevel,
  type LogItem,
} from './filter.ts';
import { findMatches, markText, stepMatch } from './find.ts';
import { addLines, noLines, wholeUpTo } from './lines.ts';

const line = (seq: number, over: Partial<LogEntry> = {}): LogEntry => ({
  seq,
  time: 1_000 + seq,
  level: 'info',
  module: 'gateway',
  message: `line ${String(seq)}`,
  fields: {},
  ...over,
});
const seqs = (entries: readonly LogEntry[]): number[] => entries.map(({ seq }) => seq);
const shown = (items: readonly LogItem[]): (number | string)[] =>
  items.map((item) => (item.kind === 'line' ? item.entry.seq : `gap ${String(item.missing)}`));

describe('lines', () => {
  test('come in any order, each once, and the oldest go', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })),
        (batches) => {
          // One running program: a lower number is an earlier line, so no batch looks like a new start.
          const lines = batches.reduce(
            (all, batch) =>
              addLines(
                all,
                batch.map((seq) => line(seq)),
                20,
              ),
            noLines,
          );
          const wanted = [...new Set(batches.flat())].toSorted((a, b) => a - b);
          expect(seqs(lines.entries)).toEqual(seqs(lines.entries).toSorted((a, b) => a - b));
          expect(new Set(seqs(lines.entries)).size).toBe(lines.entries.length);
          expect(lines.entries.length).toBeLessThanOrEqual(20);
          expect(lines.lastSeq).toBe(wanted.at(-1) ?? 0);
        },
      ),
    );
  });

  test('a restarted program begins a new list', () => {
    const before = addLines(noLines, [line(900), line(901)]);
    const after = addLines(before, [line(1, { time: 99_000 })]);
    expect(seqs(after.entries)).toEqual([1]);
  });

  test('a gap is filled by what is fetched, and known until then', () => {
    const gapped = addLines(addLines(noLines, [line(1), line(2)]), [line(6)]);
    expect(wholeUpTo(gapped)).toBe(2);
    expect(shown(filterLines(gapped.entries, everything))).toEqual([1, 2, 'gap 3', 6]);
    const filled = addLines(gapped, [line(3), line(4), line(5), line(6)]);
    expect(seqs(filled.entries)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(wholeUpTo(filled)).toBe(6);
  });

  test('adding nothing changes nothing', () => {
    expect(addLines(noLines, [])).toBe(noLines);
  });
});

describe('filter', () => {
  const entries = [
    line(1, { level: 'error', module: 'tunnel', fields: { bot: 'a', status: 502 } }),
    line(2, { level: 'warn', fields: { bot: 'a' } }),
    line(3, { fields: { bot: 'b', toString: 'x' } }),
  ];

  test('by level, module and fields together; counts disregard the level', () => {
    const byBot = toggleField(everything, { name: 'bot', value: 'a' });
    expect(shown(filterLines(entries, byBot))).toEqual([1, 2]);
    expect(countLevels(entries, byBot)).toEqual({ debug: 0, info: 0, warn: 1, error: 1 });
    const noErrors = toggleLevel(byBot, 'error');
    expect(shown(filterLines(entries, noErrors))).toEqual([2]);
    expect(countLevels(entries, noErrors)).toEqual(countLevels(entries, byBot));
    expect(shown(filterLines(entries, { ...everything, module: 'tunnel' }))).toEqual([1]);
    expect(
      shown(filterLines(entries, toggleField(byBot, { name: 'status', value: '502' }))),
    ).toEqual([1]);
    expect(modulesOf(entries)).toEqual(['gateway', 'tunnel']);
  });

  test('a field that is inherited is not a field of the line', () => {
    expect(
      filterLines(entries, toggleField(everything, { name: 'constructor', value: 'x' })),
    ).toEqual([]);
  });

  test('switching twice gives back what was; the last level stays on', () => {
    const field = { name: 'bot', value: 'a' };
    expect(toggleField(toggleField(everything, field), field)).toEqual(everything);
    expect(isFiltered(everything)).toBe(false);
    expect(isFiltered(toggleField(everything, field))).toBe(true);
    const one = (['debug', 'info', 'warn'] as LogLevel[]).reduce(toggleLevel, everything);
    expect([...toggleLevel(one, 'error').levels]).toEqual(['error']);
  });
});

describe('search', () => {
  const items = filterLines(
    [
      line(1, { message: 'Relay refused' }),
      line(2, { fields: { host: 'relay.example' } }),
      line(5),
      line(6),
    ],
    everything,
  );

  test('finds in message, module and fields, without regard to case', () => {
    expect(findMatches(items, ' RELAY ')).toEqual([0, 1]);
    expect(findMatches(items, 'host=relay')).toEqual([1]);
    expect(findMatches(items, 'gateway')).toEqual([0, 1, 3, 4]);
    expect(findMatches(items, '')).toEqual([]);
  });

  test('steps forwards and backwards, and round the ends', () => {
    expect(stepMatch([2, 5], 2, 1)).toBe(5);
    expect(stepMatch([2, 5], 5, 1)).toBe(2);
    expect(stepMatch([2, 5], 2, -1)).toBe(5);
    expect(stepMatch([2, 5], 9, -1)).toBe(5);
    expect(stepMatch([], 0, 1)).toBeNull();
  });

  test('marks every place, and the pieces are the text', () => {
    expect(markText('aXbx', 'x')).toEqual([
      { text: 'a', marked: false },
      { text: 'X', marked: true },
      { text: 'b', marked: false },
      { text: 'x', marked: true },
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 3 }), (text, query) => {
        expect(
          markText(text, query)
            .map((stretch) => stretch.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});

test('an export has one line of JSON for each line shown', () => {
  const items = filterLines([line(1, { message: 'a\nb' }), line(4)], everything);
  const rows = toNdjson(items).split('\n');
  expect(rows.at(-1)).toBe('');
  expect(rows.slice(0, -1).map((row) => (JSON.parse(row) as LogEntry).seq)).toEqual([1, 4]);
  expect(JSON.parse(rows[0] ?? '')).toEqual({
    time: '1970-01-01T00:00:01.001Z',
    level: 'info',
    module: 'gateway',
    message: 'a\nb',
    fields: {},
    seq: 1,
  });
  expect(exportName(new Date(2026, 10, 3, 4, 5, 6))).toBe('causeway-log-20261103-040506.ndjson');
});

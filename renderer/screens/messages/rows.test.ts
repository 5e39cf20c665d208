import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageRow } from '../../../common/domain/history.ts';
import {
  ROW_CAPACITY,
  fits,
  noRows,
  reduceRows,
  type MessageRows,
  type RowsAction,
} from './rows.ts';

const row = (n: number, over: Partial<MessageRow> = {}): MessageRow => ({
  id: `m${String(n).padStart(6, '0')}`,
  at: 1_000 + n,
  direction: 'in',
  bot: 'helpdesk',
  type: 'text',
  isEvent: false,
  from: 'ZhangSan',
  msgId: `70${String(n)}`,
  outcome: 'replied',
  durationMs: 12,
  repeats: 0,
  error: null,
  ...over,
});
const page = (from: number, to: number): MessageRow[] =>
  Array.from({ length: from - to + 1 }, (_, i) => row(from - i));
const after = (...actions: RowsAction[]): MessageRows => actions.reduce(reduceRows, noRows);
const at = (state: MessageRows): number[] => state.rows.map((each) => each.at - 1_000);
const loaded: RowsAction = { kind: 'loaded', rows: page(9, 7), more: true };
const changed = (rows: MessageRow[], hold: boolean, filter = {}): RowsAction => ({
  kind: 'changed',
  rows,
  filter,
  hold,
});

test('pages are put behind each other, newest first', () => {
  const state = after(loaded, { kind: 'paged', rows: page(7, 5), more: false });
  expect(at(state)).toEqual([9, 8, 7, 6, 5]);
  expect(state).toMatchObject({ more: false, phase: 'ready' });
});

test('a new row comes to the top, or waits while somebody reads', () => {
  expect(at(after(loaded, changed([row(10)], false)))).toEqual([10, 9, 8, 7]);
  const held = after(loaded, changed([row(10)], true), changed([row(11)], true));
  expect(at(held)).toEqual([9, 8, 7]);
  expect(held.waiting.map(({ id }) => id)).toEqual([row(11).id, row(10).id]);
  expect(at(reduceRows(held, { kind: 'released' }))).toEqual([11, 10, 9, 8, 7]);
  expect(at(reduceRows(held, changed([row(12)], false)))).toEqual([12, 11, 10, 9, 8, 7]);
});

test('a row that is known changes in place, shown or waiting, and stays though it no longer fits', () => {
  const failed = row(8, { outcome: 'failed' });
  const state = after(loaded, changed([failed], true, { outcome: 'replied' }));
  expect(at(state)).toEqual([9, 8, 7]);
  expect(state.rows[1]).toBe(failed);
  expect(state.waiting).toEqual([]);
  const waiting = after(
    loaded,
    changed([row(10)], true),
    changed([row(10, { outcome: 'late' })], true),
  );
  expect(waiting.waiting).toEqual([row(10, { outcome: 'late' })]);
});

test('what does not fit, or belongs to a page not read yet, is not taken in', () => {
  expect(at(after(loaded, changed([row(10)], false, { bot: 'other' })))).toEqual([9, 8, 7]);
  expect(at(after(loaded, changed([row(3)], false)))).toEqual([9, 8, 7]);
  const whole: RowsAction = { kind: 'loaded', rows: page(9, 7), more: false };
  expect(at(after(whole, changed([row(3)], false)))).toEqual([9, 8, 7, 3]);
});

test('rows that came before the first page are kept, in their newer form', () => {
  const state = after(changed([row(9, { outcome: 'late' }), row(10)], false), loaded);
  expect(at(state)).toEqual([10, 9, 8, 7]);
  expect(state.rows[1]?.outcome).toBe('late');
});

test('after a lost host the newest page joins the list, or replaces it where a hole would stay', () => {
  const refreshed = (from: number, to: number): RowsAction => ({
    kind: 'refreshed',
    rows: page(from, to),
    more: true,
    filter: {},
    hold: true,
  });
  const joined = after(loaded, refreshed(11, 9));
  expect(at(joined)).toEqual([9, 8, 7]);
  expect(joined.waiting).toHaveLength(2);
  expect(at(after(loaded, refreshed(30, 28)))).toEqual([30, 29, 28]);
});

test('the list is bounded at its top, and says that there is more', () => {
  const state = after(loaded, changed(page(ROW_CAPACITY + 20, 10), false));
  expect(state.rows).toHaveLength(ROW_CAPACITY);
  expect(state.more).toBe(true);
  expect(reduceRows(state, { kind: 'reset' })).toBe(noRows);
});

test('whatever happens, rows are sorted, each is there once, and while held nothing shown moves', () => {
  const some = fc.array(
    fc.integer({ min: 1, max: 40 }).map((n) => row(n)),
    { maxLength: 6 },
  );
  const action: fc.Arbitrary<RowsAction> = fc.oneof(
    some.map((rows): RowsAction => ({ kind: 'loaded', rows, more: true })),
    some.map((rows): RowsAction => ({ kind: 'paged', rows, more: false })),
    fc.tuple(some, fc.boolean()).map(([rows, hold]) => changed(rows, hold)),
    fc.constant<RowsAction>({ kind: 'released' }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
      let state = noRows;
      for (const each of actions) {
        const before = state.rows.map(({ id }) => id);
        state = reduceRows(state, each);
        const ids = state.rows.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
        expect(state.waiting.some(({ id }) => ids.includes(id))).toBe(false);
        if (each.kind === 'changed' && each.hold) expect(ids).toEqual(before);
      }
    }),
  );
});

describe('search', () => {
  test('ids whole, sender and type in part', () => {
    const one = row(1, { type: 'image' });
    for (const search of ['', ' ', one.id, '701', 'zhang', 'IMA'])
      expect(fits(one, { search })).toBe(true);
    for (const search of ['70', 'm0000', 'lisi']) expect(fits(one, { search })).toBe(false);
    expect(fits(row(1, { from: null }), { search: 'null' })).toBe(false);
  });
});

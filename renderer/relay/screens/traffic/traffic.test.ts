import { expect, it } from 'vitest';
import { TRAFFIC_ROWS } from '../../../../common/contract/relay-api.ts';
import type { TrafficRow } from '../../../../common/domain/relay/views.ts';
import { mergeRows } from './useTraffic.ts';

const row = (id: number, status: number | null = null): TrafficRow => ({
  id,
  at: id,
  trace: '',
  method: 'GET',
  host: '',
  path: '/',
  tunnel: null,
  status,
  source: null,
  reason: null,
  relayMs: null,
  tunnelMs: null,
  answerMs: null,
  upgrade: null,
});

it('a changed row takes the place of its older state, newest first', () => {
  const rows = mergeRows([row(2), row(1)], [row(3), row(2, 200)]);
  expect(rows.map(({ id, status }) => [id, status])).toEqual([
    [3, null],
    [2, 200],
    [1, null],
  ]);
});

it('keeps no more than the relay does', () => {
  const many = Array.from({ length: TRAFFIC_ROWS + 20 }, (_, n) => row(n + 1));
  const rows = mergeRows([], many);
  expect([rows.length, rows[0]?.id]).toEqual([TRAFFIC_ROWS, TRAFFIC_ROWS + 20]);
});

import { expect, it } from 'vitest';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import { createTranslate } from '../../common/i18n/translate.ts';
import { scenario, type ScenarioName } from '../testing/scenarios.ts';
import { causewayView, type CausewayView } from './view.ts';

const NOW = Date.UTC(2026, 10, 4, 6);
const words = { t: createTranslate('en'), locale: 'en' } as const;

const draw = (snapshot: Snapshot): CausewayView => causewayView(snapshot, NOW, words);
const tones = (view: CausewayView): string => view.stations.map(({ tone }) => tone).join(' ');
const lines = (view: CausewayView): string => view.spans.map(({ line }) => line).join(' ');
const causes = (view: CausewayView): (string | null)[] => view.spans.map(({ cause }) => cause);

it.each<[ScenarioName, string, string]>([
  ['unenrolled', 'idle idle idle ok idle', 'dashed dashed dashed dashed'],
  ['stopped', 'idle idle idle ok ok', 'dashed dashed dashed dashed'],
  ['connecting', 'idle idle busy ok ok', 'dashed dashed dashed dashed'],
  ['empty', 'idle ok ok ok idle', 'dashed solid solid dashed'],
  ['online', 'ok ok ok ok ok', 'solid solid solid solid'],
  ['degraded', 'ok warn warn warn warn', 'solid solid solid solid'],
  ['waiting', 'idle idle bad ok ok', 'dashed broken dashed dashed'],
  ['refused', 'idle ok bad ok ok', 'dashed broken dashed dashed'],
  ['broken', 'ok bad ok bad bad', 'broken solid broken broken'],
])('draws %s', (name, stations, spans) => {
  const view = draw(scenario(name, NOW));
  expect(tones(view)).toBe(stations);
  expect(lines(view)).toBe(spans);
});

it('gives each station one figure with its unit', () => {
  const figures = draw(scenario('online', NOW)).stations.map(({ figure }) => figure);
  expect(figures).toEqual(['46/min', '58 days', '23 ms', '312 ms', '2 of 2']);
});

it('names the cause under what is broken or lacking, and nothing where all is well', () => {
  expect(causes(draw(scenario('online', NOW)))).toEqual([null, null, null, null]);
  expect(causes(draw(scenario('waiting', NOW)))).toEqual([null, 'No route', null, null]);
  expect(causes(draw(scenario('refused', NOW)))).toEqual([null, 'Certificate revoked', null, null]);
  expect(causes(draw(scenario('degraded', NOW)))).toEqual([
    null,
    '1 of 2 links',
    null,
    'helpdesk fails',
  ]);
  expect(causes(draw(scenario('broken', NOW)))).toEqual([
    'Certificate expired',
    null,
    'Cannot store',
    '2 fail',
  ]);
});

it('counts down to the next try and never below zero', () => {
  const waiting = scenario('waiting', NOW);
  expect(causewayView(waiting, NOW + 10_500, words).stations[2]?.figure).toBe('8 s');
  expect(causewayView(waiting, NOW + 60_000, words).stations[2]?.figure).toBe('0 s');
});

it('calls a service that was never tried idle, not healthy', () => {
  const online = scenario('online', NOW);
  const view = draw({
    ...online,
    targets: online.targets.map((target) => ({ ...target, healthy: null })),
  });
  expect(view.stations[4]).toMatchObject({ tone: 'idle', figure: '2' });
  expect(view.spans[3]?.line).toBe('dashed');
});

it('warns of a clock that is off even while everything passes', () => {
  const online = scenario('online', NOW);
  const { state } = online.tunnel;
  if (state.phase !== 'online') throw new Error('the scenario is not online');
  const view = draw({
    ...online,
    tunnel: { ...online.tunnel, state: { ...state, clockSkewMs: 90_000 } },
  });
  expect(view.spans[1]).toMatchObject({ line: 'solid', tone: 'warn', cause: 'Clock is wrong' });
});

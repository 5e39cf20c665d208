import { expect, it } from 'vitest';
import { TRAFFIC_ROWS } from '../../common/contract/relay-api.ts';
import { Passage } from '../ingress/passage.ts';
import { requestHead, type RequestHead } from '../ingress/request-head.ts';
import { createMinuteRate } from './minute-rate.ts';
import { createTraffic, type Traffic } from './traffic.ts';

function head(path: string): RequestHead {
  const raw = {
    method: 'POST',
    path,
    authority: 'Bot.test:443',
    headers: {},
    remoteAddress: '::1',
  };
  return requestHead(raw, 5);
}

/** Begins to watch a request. */
function begin(traffic: Traffic, one: RequestHead): Passage {
  return new Passage(one, [traffic.watcher]);
}

it('a request is one row from its head to its end, without its query', () => {
  const traffic = createTraffic(() => 1_000);
  const passage = begin(traffic, head('/wecom/callback/a?msg=secret'));
  expect(traffic.takeChanged()).toMatchObject([{ status: null, source: null, tunnel: null }]);
  passage.routed('acme');
  passage.sent(7);
  passage.answered(200, 'origin', null);
  passage.ended();
  const [row, ...others] = traffic.takeChanged();
  expect(others).toEqual([]);
  expect(row).toMatchObject({
    id: 1,
    at: 5,
    host: 'bot.test',
    path: '/wecom/callback/a',
    tunnel: 'acme',
    status: 200,
    source: 'origin',
  });
  for (const ms of [row?.relayMs, row?.tunnelMs, row?.answerMs]) {
    expect(ms).toBeGreaterThanOrEqual(0);
  }
  expect(JSON.stringify(traffic.recent())).not.toContain('secret');
  expect(traffic.takeChanged()).toEqual([]);
  expect(traffic.sessionPerMinute(7)).toBe(1);
  expect(traffic.ofTunnel('acme')).toEqual({ perMinute: 1, failedPerMinute: 0, lastAt: 1_000 });
});

it('counts what had no answer from the tunnel', () => {
  const traffic = createTraffic(() => 1_000);
  const refused = begin(traffic, head('/a'));
  refused.routed('acme');
  refused.answered(502, 'relay', 'TUNNEL_OFFLINE');
  refused.ended();
  const dropped = begin(traffic, head('/b'));
  dropped.routed('acme');
  dropped.dropped('tunnel_offline');
  dropped.ended();
  begin(traffic, head('/c')).ended();
  expect(traffic.recent()).toMatchObject([
    { path: '/c', source: 'none', reason: 'client_gone' },
    { path: '/b', status: null, source: 'none', reason: 'tunnel_offline' },
    { path: '/a', status: 502, source: 'relay', reason: 'TUNNEL_OFFLINE' },
  ]);
  expect(traffic.total()).toEqual({ requests: 3, perMinute: 3, refused: 2 });
  expect(traffic.ofTunnel('acme').failedPerMinute).toBe(2);
});

it('keeps the newest rows only, and forgets who is gone', () => {
  const traffic = createTraffic(() => 1_000);
  const first = begin(traffic, head('/first'));
  for (let n = 0; n < TRAFFIC_ROWS + 50; n += 1) {
    const passage = begin(traffic, head(`/${n}`));
    passage.routed('acme');
    passage.sent(n);
  }
  first.answered(200, 'origin', null);
  expect(traffic.recent()).toHaveLength(TRAFFIC_ROWS);
  expect(traffic.takeChanged()).toHaveLength(TRAFFIC_ROWS);
  traffic.prune(new Set([3]), new Set());
  expect([traffic.sessionPerMinute(3), traffic.sessionPerMinute(4)]).toEqual([1, 0]);
  expect(traffic.ofTunnel('acme').lastAt).toBeNull();
});

it('a rate holds for a minute, over pauses of any length', () => {
  let now = 50_000_000;
  const rate = createMinuteRate(() => now);
  for (let n = 0; n < 30; n += 1) {
    rate.add();
    now += 1_000;
  }
  expect(rate.perMinute()).toBe(30);
  now += 40_000;
  expect(rate.perMinute()).toBe(19);
  now += 86_400_000;
  expect(rate.perMinute()).toBe(0);
  now -= 3_600_000;
  rate.add();
  expect(rate.perMinute()).toBe(1);
});

import { request } from 'undici';
import { expect, it } from 'vitest';
import { call } from '../../gateway/testing/harness.ts';
import { newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import type { CallbackSourceMode } from '../../gateway/types.ts';
import { app, appBot, configOf, poll, startSending, startWecom } from '../support/sending.ts';

const keys = newKeys(app.corpId);
const path = '/wecom/callback/app';
/** Inside and outside of what the simulator lists: 127.0.0.1 and 101.226.103.0/25. */
const [listed, foreign] = ['101.226.103.5', '203.0.113.9'];

async function start(mode?: CallbackSourceMode) {
  const wecom = await startWecom([]);
  let time = Date.now();
  const bots = [appBot(wecom, keys)];
  const config = configOf(bots, {
    trustedProxies: ['127.0.0.1'],
    ...(mode === undefined ? {} : { callbackSources: mode }),
  });
  const gateway = await startSending(bots, { config, now: () => time });
  const from = async (address: string): Promise<number | 'reset'> => {
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const headers = { 'x-forwarded-for': address };
    const answer = await call(gateway, target, { body, headers });
    return answer === 'reset' ? answer : answer.status;
  };
  const asked = () => wecom.calls()['getcallbackip'] ?? 0;
  const metric = async (series: string) => {
    const { body } = await request(`${gateway.address}/metrics`, { reset: true });
    const line = (await body.text()).split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  };
  return { wecom, from, asked, metric, advance: (ms: number) => void (time += ms) };
}

it('warns of a signed callback from elsewhere and takes it; the list is fetched once, and again after a day', async () => {
  const { from, asked, metric, advance } = await start();
  // Nothing waits for the list: what comes before it is taken.
  expect(await Promise.all([listed, foreign, listed].map(from))).toEqual([200, 200, 200]);
  await poll(asked).toBe(1);
  const counted = () => metric('gateway_callback_foreign_source_total{bot="app"}');
  await poll(async () => {
    expect(await from(foreign)).toBe(200);
    return counted();
  }).toBeGreaterThan(0);
  const before = await counted();
  expect([await from(listed), await from(foreign)]).toEqual([200, 200]);
  expect([asked(), await counted()]).toEqual([1, before + 1]);
  advance(86_400_001);
  expect(await from(listed)).toBe(200);
  await poll(asked).toBe(2);
});

it('cuts it off where the operator wants that, and takes everything while there is no list', async () => {
  const { wecom, from, asked, metric, advance } = await start('wecom');
  wecom.setFault('untrusted_ip', true);
  expect(await from(foreign)).toBe(200);
  await poll(asked).toBe(1);
  expect(await from(foreign)).toBe(200);
  wecom.setFault('untrusted_ip', false);
  advance(3_600_001);
  expect(await from(listed)).toBe(200);
  await poll(asked).toBe(2);
  await poll(() => from(foreign)).toBe('reset');
  expect(await from(listed)).toBe(200);
  expect(await metric('gateway_callback_rejected_total{reason="source"}')).toBe(1);
  // An address that the list lacks may be new: it is asked for again, but not for each.
  advance(600_001);
  expect([await from(foreign), await from(foreign)]).toEqual(['reset', 'reset']);
  await poll(asked).toBe(3);
});

it('is not looked at where the operator does not want it', async () => {
  const { from, asked } = await start('any');
  expect(await from(foreign)).toBe(200);
  expect(asked()).toBe(0);
});

import { expect, it } from 'vitest';
import {
  appBot,
  arrived,
  poll,
  startSending,
  startWecom,
  tempDir,
  text,
} from '../support/sending.ts';
import { promise } from '../support/report.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const to = (content: string, touser: string) => ({ ...text(content), touser });
const alone = { waitMs: 0 };

async function start() {
  const clock = createVirtualClock();
  const wecom = await startWecom([], { now: clock.now });
  const dataDir = await tempDir();
  const bots = [appBot(wecom)];
  const open = () =>
    startSending(bots, { dataDir, now: clock.now, sending: { timers: clock.timers } });
  return { clock, wecom, open };
}

promise(
  'R16',
  {
    against: '70 messages of an app to one member, whom WeCom lets have 30 a minute',
    by: 'the simulator on a virtual clock, a restart after the first minute’s share',
    promise:
      'none goes where WeCom would drop it; the rest waits with its time; others do not wait',
  },
  async (figures) => {
    const { clock, wecom, open } = await start();
    let gateway = await open();
    const sent = [];
    for (let n = 0; n < 70; n += 1) sent.push(await gateway.send('app', to(`${n}`, 'lisi'), alone));
    await poll(() => arrived(wecom).length).toBe(30);
    await poll(() => gateway.outbox.list({ limit: 1 }).total).toBe(40);
    const waiting = gateway.sendStatus(sent[69]?.id ?? '');
    expect(waiting).toMatchObject({
      state: 'queued',
      result: { error: { code: 'MEMBER_LIMIT', params: { limit: 30, period: 'minute' } } },
    });
    expect(waiting.result.queue?.etaMs).toBeGreaterThan(55_000);

    // Ids are the same whatever their case, and nobody else waits behind them.
    expect(await gateway.send('app', to('other', 'zhangsan'))).toMatchObject({
      outcome: 'delivered',
    });
    const both = await gateway.send('app', to('both', 'zhangsan|LiSi'), alone);
    await poll(() => gateway.sendStatus(both.id).state).toBe('queued');

    await gateway.close(0);
    gateway = await open();
    expect(await gateway.send('app', to('again', 'wangwu'))).toMatchObject({
      outcome: 'delivered',
    });
    expect(arrived(wecom)).toHaveLength(32);
    const moments = () => wecom.messages().map(({ at }) => at);
    for (let seconds = 0; arrived(wecom).length < 73; seconds += 5) {
      expect(seconds).toBeLessThan(400);
      clock.advance(5_000);
      await poll(() =>
        gateway.outbox.list({ limit: 100 }).rows.some(({ state }) => state === 'sending'),
      ).toBe(false);
    }
    const lisi = wecom.messages().filter(({ message }) => /lisi/i.test(JSON.stringify(message)));
    const times = lisi.map(({ at }) => at);
    const busiest = Math.max(
      ...times.map((at) => times.filter((other) => other > at - 60_000 && other <= at).length),
    );
    Object.assign(figures, { sent: 73, arrived: moments().length, 'most in 60 s': busiest });
    expect(busiest).toBeLessThanOrEqual(30);
    expect(new Set(arrived(wecom)).size).toBe(73);
  },
  120_000,
);

it('45009 rests the app for a minute, over a restart too', async () => {
  const { clock, wecom, open } = await start();
  const first = await open();
  expect((await first.send('app', to('before', 'lisi'))).outcome).toBe('delivered');
  wecom.setFault('rate_limit', true);
  // On this clock nobody's patience ends.
  const unanswered = first.send('app', to('x', 'lisi'));
  const waiting = () => first.outbox.list({ limit: 1 }).rows[0];
  await poll(() => waiting()?.error?.params['errcode']).toBe(45009);
  const id = waiting()?.id ?? '';
  await first.close(0);
  await unanswered;
  wecom.setFault('rate_limit', false);

  const second = await open();
  const calls = wecom.calls();
  expect((await second.send('app', to('y', 'zhangsan'), alone)).queue?.etaMs).toBe(60_000);
  expect(second.sendStatus(id).state).toBe('queued');
  expect(wecom.calls()).toEqual(calls);
  clock.advance(60_000);
  await poll(() => arrived(wecom).toSorted()).toEqual(['before', 'x', 'y']);
});

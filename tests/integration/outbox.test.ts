import { expect, it } from 'vitest';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import { report } from '../support/report.ts';
import {
  appBot,
  arrived,
  poll,
  robotBot,
  startSending,
  startWecom,
  tempDir,
  text,
} from '../support/sending.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

/** Most messages of any window of 60 s, and the moments at which they arrived. */
function busiest(moments: readonly number[]): number {
  return Math.max(
    ...moments.map((at) => moments.filter((other) => other > at - 60_000 && other <= at).length),
  );
}

it('R16: delivers 100 messages of a 20-a-minute robot, each once, in order, over a restart', async () => {
  const clock = createVirtualClock();
  const wecom = await startWecom(['robot'], { now: clock.now });
  const dataDir = await tempDir();
  const bots = [robotBot(wecom, 'robot')];
  const options = { dataDir, now: clock.now, sending: { timers: clock.timers } };
  let gateway = await startSending(bots, options);
  const wanted = Array.from({ length: 100 }, (_, n) => String(n));
  const answers = wanted.map((content) => gateway.send('robot', text(content)));
  const begin = clock.now();
  await poll(() => gateway.outbox.list({ limit: 1 }).total).toBeGreaterThan(70);
  for (let seconds = 0; arrived(wecom).length < wanted.length; seconds += 5) {
    // Everything that may leave at this moment has left.
    await poll(() => {
      const { remaining, queued } = gateway.quota('robot');
      const [first] = gateway.outbox.list({ limit: 1 }).rows;
      return (remaining === 0 || queued === 0) && first?.state !== 'sending';
    }).toBe(true);
    if (seconds === 90) {
      await gateway.close(0);
      gateway = await startSending(bots, options);
    }
    clock.advance(5_000);
    expect(seconds).toBeLessThan(600);
  }
  await poll(() => gateway.outbox.list({ limit: 1 }).total).toBe(0);
  await Promise.all(answers);
  expect(arrived(wecom)).toEqual(wanted);
  // No attempt was made that WeCom had to refuse.
  expect(wecom.calls()['webhook/send']).toBe(100);
  const most = busiest(wecom.messages().map(({ at }) => at));
  expect(most).toBe(20);
  const lasted = (clock.now() - begin) / 1000;
  expect(lasted).toBeLessThan(260);
  report({
    id: 'R16',
    promise:
      'at most 20 messages of a robot in every sliding 60 s, none lost, order kept, over a restart',
    figures: { messages: 100, delivered: 100, doubled: 0, mostIn60s: most, virtualSeconds: lasted },
  });
});

it('R16, on a real clock: 25 sends, 20 leave, 5 wait with a time each', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot')]);
  const results = await Promise.all(
    Array.from({ length: 25 }, (_, n) => gateway.send('robot', text(String(n)))),
  );
  const queued = results.filter(({ outcome }) => outcome === 'queued');
  expect(queued).toHaveLength(5);
  expect(gateway.outbox.list({ limit: 9 }).rows.map(({ position }) => position)).toEqual([
    0, 1, 2, 3, 4,
  ]);
  for (const { queue } of queued) {
    expect(queue?.etaMs).toBeGreaterThan(30_000);
    // One that is under way counts from its latest possible end.
    expect(queue?.etaMs).toBeLessThanOrEqual(70_000);
  }
  expect(arrived(wecom)).toHaveLength(20);
});

it('gives a robot’s overflow to its siblings, but no file of its own', async () => {
  const wecom = await startWecom(['one', 'two']);
  const gateway = await startSending([
    robotBot(wecom, 'one', { overflow: ['two'] }),
    robotBot(wecom, 'two'),
  ]);
  const results = [];
  for (let n = 0; n < 30; n += 1) results.push(await gateway.send('one', text(String(n))));
  expect(results.every(({ outcome }) => outcome === 'delivered')).toBe(true);
  expect(results.filter(({ sentBy }) => sentBy === 'two')).toHaveLength(10);
  const card = (facts: object[]): RobotMessage => ({
    msgtype: 'template_card',
    template_card: {
      card_type: 'text_notice',
      main_title: { title: 't' },
      card_action: { type: 1, url: 'https://a.example' },
      horizontal_content_list: facts.map((fact) => ({ keyname: 'k', ...fact })),
    },
  });
  expect(await gateway.send('one', card([{ value: 'v' }]))).toMatchObject({ sentBy: 'two' });
  const withFile = await gateway.send('one', card([{ type: 2, media_id: 'of-one' }]));
  expect(withFile.outcome).toBe('queued');
  const file: RobotMessage = { msgtype: 'file', file: { media_id: 'of-one' } };
  expect((await gateway.send('one', file)).outcome).toBe('queued');
});

it('sends the urgent first, and of one subject the last alone', async () => {
  const wecom = await startWecom(['robot']);
  const sending = { retryDelaysMs: [500, 500, 500] };
  const gateway = await startSending([robotBot(wecom, 'robot')], { sending });
  wecom.setFault('busy', true);
  const send = (content: string, options: object) =>
    gateway.send('robot', text(content), { waitMs: 0, ...options });
  const first = await send('first', {});
  await poll(() => gateway.sendStatus(first.id).attempts).toBe(1);
  await send('low', { priority: 0 });
  await send('high', { priority: 9 });
  const disk = await send('disk 91 %', { coalesce_key: 'disk' });
  const newer = await send('disk 99 %', { coalesce_key: 'disk' });
  expect(newer).toMatchObject({ id: disk.id, coalesced: 1 });
  wecom.setFault('busy', false);
  await poll(() => arrived(wecom).length).toBe(4);
  expect(arrived(wecom)).toEqual(['high', 'first', 'disk 99 %', 'low']);
});

it('gives up what is too late, takes back what is cancelled, and sends again what is asked for', async () => {
  const clock = createVirtualClock();
  const wecom = await startWecom(['robot'], { now: clock.now });
  const sending = { timers: clock.timers };
  const gateway = await startSending([robotBot(wecom, 'robot')], { now: clock.now, sending });
  for (let n = 0; n < 20; n += 1) await gateway.send('robot', text(String(n)));
  const brief = await gateway.send('robot', text('brief'), { expires_at: clock.now() + 30_000 });
  const unwanted = await gateway.send('robot', text('unwanted'));
  expect([brief.outcome, unwanted.outcome]).toEqual(['queued', 'queued']);
  await gateway.outbox.cancel(unwanted.id);
  clock.advance(30_000);
  await poll(() => gateway.sendStatus(brief.id).state).toBe('failed');
  expect(gateway.sendStatus(brief.id).result.error?.code).toBe('MESSAGE_EXPIRED');
  await gateway.outbox.retry(brief.id);
  await expect(gateway.outbox.retry(brief.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  clock.advance(30_000);
  await poll(() => gateway.sendStatus(brief.id).state).toBe('delivered');
  expect(arrived(wecom).slice(20)).toEqual(['brief']);
});

it('counts bots whose webhooks have one key as one robot, however their addresses are spelt', async () => {
  const clock = createVirtualClock();
  const wecom = await startWecom(['robot'], { now: clock.now });
  const webhook = wecom.webhook('key-of-robot');
  const again = robotBot(wecom, 'again', { webhook: webhook.replace('?', '?debug=1&') });
  const bots = [robotBot(wecom, 'robot', { webhook }), again];
  const gateway = await startSending(bots, { now: clock.now, sending: { timers: clock.timers } });
  for (let n = 0; n < 10; n += 1) {
    for (const { id } of bots) await gateway.send(id, text(`${n} of ${id}`));
  }
  for (const { id } of bots) {
    expect(gateway.quota(id).remaining).toBe(0);
    expect(await gateway.send(id, text('one more'))).toMatchObject({ outcome: 'queued' });
  }
  expect(arrived(wecom)).toHaveLength(20);
});

it('takes no more than a thousand waiting messages of a bot, and says when to come again', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot')]);
  const send = () => gateway.send('robot', text('x'), { waitMs: 0 });
  wecom.setFault('rate_limit', true);
  await send();
  await poll(() => gateway.quota('robot').etaMs).toBeGreaterThan(50_000);
  const unwanted = await send();
  await Promise.all(Array.from({ length: 998 }, send));
  const busy = { code: 'BUSY', params: { limit: 1000 } };
  await expect(send()).rejects.toMatchObject(busy);

  await gateway.outbox.cancel(unwanted.id);
  const last = await send();
  // What has ended comes back as one more.
  await expect(gateway.outbox.retry(unwanted.id)).rejects.toMatchObject(busy);
  await gateway.outbox.cancel(last.id);
  await gateway.outbox.retry(unwanted.id);
  await expect(send()).rejects.toMatchObject(busy);
});

it('sends once for 64 parallel requests with one key, and refuses the key for anything else', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot')]);
  const send = (content: string, owner: string) =>
    gateway.send('robot', text(content), { idempotency: { owner, key: 'order-7' } });
  const results = await Promise.all(Array.from({ length: 64 }, () => send('shipped', 'key-a')));
  expect(new Set(results.map(({ id }) => id)).size).toBe(1);
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
  expect(arrived(wecom)).toEqual(['shipped']);
  await expect(send('lost', 'key-a')).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await send('shipped', 'key-b')).id).not.toBe(results[0]?.id);
  expect(arrived(wecom)).toHaveLength(2);
});

it('splits a long text into numbered messages that arrive in order', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot'), appBot(wecom)]);
  const long = '一段话在这里。'.repeat(300);
  await expect(gateway.send('robot', text(long))).rejects.toMatchObject({
    code: 'MESSAGE_TOO_LONG',
  });
  const result = await gateway.send('robot', text(long), { split: true });
  expect(result.parts).toHaveLength(4);
  expect(arrived(wecom).map((part) => part.slice(0, 5))).toEqual([
    '(1/4)',
    '(2/4)',
    '(3/4)',
    '(4/4)',
  ]);
  await gateway.send('app', { ...text(long), touser: 'zhangsan' }, { split: true });
  const parts = arrived(wecom).slice(4);
  expect(parts.map((part) => part.replace(/^\(\d\/4\)\n/, '')).join('')).toBe(long);
});

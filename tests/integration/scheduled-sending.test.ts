import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import {
  arrived,
  configOf,
  poll,
  robotBot,
  startSending,
  startWecom,
  tempDir,
  text,
} from '../support/sending.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (at: number): string => new Date(at).toISOString();

describe('a message with sendAt', () => {
  it('waits for its time over a restart, behind nobody, and then leaves once', async () => {
    const clock = createVirtualClock();
    const wecom = await startWecom(['robot'], { now: clock.now });
    const bots = [robotBot(wecom, 'robot')];
    const options = { dataDir: await tempDir(), now: clock.now, sending: { timers: clock.timers } };
    let gateway = await startSending(bots, options);
    const at = clock.now() + 29 * DAY;
    const later = await gateway.send('robot', text('later'), { sendAt: iso(at), priority: 9 });
    expect(later).toMatchObject({ outcome: 'queued', queue: { sendAt: at, etaMs: 29 * DAY } });
    // What is written now does not wait behind it.
    expect((await gateway.send('robot', text('now'))).outcome).toBe('delivered');
    expect(gateway.quota('robot')).toMatchObject({ queued: 1, etaMs: 0 });
    expect(gateway.listMessages({ limit: 9 }).rows).toMatchObject([{}, { sendAt: at }]);
    await gateway.close(0);
    gateway = await startSending(bots, options);
    expect(gateway.outbox.list({ limit: 9 })).toMatchObject({
      total: 1,
      rows: [{ id: later.id, sendAt: at, expiresAt: at + DAY }],
    });
    clock.advance(29 * DAY - 1);
    expect(arrived(wecom)).toEqual(['now']);
    clock.advance(1);
    await poll(() => arrived(wecom)).toEqual(['now', 'later']);
    await poll(() => gateway.sendStatus(later.id).state).toBe('delivered');
    expect(gateway.getMessage(later.id).attempts).toMatchObject([
      { n: 1, at, target: 'robot', outcome: 'taken', errcode: 0, retryOf: null },
    ]);
  });

  it('keeps to the robot’s minute at its time: thirty at once leave as twenty and ten', async () => {
    const clock = createVirtualClock();
    const wecom = await startWecom(['robot'], { now: clock.now });
    const sending = { timers: clock.timers };
    const gateway = await startSending([robotBot(wecom, 'robot')], { now: clock.now, sending });
    const sendAt = iso(clock.now() + HOUR);
    for (let n = 0; n < 30; n += 1) await gateway.send('robot', text(String(n)), { sendAt });
    clock.advance(HOUR);
    await poll(() => arrived(wecom).length).toBe(20);
    await poll(() => gateway.quota('robot')).toMatchObject({ remaining: 0, queued: 10 });
    clock.advance(59_000);
    expect(arrived(wecom)).toHaveLength(20);
    clock.advance(15_000);
    await poll(() => arrived(wecom).length).toBe(30);
    expect(arrived(wecom)).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
    expect(wecom.calls()['webhook/send']).toBe(30);
  });

  it('is listed in the order of leaving, taken back before, and put off by a newer of its subject', async () => {
    const clock = createVirtualClock();
    const wecom = await startWecom(['robot'], { now: clock.now });
    const sending = { timers: clock.timers };
    const gateway = await startSending([robotBot(wecom, 'robot')], { now: clock.now, sending });
    const at = (hours: number) => iso(clock.now() + hours * HOUR);
    const send = (content: string, hours: number, more: object = {}) =>
      gateway.send('robot', text(content), { sendAt: at(hours), ...more });
    const third = await send('third', 3, { coalesce_key: 'report' });
    const second = await send('second', 2);
    const first = await send('first', 1);
    const listed = () => gateway.outbox.list({ limit: 9 }).rows.map(({ id }) => id);
    expect(listed()).toEqual([first.id, second.id, third.id]);
    expect(gateway.outbox.list({ limit: 9 }).rows.map(({ position }) => position)).toEqual([
      0, 1, 2,
    ]);
    await gateway.outbox.cancel(second.id);
    expect(gateway.sendStatus(second.id)).toMatchObject({
      state: 'failed',
      result: { error: { code: 'MESSAGE_CANCELLED' } },
    });
    await send('third again', 4, { coalesce_key: 'report' });
    clock.advance(3 * HOUR);
    await poll(() => arrived(wecom)).toEqual(['first']);
    clock.advance(HOUR);
    await poll(() => arrived(wecom)).toEqual(['first', 'third again']);
  });

  it('is refused where it is too far ahead or would expire before, and leaves at once where it is past', async () => {
    const wecom = await startWecom(['robot']);
    const gateway = await startSending([robotBot(wecom, 'robot')]);
    const send = (options: object) => gateway.send('robot', text('x'), options);
    await expect(send({ sendAt: iso(Date.now() + 31 * DAY) })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      params: { field: 'sendAt', reason: 'too_far' },
    });
    const soon = Date.now() + HOUR;
    await expect(send({ sendAt: iso(soon), expires_at: soon })).rejects.toMatchObject({
      params: { field: 'expires_at' },
    });
    expect((await send({ sendAt: iso(Date.now() - HOUR) })).outcome).toBe('delivered');
    expect(gateway.outbox.list({ limit: 9 }).total).toBe(0);
  });

  it('is answered 202 with its time by the API, once for each idempotency key', async () => {
    const wecom = await startWecom(['robot']);
    const hash = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
    const bots = [robotBot(wecom, 'robot')];
    const config = configOf(bots, { apiKeys: [{ id: 'k', hash, scopes: ['send'] }] });
    const gateway = await startSending(bots, { config });
    const post = async (body: object) => {
      const answer = await request(`${gateway.address}/api/bots/robot/messages`, {
        method: 'POST',
        headers: {
          authorization: 'Bearer secret',
          'content-type': 'application/json',
          'idempotency-key': 'once',
        },
        body: JSON.stringify(body),
      });
      return { status: answer.statusCode, body: (await answer.body.json()) as { id: string } };
    };
    const at = Math.floor(Date.now() / 1000) * 1000 + HOUR;
    const message = { ...text('x'), sendAt: iso(at).replace('.000Z', '+00:00') };
    const answer = await post(message);
    expect(answer).toMatchObject({ status: 202, body: { state: 'queued', sendAt: at } });
    expect((await post(message)).body.id).toBe(answer.body.id);
    expect((await post({ ...message, sendAt: iso(at + 1000) })).status).toBe(409);
    expect((await post({ ...message, sendAt: 'tomorrow' })).status).toBe(400);
    expect(gateway.outbox.list({ limit: 9 }).total).toBe(1);
  });
});

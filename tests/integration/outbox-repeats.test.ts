import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import {
  appBot,
  arrived,
  configOf,
  poll,
  startSending,
  startWecom,
  tempDir,
  text,
} from '../support/sending.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const checked = (more: object = {}) => ({
  ...text('checked'),
  touser: 'zhangsan',
  enable_duplicate_check: 1 as const,
  ...more,
});

/** An app's message whose first attempt has lost its answer and whose second one is `delayMs` away. */
async function doubtful(delayMs: number, more: object = {}) {
  const clock = createVirtualClock();
  const wecom = await startWecom([], { now: clock.now });
  const dataDir = await tempDir();
  const sending = { timers: clock.timers, retryDelaysMs: [delayMs, delayMs, delayMs] };
  const options = { dataDir, now: clock.now, sending };
  const gateway = await startSending([appBot(wecom)], options);
  wecom.setFault('lost_answer', true);
  const sent = gateway.send('app', checked(more));
  const row = () => gateway.outbox.list({ limit: 1 }).rows[0];
  await poll(() => row()?.attempts === 1 && row()?.state === 'queued').toBe(true);
  const id = row()?.id ?? '';
  // Whoever asked waits no longer than five seconds.
  clock.advance(5_000);
  expect(await sent).toMatchObject({ id, outcome: 'queued' });
  wecom.setFault('lost_answer', false);
  expect(arrived(wecom)).toEqual(['checked']);
  return { clock, wecom, dataDir, options, gateway, id };
}

it('repeats a doubtful message within the interval in which WeCom drops the second', async () => {
  const { clock, wecom, gateway, id } = await doubtful(20_000, { duplicate_check_interval: 60 });
  clock.advance(30_000);
  await poll(() => gateway.sendStatus(id).state).toBe('delivered');
  expect(arrived(wecom)).toEqual(['checked']);
});

it('never repeats it later: WeCom would take it for another one', async () => {
  const { clock, wecom, gateway, id } = await doubtful(20_000, { duplicate_check_interval: 15 });
  clock.advance(30_000);
  await poll(() => gateway.sendStatus(id).state).toBe('unknown');
  expect(arrived(wecom)).toEqual(['checked']);
  expect(wecom.calls()['message/send']).toBe(1);
});

it('nor after a restart that took longer than the interval', async () => {
  const { clock, wecom, options, gateway, id } = await doubtful(20_000);
  await gateway.close(0);
  clock.advance(1_800_000);
  const later = await startSending([appBot(wecom)], options);
  await poll(() => later.sendStatus(id).state).toBe('unknown');
  expect(arrived(wecom)).toEqual(['checked']);
  // It is the operator who may send it once more.
  await later.outbox.retry(id);
  await poll(() => later.sendStatus(id).state).toBe('delivered');
  expect(arrived(wecom)).toEqual(['checked', 'checked']);
});

it.each([
  [60_000, 'delivered', 1],
  [1_800_000, 'unknown', 1],
])('a crash in the attempt, and %i ms until the next start: %s', async (ms, state, times) => {
  const { clock, wecom, dataDir, options, gateway, id } = await doubtful(20_000);
  await gateway.close(0);
  // As a crash leaves it that comes between the mark and the answer.
  const db = new Database(join(dataDir, 'inbox.db'));
  db.prepare(`UPDATE outbox SET state = 'sending'`).run();
  db.close();
  clock.advance(ms);
  const later = await startSending([appBot(wecom)], options);
  await poll(() => later.sendStatus(id).state).toBe(state);
  expect(arrived(wecom)).toHaveLength(times);
});

it('stays unknown where the attempts after it could not reach WeCom, or its time was up', async () => {
  const { clock, gateway, wecom, id } = await doubtful(20_000);
  gateway.reconfigure(configOf([appBot(wecom, { apiBase: 'http://127.0.0.1:1' })]));
  for (let n = 0; n < 3; n += 1) {
    clock.advance(30_000);
    await poll(() => gateway.outbox.list({ limit: 1 }).rows[0]?.state).not.toBe('sending');
  }
  await poll(() => gateway.sendStatus(id).state).toBe('unknown');
  expect(gateway.sendStatus(id).result.error?.code).toBe('WECOM_UNREACHABLE');

  const other = await doubtful(20_000);
  await other.gateway.outbox.cancel(other.id);
  expect(other.gateway.sendStatus(other.id)).toMatchObject({
    state: 'unknown',
    result: { error: { code: 'MESSAGE_CANCELLED' } },
  });
});

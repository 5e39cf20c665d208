import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import { SendResult } from '../../common/domain/outgoing.ts';
import {
  API_KEY,
  answered,
  json,
  SEND_KEY,
  startGateway,
  startTarget,
  tempDir,
  testConfig,
} from '../testing/harness.ts';
import type { BotConfig, Gateway } from '../types.ts';

const hello: RobotMessage = { msgtype: 'text', text: { content: 'hello' } };
const ok = (response: ServerResponse): void => json(response, { errcode: 0, errmsg: 'ok' });

function robot(url: string, id = 'robot'): BotConfig {
  return { id, kind: 'robot', receiveId: '', target: null, webhook: `${url}?key=secret-${id}` };
}

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('sending through a robot', () => {
  it('gives WeCom’s answer and keeps what was sent', async () => {
    const wecom = await startTarget(ok);
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const result = await gateway.send('robot', hello);
    expect(result).toMatchObject({
      outcome: 'delivered',
      errcode: 0,
      errmsg: 'ok',
      remaining: 19,
      egress: { via: 'direct', ip: null },
    });
    expect(JSON.parse(wecom.heard[0]?.body ?? '')).toEqual(hello);
    const detail = gateway.getMessage(result.id);
    expect(detail).toMatchObject({
      row: { direction: 'out', outcome: 'delivered', type: 'text', bot: 'robot' },
      message: hello,
      raw: null,
    });
    expect(JSON.parse(detail.reply ?? '')).toEqual({ errcode: 0, errmsg: 'ok' });
  });

  it('tells refused, failed and unknown apart', async () => {
    let answer = (response: ServerResponse): void =>
      json(response, {
        errcode: 93000,
        errmsg: 'invalid webhook url, hint: [x], from ip: 1.2.3.4',
      });
    const wecom = await startTarget((response) => answer(response));
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const refused = await gateway.send('robot', hello);
    expect(refused).toMatchObject({ outcome: 'refused', errcode: 93000 });
    expect(refused.errmsg).not.toContain('1.2.3.4');
    expect(gateway.getMessage(refused.id).row.error).toEqual({
      code: 'WECOM_REFUSED',
      params: { errcode: 93000 },
    });
    answer = (response) => response.destroy();
    expect(await gateway.send('robot', hello)).toMatchObject({ outcome: 'unknown', errcode: null });
    gateway.reconfigure(testConfig({ bots: [robot('http://127.0.0.1:1/send')] }));
    expect(await gateway.send('robot', hello)).toMatchObject({ outcome: 'failed', remaining: 20 });
  });

  it('throws what the caller can mend', async () => {
    const wecom = await startTarget(ok);
    const { webhook: _webhook, ...bare } = robot(wecom.url, 'bare');
    const app: BotConfig = { id: 'app', kind: 'app', receiveId: 'ww1', target: null };
    const gateway = await startGateway({ bots: [robot(wecom.url), bare, app] });
    const empty: RobotMessage = { msgtype: 'text', text: { content: '' } };
    const long: RobotMessage = { msgtype: 'markdown', markdown: { content: '长'.repeat(2000) } };
    for (const [bot, message, code] of [
      ['nobody', hello, 'BOT_NOT_FOUND'],
      ['app', hello, 'SEND_NOT_SUPPORTED'],
      ['bare', hello, 'WEBHOOK_MISSING'],
      ['robot', empty, 'MESSAGE_EMPTY'],
      ['robot', long, 'MESSAGE_TOO_LONG'],
    ] as const) {
      expect(await caught(gateway.send(bot, message))).toMatchObject({ code });
    }
    expect(wecom.heard).toEqual([]);
    expect(gateway.listMessages({ limit: 9 }).rows).toEqual([]);
  });
});

describe('the limit of 20 in 60 seconds', () => {
  async function fill(gateway: Gateway, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) await gateway.send('robot', hello);
  }

  it('holds in every sliding minute, also over a restart', async () => {
    const wecom = await startTarget(ok);
    const dataDir = await tempDir();
    let clock = Date.now();
    const options = { dataDir, now: () => clock };
    const config = { bots: [robot(wecom.url)] };
    const first = await startGateway(config, options);
    await fill(first, 15);
    clock += 30_000;
    await first.close(0);

    const second = await startGateway(config, options);
    expect(second.quota('robot').remaining).toBe(5);
    await fill(second, 5);
    expect(await caught(second.send('robot', hello))).toMatchObject({
      code: 'RATE_LIMITED',
      params: { retryAfterMs: 30_000 },
    });
    expect(second.quota('robot')).toEqual({ remaining: 0, resetAt: clock + 30_000 });
    clock += 30_000;
    expect(second.quota('robot').remaining).toBe(15);
    await fill(second, 15);
    expect(await caught(second.send('robot', hello))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(wecom.heard).toHaveLength(35);
  });

  it('counts open sends', async () => {
    const waiting: ServerResponse[] = [];
    const wecom = await startTarget((response) => waiting.push(response));
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const sends = Array.from({ length: 25 }, () => caught(gateway.send('robot', hello)));
    await expect.poll(() => waiting.length).toBe(20);
    for (const response of waiting) ok(response);
    const refused = (await Promise.all(sends)).filter((error) => error !== null);
    expect(refused).toHaveLength(5);
  });

  it('pauses a robot for a minute after 45009, also over a restart', async () => {
    const wecom = await startTarget((response) =>
      json(response, { errcode: 45009, errmsg: 'api freq out of limit' }),
    );
    const dataDir = await tempDir();
    let clock = Date.now();
    const options = { dataDir, now: () => clock };
    const bots = [robot(wecom.url), robot(wecom.url, 'other')];
    const first = await startGateway({ bots }, options);
    expect(await first.send('robot', hello)).toMatchObject({ outcome: 'refused', remaining: 0 });
    expect(first.quota('other').remaining).toBe(20);
    await first.close(0);
    const second = await startGateway({ bots }, options);
    expect(await caught(second.send('robot', hello))).toMatchObject({
      code: 'RATE_LIMITED',
      params: { retryAfterMs: 60_000 },
    });
    clock += 60_000;
    expect(await second.send('robot', hello)).toMatchObject({ errcode: 45009 });
  });
});

describe('POST /api/bots/:bot/messages', () => {
  it('sends, with the scope send', async () => {
    const wecom = await startTarget(ok);
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const post = (bot: string, key: string, body: unknown) =>
      answered(gateway, `/api/bots/${bot}/messages`, {
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      });
    const sent = await post('robot', SEND_KEY, hello);
    expect(sent.status).toBe(200);
    expect(SendResult.parse(JSON.parse(sent.body)).outcome).toBe('delivered');
    expect((await post('robot', API_KEY, hello)).status).toBe(403);
    expect((await post('robot', 'cwk_no', hello)).status).toBe(401);
    const missing = await post('nobody', SEND_KEY, hello);
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.body)).toEqual({
      error: { code: 'BOT_NOT_FOUND', params: { bot: 'nobody' } },
    });
    const bad = await post('robot', SEND_KEY, { msgtype: 'text', text: { content: 7 } });
    expect(bad.status).toBe(400);
    expect(JSON.parse(bad.body)).toMatchObject({ error: { params: { field: 'text.content' } } });
    for (let n = 0; n < 19; n += 1) await post('robot', SEND_KEY, hello);
    const limited = await post('robot', SEND_KEY, hello);
    expect(limited.status).toBe(429);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  });
});

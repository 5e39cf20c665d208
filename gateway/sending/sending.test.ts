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
    const waiting = await gateway.send('robot', hello, { waitMs: 500 });
    expect(waiting).toMatchObject({ outcome: 'queued', queue: { position: 0 } });
    expect(gateway.quota('robot')).toMatchObject({ remaining: 20, queued: 1 });
  });

  it('throws what the caller can mend', async () => {
    const wecom = await startTarget(ok);
    const { webhook: _webhook, ...bare } = robot(wecom.url, 'bare');
    const app: BotConfig = { id: 'app', kind: 'app', receiveId: 'ww1', target: null };
    const smart: BotConfig = { id: 'smart', kind: 'aibot', receiveId: '', target: null };
    const gateway = await startGateway({ bots: [robot(wecom.url), bare, app, smart] });
    const empty: RobotMessage = { msgtype: 'text', text: { content: '' } };
    const long: RobotMessage = { msgtype: 'markdown', markdown: { content: '长'.repeat(2000) } };
    for (const [bot, message, code] of [
      ['nobody', hello, 'BOT_NOT_FOUND'],
      ['app', hello, 'APP_CREDENTIALS_MISSING'],
      ['smart', hello, 'SEND_NOT_SUPPORTED'],
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
    const queued = await second.send('robot', hello);
    expect(queued).toMatchObject({ outcome: 'queued', queue: { position: 0, etaMs: 30_000 } });
    expect(second.quota('robot')).toEqual({
      remaining: 0,
      resetAt: clock + 30_000,
      queued: 1,
      etaMs: 30_000,
    });
    clock += 30_000;
    await fill(second, 14);
    expect(second.sendStatus(queued.id).state).toBe('delivered');
    expect(second.quota('robot').remaining).toBe(0);
    expect(wecom.heard).toHaveLength(35);
  });

  it('sends one after another, in order', async () => {
    const waiting: ServerResponse[] = [];
    const wecom = await startTarget((response) => waiting.push(response));
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const sends = ['1', '2', '3'].map((content) =>
      gateway.send('robot', { msgtype: 'text', text: { content } }),
    );
    for (let n = 0; n < 3; n += 1) {
      await expect.poll(() => waiting.length).toBe(n + 1);
      ok(waiting[n] as ServerResponse);
    }
    await Promise.all(sends);
    const heard = wecom.heard.map(({ body }) => JSON.parse(body) as { text: { content: string } });
    expect(heard.map(({ text }) => text.content)).toEqual(['1', '2', '3']);
  });

  it('pauses a robot for a minute after 45009, also over a restart, and sends then', async () => {
    let answer = (response: ServerResponse): void =>
      json(response, { errcode: 45009, errmsg: 'api freq out of limit' });
    const wecom = await startTarget((response) => answer(response));
    const dataDir = await tempDir();
    let clock = Date.now();
    const options = { dataDir, now: () => clock };
    const bots = [robot(wecom.url), robot(wecom.url, 'other')];
    const first = await startGateway({ bots }, options);
    const held = await first.send('robot', hello, { waitMs: 500 });
    expect(held).toMatchObject({ outcome: 'queued', queue: { etaMs: 60_000 } });
    expect(held.error).toMatchObject({ code: 'WECOM_REFUSED', params: { errcode: 45009 } });
    expect(first.quota('other').remaining).toBe(20);
    await first.close(0);
    answer = ok;
    const second = await startGateway({ bots }, options);
    expect(second.quota('robot')).toMatchObject({ remaining: 0, etaMs: 60_000, queued: 1 });
    clock += 60_000;
    expect(await second.send('robot', hello)).toMatchObject({ outcome: 'delivered' });
    expect(second.sendStatus(held.id).state).toBe('delivered');
    expect(wecom.heard).toHaveLength(3);
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
    const queued = await post('robot', SEND_KEY, hello);
    expect(queued.status).toBe(202);
    const { id, ...place } = JSON.parse(queued.body) as { id: string };
    expect(place).toMatchObject({ state: 'queued', position: 0 });
    const headers = { authorization: `Bearer ${SEND_KEY}` };
    const status = await answered(gateway, `/api/messages/${id}/status`, { headers });
    expect(JSON.parse(status.body)).toMatchObject({ state: 'queued', attempts: 0 });
    const body = '';
    const cancel = `/api/messages/${id}/cancel`;
    expect((await answered(gateway, cancel, { headers, body })).status).toBe(204);
    expect((await answered(gateway, cancel, { headers, body })).status).toBe(409);
    expect(gateway.sendStatus(id).result.error?.code).toBe('MESSAGE_CANCELLED');
  });
});

describe('Idempotency-Key', () => {
  it('sends once, answers the same, and is refused for another message', async () => {
    const wecom = await startTarget(ok);
    const gateway = await startGateway({ bots: [robot(wecom.url)] });
    const post = (content: string, key: string) =>
      answered(gateway, '/api/bots/robot/messages', {
        body: JSON.stringify({ msgtype: 'text', text: { content }, priority: 9 }),
        headers: {
          authorization: `Bearer ${SEND_KEY}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
      });
    const first = await post('shipped', 'order-7');
    expect((await post('shipped', 'order-7')).body).toBe(first.body);
    const other = await post('lost', 'order-7');
    expect(other.status).toBe(409);
    expect(JSON.parse(other.body)).toEqual({
      error: { code: 'CONFLICT', params: { reason: 'idempotency' } },
    });
    expect((await post('shipped', 'not printable: \u00e9')).status).toBe(400);
    expect(wecom.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { msgtype: 'text', text: { content: 'shipped' } },
    ]);
    const metrics = await answered(gateway, '/metrics');
    for (const line of [
      'gateway_wecom_send_total{channel="webhook",outcome="delivered"} 1',
      'gateway_wecom_ratelimit_queued{robot="robot"} 0',
    ]) {
      expect(metrics.body.split('\n')).toContain(line);
    }
  });
});

describe('a late answer of a smart bot', () => {
  it('goes to its response_url once, within the hour', async () => {
    const wecom = await startTarget(ok);
    const smart: BotConfig = { id: 'smart', kind: 'aibot', receiveId: '', target: null };
    const gateway = await startGateway({ bots: [smart] });
    const late = (receivedAt: number) =>
      gateway.sendLate({
        bot: 'smart',
        message: {
          id: 'in-1',
          bot: 'smart',
          kind: 'aibot',
          receivedAt,
          type: 'text',
          event: null,
          agentId: null,
          msgId: 'm',
          createTime: null,
          from: { userId: 'zhangsan', corpId: null },
          chat: { id: 'zhangsan', type: 'single' },
          content: {},
          raw: { format: 'json', text: '{}' },
        },
        reply: { type: 'text', content: '**done**' },
        responseUrl: `${wecom.url}?response_code=secret`,
      });
    const now = Date.now();
    const [one, two] = await Promise.all([late(now), late(now)]);
    expect(one?.id).toBe(two?.id);
    await expect.poll(() => gateway.sendStatus(one?.id ?? '').state).toBe('delivered');
    expect(wecom.heard.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { msgtype: 'markdown', markdown: { content: '**done**' } },
    ]);
    expect(await caught(late(now - 3_600_001))).toMatchObject({ code: 'SEND_NOT_SUPPORTED' });
    await expect(gateway.outbox.retry(one?.id ?? '')).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

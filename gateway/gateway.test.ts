import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InboundMessage } from '../common/domain/inbound.ts';
import { DATABASE_FILE } from './inbox/schema.ts';
import {
  API_KEY,
  answered,
  call,
  json,
  rowWhere,
  startGateway,
  startTarget,
  tempDir,
} from './testing/harness.ts';
import {
  appBot,
  newKeys,
  openReply,
  signCallback,
  signEcho,
  textMessage,
} from './testing/wecom-client.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';

describe('callbacks on the management port', () => {
  it('answers the address check with the plaintext alone', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const answer = await answered(gateway, signEcho(keys, path, '1616140317555161061'));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('1616140317555161061');
    expect(answer.headers['content-type']).toBe('text/plain');
    expect(answer.headers['x-causeway-source']).toBe('agent');
  });

  it('serves the default bot without a name', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)], defaultBot: 'app' });
    const answer = await answered(gateway, signEcho(keys, '/wecom/callback', 'hello'));
    expect(answer.body).toBe('hello');
  });

  it('stores a message without a target and answers with an empty 200', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const plaintext = textMessage('价格 ]] 😀 & <b>', { msgId: '9223372036854775807' });
    const { target, body } = signCallback(keys, { path, plaintext });
    const answer = await answered(gateway, target, { body });
    expect([answer.status, answer.body]).toEqual([200, '']);

    const row = await rowWhere(gateway, (row) => row.durationMs !== null);
    expect(row).toMatchObject({
      direction: 'in',
      outcome: 'stored',
      type: 'text',
      from: 'zhangsan',
      msgId: '9223372036854775807',
      repeats: 0,
    });
    const detail = gateway.getMessage(row.id);
    expect(detail.raw).toBe(plaintext);
    expect(InboundMessage.parse(detail.message).raw.text).toBe(plaintext);
    expect(detail.spans.gatewayMs).toBeGreaterThan(0);
  });

  it('hands a message to its target and brings the encrypted reply back', async () => {
    const secret = `whsec_${Buffer.from('a key of the target').toString('base64')}`;
    const service = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: '好的 😀' } }),
    );
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url, secret }],
    });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('hi') });
    const answer = await answered(gateway, target, { body });
    expect(answer.status).toBe(200);
    expect(openReply(keys, answer.body)).toContain('<![CDATA[好的 😀]]>');

    const [heard] = service.heard;
    const message = InboundMessage.parse(JSON.parse(heard?.body ?? ''));
    expect(message).toMatchObject({ bot: 'app', kind: 'app', type: 'text' });
    expect(heard?.headers['webhook-id']).toBe(message.id);
    expect(heard?.headers['idempotency-key']).toBe(message.id);
    expect(heard?.headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const signed = `${message.id}.${String(heard?.headers['webhook-timestamp'])}.${heard?.body ?? ''}`;
    const mac = createHmac('sha256', 'a key of the target').update(signed).digest('base64');
    expect(heard?.headers['webhook-signature']).toBe(`v1,${mac}`);
    expect(await rowWhere(gateway, (row) => row.outcome === 'replied')).toMatchObject({
      error: null,
    });
    expect(gateway.targetHealth().get('svc')?.healthy).toBe(true);

    const again = signCallback(keys, { path, plaintext: message.raw.text });
    const repeated = await answered(gateway, again.target, { body: again.body });
    expect(openReply(keys, repeated.body)).toContain('好的 😀');
    expect(service.heard).toHaveLength(1);
    await rowWhere(gateway, (row) => row.repeats === 1);
  });

  it('takes 64 parallel copies of one callback as one message', async () => {
    const waiting: (() => void)[] = [];
    const service = await startTarget((response) => {
      waiting.push(() => json(response, { reply: { type: 'text', content: 'once' } }));
    });
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('same') });
    const copies = Array.from({ length: 64 }, () => answered(gateway, target, { body }));
    await expect.poll(() => gateway.view().received).toBe(64);
    await expect.poll(() => waiting.length).toBe(1);
    for (const answer of waiting) answer();
    const replies = (await Promise.all(copies)).map((answer) => openReply(keys, answer.body));
    expect(replies.every((reply) => reply.includes('once'))).toBe(true);
    const row = await rowWhere(gateway, (row) => row.outcome === 'replied');
    expect(row.repeats).toBe(63);
    expect(gateway.listMessages({ limit: 10 }).rows).toHaveLength(1);
    expect(service.heard).toHaveLength(1);
  });

  it('keeps any two different plaintexts apart', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const event = (key: string, id: number): string =>
      `<xml><ToUserName>ww1</ToUserName><FromUserName>u</FromUserName><CreateTime>1700000000</CreateTime>` +
      `<MsgType>event</MsgType><Event>click</Event><EventKey><![CDATA[${key}]]></EventKey><N>${id}</N></xml>`;
    let id = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 12 }), async (key) => {
        const before = gateway.view().stored;
        const clean = key.replaceAll(/[^\p{L}\p{N} ]/gu, '');
        for (const plaintext of [event(clean, (id += 1)), event(clean, (id += 1))]) {
          const { target, body } = signCallback(keys, { path, plaintext });
          expect((await answered(gateway, target, { body })).status).toBe(200);
        }
        expect(gateway.view().stored).toBe(before + 2);
      }),
      { numRuns: 25 },
    );
    expect(gateway.listMessages({ limit: 200 }).rows).toHaveLength(50);
  });
});

describe('refusals', () => {
  it('answers a forged signature with 403, an unknown bot with 404, a broken body with 400', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const forged = signCallback(
      { ...keys, token: 'another' },
      { path, plaintext: textMessage('x') },
    );
    const refused = await answered(gateway, forged.target, { body: forged.body });
    expect(refused.status).toBe(403);
    expect(refused.headers['x-causeway-error']).toBe('SIGNATURE_INVALID');
    expect(JSON.parse(refused.body)).toEqual({ error: { code: 'SIGNATURE_INVALID' } });

    const good = signCallback(keys, { path, plaintext: textMessage('x') });
    const unknown = good.target.replace('/app?', '/nobody?');
    expect((await answered(gateway, unknown, { body: good.body })).status).toBe(404);
    expect((await answered(gateway, good.target, { body: '<xml' })).status).toBe(400);
    expect((await answered(gateway, good.target, { method: 'PUT', body: '' })).status).toBe(405);
    expect(gateway.listMessages({ limit: 10 }).rows).toEqual([]);
    expect(gateway.view()).toMatchObject({ rejected: 2, stored: 0 });
  });

  it('answers more than 1 MiB with 413', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const { target } = signCallback(keys, { path, plaintext: textMessage('x') });
    for (const size of [(1 << 20) + 1, 5 << 20]) {
      const answer = await answered(gateway, target, { body: Buffer.alloc(size, 'a') });
      expect(answer.status).toBe(413);
    }
    const exact = await answered(gateway, target, { body: Buffer.alloc(1 << 20, 'a') });
    expect(exact.status).toBe(400);
  });

  it('cuts the connection where the signature holds and the rest does not', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const wrongKey = { ...newKeys('ww1'), token: keys.token };
    const wrongId = { ...keys, receiveId: 'ww2' };
    for (const broken of [wrongKey, wrongId]) {
      const { target, body } = signCallback(broken, { path, plaintext: textMessage('x') });
      expect(await call(gateway, target, { body })).toBe('reset');
    }
    const old = signCallback(keys, { path, plaintext: textMessage('x'), timestamp: 1_700_000_000 });
    expect(await call(gateway, old.target, { body: old.body })).toBe('reset');
    const { body } = await answered(gateway, '/metrics');
    expect(body).toContain('gateway_callback_rejected_total{reason="decrypt"} 1');
    expect(body).toContain('gateway_callback_rejected_total{reason="receiveid"} 1');
    expect(body).toContain('gateway_callback_rejected_total{reason="timestamp"} 1');
  });

  it('cuts the connection while the store fails, and takes the callback after that', async () => {
    const dataDir = await tempDir();
    const gateway = await startGateway({ bots: [appBot(keys)] }, { dataDir });
    const locker = new Database(join(dataDir, DATABASE_FILE));
    locker.exec('BEGIN IMMEDIATE');
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect(await call(gateway, target, { body })).toBe('reset');
    expect(gateway.view().store).toMatchObject({ state: 'failing' });
    expect((await answered(gateway, '/api/health')).status).toBe(503);
    locker.exec('ROLLBACK');
    locker.close();
    await expect.poll(() => gateway.view().store).toEqual({ state: 'ok' });
    expect((await answered(gateway, '/api/health')).status).toBe(200);
    expect((await answered(gateway, target, { body })).status).toBe(200);
    expect(gateway.listMessages({ limit: 10 }).rows).toHaveLength(1);
  });
});

describe('key rotation', () => {
  it('takes callbacks of the old pair and of the new one, and answers each with its own', async () => {
    const old = newKeys('ww1');
    const service = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'ok' } }),
    );
    const gateway = await startGateway({
      bots: [
        appBot(keys, {
          target: 'svc',
          previousToken: old.token,
          previousEncodingAesKey: old.encodingAesKey,
        }),
      ],
      targets: [{ id: 'svc', url: service.url }],
    });
    for (const pair of [old, keys]) {
      const { target, body } = signCallback(pair, { path, plaintext: textMessage('x') });
      const answer = await answered(gateway, target, { body });
      expect(openReply(pair, answer.body)).toContain('ok');
    }
    const { body } = await answered(gateway, '/metrics');
    expect(body).toContain('gateway_credential_hits_total{bot="app",pair="previous"} 1');
  });
});

describe('the list', () => {
  it('is paged by id and searched by index', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    for (const from of ['alice', 'Alina', 'bob', 'bob', 'bob']) {
      const { target, body } = signCallback(keys, { path, plaintext: textMessage('x', { from }) });
      await answered(gateway, target, { body });
    }
    const settled = (): boolean =>
      gateway.listMessages({ limit: 9 }).rows.every((row) => row.durationMs !== null);
    await expect.poll(settled).toBe(true);
    const first = gateway.listMessages({ limit: 3 });
    expect(first.rows).toHaveLength(3);
    expect(first.more).toBe(true);
    const before = first.rows.at(-1)?.id ?? '';
    const second = gateway.listMessages({ limit: 3, before });
    expect(second.more).toBe(false);
    expect(second.rows.map((row) => row.from)).toEqual(['Alina', 'alice']);
    expect(gateway.listMessages({ limit: 9, search: 'ali' }).rows).toHaveLength(2);
    expect(gateway.listMessages({ limit: 9, search: 'tex' }).rows).toHaveLength(5);
    const [row] = first.rows;
    expect(gateway.listMessages({ limit: 9, search: row?.msgId ?? '' }).rows).toEqual([row]);
    expect(gateway.listMessages({ limit: 9, search: row?.id ?? '' }).rows).toEqual([row]);
    expect(gateway.listMessages({ limit: 9, direction: 'out' }).rows).toEqual([]);

    const headers = { authorization: `Bearer ${API_KEY}` };
    const page = await answered(gateway, '/api/messages?limit=2&bot=app', { headers });
    expect(JSON.parse(page.body)).toEqual({ rows: first.rows.slice(0, 2), more: true });
  });
});

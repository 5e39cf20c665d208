import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { readApiDocument } from '../testing/api-document.ts';
import { answered, rowWhere, startGateway } from '../testing/harness.ts';
import { startWecomApi } from '../testing/wecom-api.ts';
import { appBot, newKeys, signCallback, textMessage } from '../testing/wecom-client.ts';
import type { ApiKeyConfig, Gateway } from '../types.ts';

const keyOf = (scope: string): string => `cwk_key-with-the-scope-${scope}`;
const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
const [READ, SEND, ADMIN, TARGET] = ['read', 'send', 'admin', 'target'].map(keyOf) as [
  string,
  string,
  string,
  string,
];
const apiKeys: ApiKeyConfig[] = [
  { id: 'reader', hash: hash(READ), scopes: ['read'] },
  { id: 'sender', hash: hash(SEND), scopes: ['send'] },
  { id: 'admin', hash: hash(ADMIN), scopes: ['admin'] },
  { id: 'target', hash: hash(TARGET), scopes: [], target: 'svc' },
];

/** The scope that each operation wants; null where it is open to all. */
const scopes: Readonly<Record<string, 'read' | 'send' | 'admin' | null>> = {
  'GET /api/health': null,
  'GET /metrics': null,
  'GET /api/messages': 'read',
  'GET /api/messages/{id}': 'read',
  'GET /api/messages/{id}/media/{n}': 'read',
  'GET /api/outbox': 'read',
  'GET /api/services': 'read',
  'GET /api/bots/{bot}/media/{media}': 'read',
  'POST /api/bots/{bot}/messages': 'send',
  'POST /api/bots/{bot}/media': 'send',
  'POST /api/bots/{bot}/cards': 'send',
  'GET /api/bots/{bot}/quota': 'send',
  'GET /api/messages/{id}/status': 'send',
  'POST /api/messages/{id}/recall': 'send',
  'POST /api/messages/{id}/retry': 'send',
  'POST /api/messages/{id}/cancel': 'send',
  'POST /api/streams/{id}': 'send',
  'GET /api/streams/{id}': 'send',
  'POST /api/targets/{id}/messages': 'send',
  'POST /api/messages/redrive': 'admin',
  'POST /api/replays': 'admin',
  'GET /api/replays': 'admin',
  'GET /api/replays/{id}': 'admin',
  'DELETE /api/replays/{id}': 'admin',
  'PUT /api/services/{id}': 'admin',
  'DELETE /api/services/{id}': 'admin',
};

const appKeys = newKeys('ww1');
const smartKeys = newKeys('');
const text = (content: string) => ({ msgtype: 'text', text: { content } });
const to = (content: string) => ({ touser: 'zhangsan', ...text(content) });

async function start() {
  const wecom = await startWecomApi();
  const sends = { corpId: 'ww1', corpSecret: 's', agentId: 1, apiBase: wecom.url } as const;
  const robot = { kind: 'robot', receiveId: '', target: null } as const;
  const webhook = `${wecom.url}/cgi-bin/webhook/send?key=k`;
  const gateway = await startGateway({
    apiKeys,
    targets: [
      { id: 'svc', url: '' },
      { id: 'http', url: 'http://127.0.0.1:1/' },
    ],
    bots: [
      appBot(appKeys, sends),
      { ...robot, id: 'robot', webhook },
      { ...robot, id: 'sealed', kind: 'sealed', webhook },
      { ...robot, id: 'smart', kind: 'aibot', ...smartKeys },
      { ...robot, id: 'away', webhook: 'http://127.0.0.1:1/cgi-bin/webhook/send?key=k' },
    ],
  });
  return { wecom, gateway, api: await readApiDocument(gateway) };
}

/** A message of a smart bot with one file. Resolves with its id. */
async function received(gateway: Gateway, url: string, msgid: string): Promise<string> {
  const plaintext = JSON.stringify({
    ...{ msgid, from: { userid: 'u' }, chattype: 'single' },
    ...{ msgtype: 'file', file: { url } },
  });
  const path = '/wecom/callback/smart';
  const signed = signCallback(smartKeys, { path, plaintext, format: 'json' });
  expect((await answered(gateway, signed.target, { body: signed.body })).status).toBe(200);
  return (await rowWhere(gateway, (row) => row.msgId === msgid)).id;
}

describe('the scopes of the API', () => {
  it('are known for each operation of its document', async () => {
    const { api } = await start();
    expect([...api.operations].sort()).toEqual(Object.keys(scopes).sort());
  });

  it('are wanted by each operation, which its document says', async () => {
    const { api } = await start();
    for (const [name, scope] of Object.entries(scopes)) {
      const { security } = api.operation(name);
      if (scope === null) {
        expect(security, name).toBeUndefined();
        expect((await api.ask(name)).status, name).toBe(200);
        continue;
      }
      expect(security, name).toEqual([{ apiKey: [] }]);
      const path = { id: 'a', bot: 'a', media: 'm', n: '0' };
      expect((await api.ask(name, path)).status, name).toBe(401);
      const others = [READ, SEND, TARGET].filter((key) => key !== keyOf(scope));
      for (const key of others) {
        const answer = await api.ask(name, path, { key });
        expect(answer.status, `${name} with ${key}`).toBe(403);
        expect(JSON.parse(answer.body)).toEqual({
          error: { code: 'FORBIDDEN', params: { scope } },
        });
      }
      for (const key of [keyOf(scope), ADMIN]) {
        const { status } = await api.ask(name, path, { key });
        expect([401, 403], `${name} with ${key}`).not.toContain(status);
      }
    }
  });
});

describe('what the API answers is what its document says', () => {
  const codeOf = (answer: { body: string }): unknown =>
    (JSON.parse(answer.body) as { error: { code: unknown } }).error.code;

  it('of sending and files', async () => {
    const { wecom, gateway, api } = await start();
    const send = (bot: string, body: unknown, headers: Record<string, string> = {}) =>
      api.ask('POST /api/bots/{bot}/messages', { bot }, { key: SEND, body, headers });
    const key = { 'idempotency-key': 'k' };
    expect((await send('robot', text('x'), key)).status).toBe(200);
    expect((await send('robot', text('y'), key)).status).toBe(409);
    expect((await send('robot', text('y'), { 'idempotency-key': 'a b' })).status).toBe(400);
    expect((await send('robot', text(''))).status).toBe(400);
    expect((await send('robot', [])).status).toBe(400);
    expect((await send('robot', '{"msgtype"', { 'content-type': 'application/json' })).status).toBe(
      400,
    );
    expect((await send('robot', 'x', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await send('robot', text('x'.repeat(5 << 20)))).status).toBe(413);
    expect((await send('nobody', text('x'))).status).toBe(404);
    expect((await send('smart', text('x'))).status).toBe(409);
    expect((await send('sealed', text('x'))).status).toBe(409);
    const sent = await send('app', to('x'));
    expect(sent.status).toBe(200);
    const { id } = JSON.parse(sent.body) as { id: string };
    const later = await send('app', { ...to('x'), sendAt: '2999-01-01T00:00:00Z' });
    expect(later.status).toBe(400);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const queued = await send('app', { ...to('x'), sendAt: soon });
    expect(queued.status).toBe(202);
    const { id: waiting } = JSON.parse(queued.body) as { id: string };

    for (const one of [id, waiting, 'nothing']) {
      await api.ask('GET /api/messages/{id}', { id: one }, { key: READ });
      await api.ask('GET /api/messages/{id}/status', { id: one }, { key: SEND });
    }
    await api.ask('GET /api/messages', {}, { key: READ });
    await api.ask('GET /api/messages', {}, { key: READ, query: '?limit=201' });
    await api.ask('GET /api/outbox', {}, { key: READ });
    await api.ask('GET /api/outbox', {}, { key: READ, query: '?limit=201' });
    for (const bot of ['app', 'robot', 'smart', 'sealed', 'nobody']) {
      await api.ask('GET /api/bots/{bot}/quota', { bot }, { key: SEND });
    }
    for (const one of [waiting, waiting, 'nothing']) {
      await api.ask('POST /api/messages/{id}/cancel', { id: one }, { key: SEND });
    }
    for (const one of [id, waiting, 'nothing']) {
      await api.ask('POST /api/messages/{id}/retry', { id: one }, { key: SEND });
    }
    const recall = (one: string) =>
      api.ask('POST /api/messages/{id}/recall', { id: one }, { key: SEND });
    expect((await recall(id)).status).toBe(204);
    expect((await recall('nothing')).status).toBe(404);

    const update = (bot: string, body: unknown) =>
      api.ask('POST /api/bots/{bot}/cards', { bot }, { key: SEND, body });
    const button = { response_code: 'R', button: { replace_name: '已处理' } };
    expect(JSON.parse((await update('app', button)).body)).toEqual({ invalidUsers: ['lisi'] });
    expect((await update('app', { response_code: 'R' })).status).toBe(400);
    expect((await update('robot', button)).status).toBe(409);
    expect((await update('nobody', button)).status).toBe(404);

    const upload = (bot: string, query: string, body: Buffer) =>
      api.ask('POST /api/bots/{bot}/media', { bot }, { key: SEND, query, body });
    const file = Buffer.from('a file');
    expect((await upload('robot', '?type=file&name=a.txt', file)).status).toBe(200);
    expect((await upload('app', '?type=file&name=a.txt', file)).status).toBe(200);
    expect((await upload('app', '?type=file&name=a%00b', file)).status).toBe(400);
    expect((await upload('app', '?type=file&name=..%2Fa', file)).status).toBe(400);
    expect((await upload('app', '?type=image&name=a.png', file)).status).toBe(400);
    expect((await upload('robot', '?type=image&name=a.png', file)).status).toBe(409);
    expect((await upload('nobody', '?type=file&name=a', file)).status).toBe(404);
    expect((await upload('away', '?type=file&name=a', file)).status).toBe(502);
    const download = (bot: string, headers: Record<string, string> = {}, media = 'M') =>
      api.ask('GET /api/bots/{bot}/media/{media}', { bot, media }, { key: READ, headers });
    expect((await download('app')).status).toBe(200);
    expect((await download('app', {}, 'M'.repeat(512))).status).toBe(200);
    expect((await download('app', { range: 'lines=1-2' })).status).toBe(400);
    expect((await download('robot')).status).toBe(409);
    expect((await download('nobody')).status).toBe(404);
    wecom.refuse(40007);
    expect((await send('app', to('x'))).status).toBe(200);
    expect((await recall(id)).status).toBe(502);
    expect((await update('app', button)).status).toBe(502);
    expect((await download('app')).status).toBe(502);
    wecom.refuse(60020);
    const refused = await upload('app', '?type=file&name=b.txt', file);
    expect(JSON.parse(refused.body)).toEqual({
      error: { code: 'UNTRUSTED_IP', params: { ip: '203.0.113.7', errcode: 60020 } },
    });
    await gateway.close(0);
  });

  it('of what was received', async () => {
    const { wecom, gateway, api } = await start();
    const path = '/wecom/callback/app';
    const { target, body } = signCallback(appKeys, { path, plaintext: textMessage('x') });
    await answered(gateway, target, { body });
    const { id } = await rowWhere(gateway, (row) => row.bot === 'app');
    await api.ask('GET /api/messages/{id}', { id }, { key: READ });
    const media = (one: string, n: string) =>
      api.ask('GET /api/messages/{id}/media/{n}', { id: one, n }, { key: READ });
    expect((await media(id, '0')).status).toBe(404);
    expect((await media(id, 'x')).status).toBe(400);
    // Neither of these is a file that was encrypted under the bot's key.
    const odd = await received(gateway, `${wecom.url}/file`, 'm1');
    expect(codeOf(await media(odd, '0'))).toBe('DECRYPT_FAILED');
    const inside = await received(gateway, 'http://169.254.169.254/latest', 'm2');
    expect(codeOf(await media(inside, '0'))).toBe('TARGET_ADDRESS_REFUSED');
    const closed = await received(gateway, 'http://127.0.0.1:1/file', 'm3');
    expect(codeOf(await media(closed, '0'))).toBe('WECOM_UNREACHABLE');

    for (const one of [odd, 'nothing']) {
      await api.ask('GET /api/streams/{id}', { id: one }, { key: SEND });
      for (const feed of [{ content: 'x' }, { content: 'x', append: 'y' }]) {
        await api.ask('POST /api/streams/{id}', { id: one }, { key: SEND, body: feed });
      }
    }
    const replay = (request: unknown) =>
      api.ask('POST /api/replays', {}, { key: ADMIN, body: request });
    const started = await replay({ messages: {}, destination: { kind: 'target', target: 'http' } });
    expect(started.status).toBe(202);
    expect((await replay({ messages: {} })).status).toBe(400);
    const nowhere = { kind: 'target', target: 'nowhere' };
    expect((await replay({ messages: {}, destination: nowhere })).status).toBe(404);
    const inner = { kind: 'callback', url: 'http://169.254.169.254/' };
    expect((await replay({ messages: {}, destination: inner })).status).toBe(400);
    await api.ask('GET /api/replays', {}, { key: ADMIN });
    for (const one of [(JSON.parse(started.body) as { id: string }).id, 'nothing']) {
      await api.ask('GET /api/replays/{id}', { id: one }, { key: ADMIN });
      await api.ask('DELETE /api/replays/{id}', { id: one }, { key: ADMIN });
    }
    await api.ask('POST /api/messages/redrive', {}, { key: ADMIN, body: {} });
    await api.ask('POST /api/messages/redrive', {}, { key: ADMIN, body: { ids: [] } });
  });

  it('of services and subscribers', async () => {
    const { gateway, api } = await start();
    await api.ask('GET /api/services', {}, { key: READ });
    const service = { targets: [{ id: 'http' }] };
    await api.ask('PUT /api/services/{id}', { id: 'a' }, { key: ADMIN, body: service });
    await api.ask('PUT /api/services/{id}', { id: 'A' }, { key: ADMIN, body: service });
    await api.ask('DELETE /api/services/{id}', { id: 'a' }, { key: ADMIN });
    const post = (id: string, body: unknown = { any: 'value' }) =>
      api.ask('POST /api/targets/{id}/messages', { id }, { key: SEND, body });
    expect((await post('svc')).status).toBe(502);
    expect((await post('http')).status).toBe(409);
    expect((await post('nowhere')).status).toBe(404);
    expect((await post('NOWHERE')).status).toBe(400);
    expect((await post('svc', { long: 'x'.repeat(2 << 20) })).status).toBe(413);
    const socket = new WebSocket(`${gateway.address.replace('http', 'ws')}/api/ws`, {
      headers: { authorization: `Bearer ${TARGET}` },
    });
    onTestFinished(() => socket.terminate());
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id: string };
      socket.send(JSON.stringify({ type: 'answer', id, body: [1, 'two'] }));
    });
    await once(socket, 'open');
    expect(JSON.parse((await post('svc')).body)).toEqual([1, 'two']);
  });

  it('has the header with which a message leaves once', async () => {
    const { api } = await start();
    expect(api.operation('POST /api/bots/{bot}/messages').parameters).toContainEqual(
      expect.objectContaining({ name: 'idempotency-key', in: 'header' }),
    );
  });
});

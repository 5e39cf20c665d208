import { describe, expect, it } from 'vitest';
import { Route } from '../../common/domain/route.ts';
import {
  answered,
  call,
  json,
  rowWhere,
  startGateway,
  startTarget,
  tempDir,
} from '../testing/harness.ts';
import { appBot, newKeys, openReply, signCallback, textMessage } from '../testing/wecom-client.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';
const bots = [appBot(keys, { target: 'svc' })];

describe('a target that', () => {
  it('is too slow: WeCom gets the empty 200 in time, the row ends late, a repetition gets the reply', async () => {
    let finish = (): void => undefined;
    const service = await startTarget((response) => {
      finish = () => json(response, { reply: { type: 'text', content: 'at last' } });
    });
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const answer = await answered(gateway, target, { body });
    expect([answer.status, answer.body]).toEqual([200, '']);
    finish();
    const row = await rowWhere(gateway, (row) => row.outcome === 'late');
    expect(row.durationMs).toBeLessThanOrEqual(4_000);
    expect(gateway.getMessage(row.id).reply).toContain('at last');

    const repeated = await answered(gateway, target, { body });
    expect(openReply(keys, repeated.body)).toContain('at last');
    expect(await rowWhere(gateway, (row) => row.outcome === 'replied')).toMatchObject({
      repeats: 1,
    });
    expect(service.heard).toHaveLength(1);
  });

  it('fails is tried again with the same id until it takes the message', async () => {
    let calls = 0;
    const service = await startTarget((response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 204).end();
    });
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const answer = await answered(gateway, target, { body });
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(gateway.targetHealth().get('svc')?.healthy).toBe(false);
    const row = await rowWhere(gateway, (row) => row.outcome === 'accepted');
    expect(row.error).toBeNull();
    expect(gateway.targetHealth().get('svc')?.healthy).toBe(true);
    expect(new Set(service.heard.map((heard) => heard.headers['webhook-id'])).size).toBe(1);
    expect(new Set(service.heard.map((heard) => heard.body)).size).toBe(1);
    expect(service.heard).toHaveLength(3);
    const { attempts } = gateway.getMessage(row.id);
    expect(attempts).toMatchObject([
      { n: 1, target: 'svc', outcome: 'failed', status: 503, retryOf: null },
      { n: 2, outcome: 'failed', status: 503, retryOf: 1, error: { code: 'TARGET_REFUSED' } },
      { n: 3, outcome: 'taken', status: 204, retryOf: 2, error: null },
    ]);
  });

  it('takes a message at once leaves one attempt, made of the row; another target is a second one', async () => {
    const service = await startTarget((response) => response.writeHead(204).end());
    const down = await startTarget((response) => response.writeHead(503).end());
    const gateway = await startGateway({
      bots,
      targets: [
        { id: 'down', url: down.url, priority: 0 },
        { id: 'svc', url: service.url, priority: 1 },
      ],
      routes: [
        Route.parse({
          id: 'both',
          match: { keywords: ['both'] },
          targets: [{ id: 'down' }, { id: 'svc' }],
        }),
      ],
    });
    const send = async (plaintext: string) => {
      const { target, body } = signCallback(keys, { path, plaintext });
      await answered(gateway, target, { body });
    };
    await send(textMessage('plain'));
    const plain = await rowWhere(gateway, ({ outcome }) => outcome === 'accepted');
    expect(gateway.getMessage(plain.id).attempts).toMatchObject([
      { n: 1, target: 'svc', outcome: 'taken', status: null, error: null },
    ]);
    await send(textMessage('both'));
    const both = await rowWhere(
      gateway,
      ({ id, outcome }) => outcome === 'accepted' && id !== plain.id,
    );
    expect(gateway.getMessage(both.id).attempts).toMatchObject([
      { n: 1, target: 'down', outcome: 'failed', status: 503 },
      { n: 2, target: 'svc', outcome: 'taken', status: 204, retryOf: 1 },
    ]);
  });

  it('refuses this very message for good ends it', async () => {
    const service = await startTarget((response) => response.writeHead(410).end());
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect((await answered(gateway, target, { body })).status).toBe(200);
    const row = await rowWhere(gateway, (row) => row.outcome === 'failed');
    expect(row.error).toEqual({ code: 'TARGET_REFUSED', params: { target: 'svc', status: 410 } });
  });

  it('redirects is not followed', async () => {
    const other = await startTarget((response) => json(response, {}));
    const service = await startTarget((response) =>
      response.writeHead(307, { location: other.url }).end(),
    );
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    await answered(gateway, target, { body });
    const row = await rowWhere(gateway, (row) => row.error !== null);
    expect(row).toMatchObject({ outcome: 'pending', error: { code: 'TARGET_REFUSED' } });
    expect(other.heard).toEqual([]);
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown reply', '{"reply":{"type":"song"}}'],
    ['more than 1 MiB', JSON.stringify({ reply: { type: 'text', content: 'x'.repeat(1 << 20) } })],
  ])('answers with %s has taken the message, and the row says what was wrong', async (_, text) => {
    const service = await startTarget((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(text),
    );
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const answer = await answered(gateway, target, { body });
    expect([answer.status, answer.body]).toEqual([200, '']);
    const row = await rowWhere(gateway, (row) => row.error !== null);
    expect(row).toMatchObject({ outcome: 'accepted', error: { code: 'TARGET_REPLY_INVALID' } });
  });

  it.each([
    ['null', 'application/json', 'null'],
    ['an empty object', 'application/json; charset=utf-8', '{}'],
    ['no body', 'application/json', ''],
    ['plain text', 'text/plain', 'ok'],
  ])('answers with %s gives no reply', async (_, contentType, text) => {
    const service = await startTarget((response) =>
      response.writeHead(200, { 'content-type': contentType }).end(text),
    );
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: service.url }] });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect((await answered(gateway, target, { body })).body).toBe('');
    const row = await rowWhere(gateway, (row) => row.outcome === 'accepted');
    expect(row.error).toBeNull();
  });
});

describe('a conversation', () => {
  it('is delivered in order over failures and a restart, while others go on', async () => {
    const dataDir = await tempDir();
    let broken = true;
    const taken: string[] = [];
    const service = await startTarget((response, heard) => {
      const { from, content } = JSON.parse(heard.body) as {
        from: { userId: string };
        content: { content: string };
      };
      if (broken && from.userId === 'zhangsan') response.writeHead(503).end();
      else {
        taken.push(`${from.userId} ${content.content}`);
        json(response, {});
      }
    });
    const config = { bots, targets: [{ id: 'svc', url: service.url }] };
    const first = await startGateway(config, { dataDir });
    const send = async (text: string, from: string): Promise<void> => {
      const plaintext = textMessage(text, { from });
      const { target, body } = signCallback(keys, { path, plaintext });
      // Those that still wait when the gateway closes are cut off.
      await call(first, target, { body });
    };
    await send('1', 'zhangsan');
    const waiting = ['2', '3', '4'].map((text) => send(text, 'zhangsan'));
    await send('1', 'lisi');
    await send('2', 'lisi');
    expect(taken).toEqual(['lisi 1', 'lisi 2']);
    await first.close(0);
    await Promise.all(waiting);
    broken = false;
    await startGateway(config, { dataDir });
    await expect.poll(() => taken.length).toBe(6);
    expect(taken.slice(2)).toEqual(['1', '2', '3', '4'].map((text) => `zhangsan ${text}`));
  });
});

describe('routes', () => {
  it('lead messages to their targets, and to the bot’s own where none matches', async () => {
    const named = async () => {
      const service = await startTarget((response) => json(response, {}));
      return service;
    };
    const [sales, support, rest] = [await named(), await named(), await named()];
    const route = (id: string, match: object, target: string | null): Route =>
      Route.parse({ id, match, targets: target === null ? [] : [{ id: target }] });
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'rest' })],
      targets: Object.entries({ sales, support, rest }).map(([id, { url }]) => ({ id, url })),
      routes: [
        route('mute', { senders: ['spammer'] }, null),
        route('sales', { keywords: ['price', '价格'] }, 'sales'),
        route('support', { pattern: '(?i)^help\\b' }, 'support'),
      ],
    });
    const send = async (text: string, from = 'zhangsan'): Promise<void> => {
      const { target, body } = signCallback(keys, { path, plaintext: textMessage(text, { from }) });
      await answered(gateway, target, { body });
    };
    await send('请问价格');
    await send('HELP me');
    await send('helpless');
    await send('the price', 'spammer');
    expect([sales, support, rest].map(({ heard }) => heard.length)).toEqual([1, 1, 1]);
    expect(gateway.listMessages({ limit: 9 }).rows.map(({ outcome }) => outcome)).toEqual([
      'stored',
      'accepted',
      'accepted',
      'accepted',
    ]);
  });
});

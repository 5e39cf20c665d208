import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CONTRACT_VERSION } from '../../../common/contract/api.ts';
import { ServerFrame } from '../../../common/contract/wire.ts';
import type { Core } from '../../core/index.ts';
import { silentLogger } from '../../../common/domain/log.ts';
import { connectTo } from '../client.ts';
import { logIn, startTestConsole, startTestCore, upgrade } from '../testing/console.ts';
import type { ConsoleServer } from './index.ts';

/** Reads frames one by one, none lost in between. */
function reader(socket: WebSocket): () => Promise<ServerFrame> {
  const frames: ServerFrame[] = [];
  const waiting: ((frame: ServerFrame) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = ServerFrame.parse(JSON.parse(data.toString()));
    const next = waiting.shift();
    if (next === undefined) frames.push(frame);
    else next(frame);
  });
  socket.resume();
  return () => {
    const frame = frames.shift();
    return frame === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(frame);
  };
}

async function open(server: ConsoleServer): Promise<WebSocket> {
  const socket = await upgrade(server, { cookie: await logIn(server), origin: server.origin });
  if (!(socket instanceof WebSocket)) throw new Error(`refused with ${socket}`);
  return socket;
}

const say = (socket: WebSocket, frame: unknown): void => socket.send(JSON.stringify(frame));

async function closed(socket: WebSocket): Promise<number> {
  socket.resume();
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

describe('the socket', () => {
  test('greets, answers calls and carries topics', async () => {
    const core = await startTestCore();
    const server = await startTestConsole({ core });
    const socket = await open(server);
    const next = reader(socket);
    expect(await next()).toEqual({ kind: 'hello', contract: CONTRACT_VERSION });
    say(socket, { kind: 'call', id: 7, name: 'app.info' });
    expect(await next()).toMatchObject({
      kind: 'reply',
      id: 7,
      reply: {
        ok: true,
        value: { version: '1.2.3', capabilities: ['read', 'manage', 'reveal', 'send'] },
      },
    });
    say(socket, { kind: 'subscribe', topic: 'state.changed' });
    say(socket, { kind: 'subscribe', topic: 'state.changed' });
    say(socket, { kind: 'call', id: 8, name: 'settings.update', input: { theme: 'dark' } });
    expect(await next()).toMatchObject({
      kind: 'event',
      topic: 'state.changed',
      payload: { rev: 1 },
    });
    expect(await next()).toEqual({ kind: 'reply', id: 8, reply: { ok: true } });
  });

  test('in readonly mode a browser looks and does not touch', async () => {
    const server = await startTestConsole({ readonly: true });
    const socket = await open(server);
    const next = reader(socket);
    await next();
    const forbidden = [
      'settings.update',
      'bots.save',
      'tunnel.connect',
      'messages.get',
      'send.message',
      'shell.quit',
    ];
    for (const [id, name] of forbidden.entries()) {
      say(socket, { kind: 'call', id, name });
      expect(await next()).toMatchObject({
        id,
        reply: { ok: false, error: { code: 'FORBIDDEN' } },
      });
    }
    say(socket, { kind: 'call', id: 99, name: 'state.get' });
    expect(await next()).toMatchObject({ id: 99, reply: { ok: true } });
  });

  test('its subscriptions end with it', async () => {
    const core = await startTestCore();
    const ended: string[] = [];
    const watched: Pick<Core, 'dispatch' | 'subscribe' | 'log'> = {
      dispatch: core.dispatch,
      log: core.log,
      subscribe: (caller, topic, listener) => {
        const end = core.subscribe(caller, topic, listener);
        return () => {
          ended.push(topic);
          end();
          if (ended.length === 2) socketClosed.resolve();
        };
      },
    };
    const socketClosed = Promise.withResolvers<void>();
    const server = await startTestConsole({ core: watched });
    const socket = await open(server);
    const next = reader(socket);
    await next();
    say(socket, { kind: 'subscribe', topic: 'messages.changed' });
    say(socket, { kind: 'subscribe', topic: 'state.changed' });
    say(socket, { kind: 'call', id: 1, name: 'app.info' });
    await next();
    socket.close();
    await socketClosed.promise;
    expect(ended.toSorted()).toEqual(['messages.changed', 'state.changed']);
  });

  test('a tab that does not read is cut off instead of being waited for', async () => {
    const block = 'x'.repeat(1_000_000);
    const cut = Promise.withResolvers<void>();
    const core: Pick<Core, 'dispatch' | 'subscribe' | 'log'> = {
      log: silentLogger,
      dispatch: () => Promise.resolve({ ok: true, value: null }),
      subscribe: (_caller, _topic, listener) => {
        const timer = setInterval(() => listener(block), 1);
        return () => {
          clearInterval(timer);
          cut.resolve();
        };
      },
    };
    const server = await startTestConsole({ core });
    const socket = await open(server);
    socket.pause();
    say(socket, { kind: 'subscribe', topic: 'state.changed' });
    await cut.promise;
    expect(await closed(socket)).toBe(1006);
  });

  test('a session that ended ends its sockets with the next frame', async () => {
    let now = 0;
    const server = await startTestConsole({ now: () => now });
    const socket = await open(server);
    now += 13 * 3_600_000;
    say(socket, { kind: 'call', id: 1, name: 'state.get' });
    expect(await closed(socket)).toBe(4401);
  });

  test('the program that stops says goodbye', async () => {
    const server = await startTestConsole();
    const socket = await open(server);
    const gone = closed(socket);
    await server.close();
    expect(await gone).toBe(1001);
  });

  test('a tab that sleeps does not keep the program from stopping', async () => {
    const server = await startTestConsole();
    const socket = await open(server);
    await server.close();
    expect(await closed(socket)).toBe(1001);
  });
});

describe('hostile frames', () => {
  test.each([
    ['not JSON', '{', 1008],
    ['not a frame', '{"kind":"eval"}', 1008],
    ['a call without an id', '{"kind":"call","name":"state.get"}', 1008],
    ['a name without end', JSON.stringify({ kind: 'subscribe', topic: 'x'.repeat(100) }), 1008],
    ['a topic that does not exist', '{"kind":"subscribe","topic":"__proto__"}', 1008],
    ['a call as topic', '{"kind":"subscribe","topic":"state.get"}', 1008],
    ['binary', Buffer.from('{}'), 1003],
    ['more than 4 MiB', 'x'.repeat(4 * 1024 * 1024 + 1), 1009],
  ])('%s closes the socket', async (_name, frame, code) => {
    const socket = await open(await startTestConsole());
    socket.send(frame);
    expect(await closed(socket)).toBe(code);
  });
});

describe('hostile upgrades', () => {
  const refused: [string, Record<string, string>, number][] = [
    ['nothing at all', {}, 403],
    ['an Origin but no session', { origin: '{origin}' }, 401],
    ['a session but no Origin', { cookie: '{cookie}' }, 403],
    ['a foreign Origin', { cookie: '{cookie}', origin: 'https://evil.example' }, 403],
    ['an opaque Origin', { cookie: '{cookie}', origin: 'null' }, 403],
    ['another port', { cookie: '{cookie}', origin: 'http://127.0.0.1:1' }, 403],
    ['another scheme', { cookie: '{cookie}', origin: 'https://127.0.0.1:{port}' }, 403],
    [
      'a rebound Host',
      { cookie: '{cookie}', origin: 'http://evil.example', host: 'evil.example' },
      403,
    ],
    ['Host and Origin that differ', { cookie: '{cookie}', origin: 'http://localhost:{port}' }, 403],
    [
      'a page on another site',
      { cookie: '{cookie}', origin: '{origin}', 'sec-fetch-site': 'cross-site' },
      403,
    ],
    [
      'a page on another port',
      { cookie: '{cookie}', origin: '{origin}', 'sec-fetch-site': 'same-site' },
      403,
    ],
    ['a made-up session', { cookie: 'causeway_{port}=AAAA', origin: '{origin}' }, 401],
    ['the session under another name', { cookie: 'causeway={session}', origin: '{origin}' }, 401],
    ['a wrong bearer', { authorization: 'Bearer AAAA' }, 401],
    [
      'a bearer with a foreign Origin',
      { authorization: 'Bearer {token}', origin: 'https://evil.example' },
      403,
    ],
    ['the token as a password', { authorization: 'Basic {token}', origin: '{origin}' }, 401],
    [
      'an endless bearer',
      { authorization: `Bearer ${'A'.repeat(4_000)}`, origin: '{origin}' },
      401,
    ],
  ];
  test.each(refused)('%s is refused', async (_name, headers, status) => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    const places: Record<string, string> = {
      '{origin}': server.origin,
      '{port}': new URL(server.origin).port,
      '{cookie}': cookie,
      '{session}': cookie.split('=')[1] ?? '',
      '{token}': server.token,
    };
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replaceAll(/\{\w+\}/g, (place) => places[place] ?? place),
      ]),
    );
    expect(await upgrade(server, sent)).toBe(status);
  });

  test.each(['/', '/api/console/', '/api/console?token=x', '/login/x'])(
    '%s is no socket',
    async (path) => {
      const server = await startTestConsole();
      const headers = { cookie: await logIn(server), origin: server.origin };
      expect(await upgrade(server, headers, path)).toBe(404);
    },
  );

  test('the token in the address counts for nothing', async () => {
    const server = await startTestConsole();
    expect(await upgrade(server, {}, `/api/console?token=${server.token}`)).toBe(403);
  });
});

describe('the command line', () => {
  test('drives the program with its token', async () => {
    const server = await startTestConsole({ readonly: true });
    const { client, close } = await connectTo({ console: server.origin, token: server.token });
    await client.call('settings.update', { theme: 'light' });
    expect((await client.call('state.get')).settings.values.theme).toBe('light');
    await expect(client.call('tunnel.connect')).rejects.toThrow('NOT_ENROLLED');
    close();
  });

  test('finds nobody where nobody listens, or where the token is another', async () => {
    const server = await startTestConsole();
    await expect(connectTo({ console: server.origin, token: 'other' })).rejects.toThrow(
      'HOST_GONE',
    );
    await server.close();
    await expect(connectTo({ console: server.origin, token: server.token })).rejects.toThrow(
      'HOST_GONE',
    );
  });
});

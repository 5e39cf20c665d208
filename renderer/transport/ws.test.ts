import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket as Peer } from 'ws';
import { CONTRACT_VERSION } from '../../common/contract/api.ts';
import { ClientFrame, type ServerFrame } from '../../common/contract/wire.ts';
import { createIpcTransport } from './ipc.ts';
import type { ConsoleTransport, LinkStatus } from './link.ts';
import { createWsTransport } from './ws.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Host {
  readonly url: string;
  readonly frames: ClientFrame[];
  next(): Promise<Peer>;
}

async function host(contract = CONTRACT_VERSION): Promise<Host> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const frames: ClientFrame[] = [];
  const peers: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  server.on('connection', (peer) => {
    peer.on('message', (data: Buffer) => {
      const frame = ClientFrame.parse(JSON.parse(data.toString()));
      frames.push(frame);
      if (frame.kind === 'call' && frame.name !== 'silent') {
        say(peer, { kind: 'reply', id: frame.id, reply: { ok: true, value: frame.input } });
      }
    });
    say(peer, { kind: 'hello', contract });
    const taker = waiting.shift();
    if (taker === undefined) peers.push(peer);
    else taker(peer);
  });
  closers.push(async () => {
    for (const peer of server.clients) peer.terminate();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    frames,
    next: () => {
      const peer = peers.shift();
      return peer === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(peer);
    },
  };
}

function say(peer: Peer, frame: ServerFrame): void {
  peer.send(JSON.stringify(frame));
}

function dial(url: string, signIn?: () => void): ConsoleTransport {
  const transport = createWsTransport(url, {
    open: (address) => new WebSocket(address),
    after: (ms, run) => {
      // Retries come at once here; the time limit of a call stays what it is.
      const timer = setTimeout(run, ms > 30_000 ? ms : 0);
      return () => clearTimeout(timer);
    },
    random: () => 0,
    signedOut: () => Promise.resolve(signIn !== undefined),
    signIn: () => signIn?.(),
  });
  closers.push(() => transport.close());
  return transport;
}

function reaches(transport: ConsoleTransport, status: LinkStatus): Promise<void> {
  if (transport.status() === status) return Promise.resolve();
  return new Promise((resolve) => {
    const end = transport.onStatus(() => {
      if (transport.status() !== status) return;
      end();
      resolve();
    });
  });
}

const GONE = { ok: false, error: { code: 'HOST_GONE', params: {} } };

it('answers calls over a socket, and says HOST_GONE before there is one', async () => {
  const { url } = await host();
  const transport = dial(url);
  expect(await transport.call('early', 1)).toEqual(GONE);
  await reaches(transport, 'open');
  expect(await Promise.all([transport.call('a', 1), transport.call('b', { x: 2 })])).toEqual([
    { ok: true, value: 1 },
    { ok: true, value: { x: 2 } },
  ]);
});

it('fails what is under way when the socket goes, dials again and subscribes again', async () => {
  const server = await host();
  const transport = dial(server.url);
  const first = await server.next();
  await reaches(transport, 'open');
  const seen: unknown[] = [];
  const heard = Promise.withResolvers<undefined>();
  const end = transport.subscribe('state.changed', (payload) => {
    seen.push(payload);
    heard.resolve(undefined);
  });
  // Answered after the subscription, so that has arrived.
  await transport.call('before', null);
  const lost = transport.call('silent', null);
  first.terminate();
  expect(await lost).toEqual(GONE);
  const second = await server.next();
  await reaches(transport, 'open');
  say(second, { kind: 'event', topic: 'state.changed', payload: { rev: 1 } });
  await heard.promise;
  expect(seen).toEqual([{ rev: 1 }]);

  end();
  await transport.call('after', null);
  const subscriptions = server.frames.filter((frame) => frame.kind !== 'call');
  expect(subscriptions.map(({ kind }) => kind)).toEqual(['subscribe', 'subscribe', 'unsubscribe']);
});

it('asks for a reload when the host speaks another version, and dials no more', async () => {
  const server = await host(CONTRACT_VERSION + 1);
  const transport = dial(server.url);
  const peer = await server.next();
  await reaches(transport, 'outdated');
  if (peer.readyState !== peer.CLOSED) await once(peer, 'close');
  expect(transport.status()).toBe('outdated');
  expect(await transport.call('any', null)).toEqual(GONE);
});

it('leaves for the sign-in page when the host refuses a session that has ended', async () => {
  const server = createServer((_request, response) => response.writeHead(401).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
  });
  const left = Promise.withResolvers<undefined>();
  const { port } = server.address() as AddressInfo;
  const transport = dial(`ws://127.0.0.1:${String(port)}`, () => left.resolve(undefined));
  await left.promise;
  expect(transport.status()).toBe('lost');
});

it('takes a frame that it cannot read for a newer host', async () => {
  const server = await host();
  const transport = dial(server.url);
  const peer = await server.next();
  await reaches(transport, 'open');
  peer.send('{"kind":"news"}');
  await reaches(transport, 'outdated');
  expect(transport.status()).toBe('outdated');
});

it('carries the same contract over the bridge of the desktop shell', async () => {
  const replies: unknown[] = [{ ok: true, value: 7 }, 'nonsense'];
  const transport = createIpcTransport({
    call: () =>
      replies.length > 0 ? Promise.resolve(replies.shift()) : Promise.reject(new Error('gone')),
    on: (_topic, listener) => {
      listener(1);
      return () => undefined;
    },
  });
  expect(await transport.call('a', null)).toEqual({ ok: true, value: 7 });
  expect(await transport.call('a', null)).toMatchObject({
    ok: false,
    error: { code: 'CONTRACT_VERSION' },
  });
  expect(await transport.call('a', null)).toEqual(GONE);
});

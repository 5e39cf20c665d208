import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { upgradeServer } from '../testing/peer.ts';
import { startSignedIn, type SignedIn } from '../testing/signed-in.ts';
import type { Timeline } from './timeline.ts';

let signedIn: SignedIn;
let sockets: WebSocketServer;
const told: Timeline[] = [];

beforeEach(async () => {
  signedIn = await startSignedIn();
  const upgrades = upgradeServer((_request, response) => response.writeHead(404).end());
  sockets = new WebSocketServer({ server: upgrades, path: '/api/ws' });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data as Buffer)));
  const { to } = signedIn;
  await to.connect({ upgrades, onStream: () => undefined });
  told.length = 0;
  to.relay.traffic.subscribe((timeline) => told.push(timeline));
});
afterEach(() => signedIn.close());

function open(path = '/api/ws?ticket=secret', host = 'bot.test'): WebSocket {
  const { publicPort, publicCa } = signedIn.to;
  const url = `wss://127.0.0.1:${publicPort}${path}`;
  const socket = new WebSocket(url, { ca: publicCa, headers: { host } });
  socket.on('error', () => undefined);
  return socket;
}

const row = async () => (await signedIn.client.call('traffic.recent')).rows[0];
const timeline = (): Timeline | undefined => signedIn.to.relay.traffic.recent()[0];

it('a WebSocket is one row, there while it is open and complete when it has closed', async () => {
  const socket = open();
  await once(socket, 'open');
  expect(await row()).toMatchObject({
    method: 'GET',
    path: '/api/ws',
    tunnel: 'acme',
    status: 101,
    upgrade: { durationMs: null, code: null },
  });
  expect(timeline()).toMatchObject({ status: 101, upgrade: null });
  expect(timeline()?.hops.answered).not.toBeNull();
  expect(told).toEqual([]);

  socket.send('x'.repeat(10_000));
  await once(socket, 'message');
  socket.close(4001, 'enough');
  await once(socket, 'close');
  await expect.poll(() => told.length).toBe(1);
  const upgrade = (await row())?.upgrade;
  expect(upgrade).toMatchObject({ code: 4001 });
  expect(upgrade?.durationMs).toBeGreaterThan(0);
  expect(upgrade?.received).toBeGreaterThan(10_000);
  expect(upgrade?.sent).toBeGreaterThan(10_000);
  expect(timeline()?.upgrade).toMatchObject({ code: 4001, received: upgrade?.received });
  expect(told).toEqual([timeline()]);
  const { rows } = await signedIn.client.call('traffic.recent');
  expect(rows).toHaveLength(1);
  expect(JSON.stringify([rows, told])).not.toContain('secret');
});

it('one that breaks off has no code', async () => {
  const socket = open();
  await once(socket, 'open');
  socket.terminate();
  await expect.poll(() => told.length).toBe(1);
  expect((await row())?.upgrade).toMatchObject({ code: null });
});

it('one that is refused is a request with an answer, whoever gave it', async () => {
  open('/elsewhere');
  open('/api/ws', 'nobody.test');
  await expect.poll(() => told.length).toBe(2);
  const { rows } = await signedIn.client.call('traffic.recent');
  expect(rows.find(({ host }) => host === 'nobody.test')).toMatchObject({
    tunnel: null,
    status: 404,
    source: 'relay',
    reason: 'UNKNOWN_HOST',
    upgrade: null,
  });
  expect(rows.find(({ host }) => host === 'bot.test')).toMatchObject({
    tunnel: 'acme',
    status: 400,
    source: 'agent',
    upgrade: null,
  });
});

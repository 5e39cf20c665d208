import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { alpn } from '../../common/tunnel/protocol.ts';
import { openAuthority, type Authority } from '../ca/authority.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import type { PublicTls } from '../ingress/public-server.ts';
import { createMetrics } from '../metrics.ts';
import { makeDataDir } from '../testing/relay.ts';
import type { DeviceIdentity } from './identity.ts';
import { openControlServer, type ControlServer } from './server.ts';

const LIMIT = 4;
const device: DeviceIdentity = {
  ...{ deviceId: 'd1', tunnelId: 1, tunnel: 'acme', serial: '1', notAfter: 0 },
};

let dataDir: string;
let authority: Authority;
let server: ControlServer;
let opened: (net.Socket | TLSSocket)[];

beforeEach(async () => {
  opened = [];
  dataDir = await makeDataDir();
  authority = await openAuthority(dataDir, Date.now);
  server = await openControlServer({
    listen: { host: '127.0.0.1', port: 0 },
    host: '127.0.0.1',
    authority,
    // Who shows a certificate is a device here.
    identify: (certificate) =>
      certificate === undefined
        ? { trusted: false, code: 'CERT_MISSING' }
        : { trusted: true, device },
    metrics: createMetrics({ sessions: () => [] }),
    log: silentLogger,
    now: Date.now,
    strangersPerSource: LIMIT,
    serve: { control: (socket) => socket.resume(), data: () => undefined, enrol: () => undefined },
  });
});
afterEach(async () => {
  for (const socket of opened) socket.destroy();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

function silent(): net.Socket {
  const socket = net.connect(server.address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  opened.push(socket);
  return socket;
}

/** Whether the handshake of a connection is done. */
async function comesIn(localAddress: string, identity?: PublicTls): Promise<boolean> {
  const socket = tls.connect({
    ...(identity === undefined ? {} : { cert: identity.cert, key: identity.key }),
    socket: net.connect({ port: server.address.port, host: '127.0.0.1', localAddress }),
    checkServerIdentity: () => undefined,
    ca: authority.pem,
    ALPNProtocols: [alpn.control],
  });
  opened.push(socket);
  return once(socket, 'secureConnect').then(
    () => true,
    () => false,
  );
}

it('lets no stranger take all connections of the control port', async () => {
  const strangers = Array.from({ length: LIMIT }, silent);
  await Promise.all(strangers.map((socket) => once(socket, 'connect')));
  const beyond = silent();
  beyond.resume();
  await closed(beyond);
  expect(await comesIn('127.0.0.1')).toBe(false);
  expect(await comesIn('127.0.0.2')).toBe(true);
  for (const socket of strangers) socket.destroy();
  await expect.poll(() => comesIn('127.0.0.1')).toBe(true);
});

it('counts no device among them', async () => {
  const identity = await selfSignedPublic(['device'], Date.now());
  for (let count = 0; count < LIMIT * 3; count += 1) {
    expect(await comesIn('127.0.0.1', identity)).toBe(true);
  }
});

import { randomBytes } from 'node:crypto';
import { performServerHandshake } from 'node:http2';
import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { alpn } from '../../common/tunnel/protocol.ts';
import { enrolDevice, type TestIdentity } from '../testing/identity.ts';
import { dialRelay } from '../testing/peer.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import { frame } from '../../tests/support/http2/frames.ts';

let to: TestRelay;
let identity: TestIdentity;
beforeAll(async () => {
  to = await startRelay();
  identity = await enrolDevice(to.relay.createToken('acme', 60_000));
  await to.connect({
    onStream: (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('alive');
    },
  });
});
afterAll(async () => {
  await to.close();
});

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const settings = frame(4, 0, 0, Buffer.alloc(0));
const attacks: Record<string, Buffer> = {
  'random bytes': randomBytes(4_096),
  'HTTP/1.1': Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  'random bytes after the preface': Buffer.concat([Buffer.from(PREFACE), randomBytes(4_096)]),
  'a frame longer than allowed': Buffer.concat([
    Buffer.from(PREFACE),
    settings,
    frame(0, 0, 1, Buffer.alloc(20_000)),
  ]),
  'DATA on a stream that is not open': Buffer.concat([
    Buffer.from(PREFACE),
    settings,
    frame(0, 0, 5, Buffer.alloc(10)),
  ]),
  'headers that do not decode': Buffer.concat([
    Buffer.from(PREFACE),
    settings,
    frame(1, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])),
  ]),
  'CONTINUATION without HEADERS': Buffer.concat([
    Buffer.from(PREFACE),
    settings,
    frame(9, 4, 1, Buffer.alloc(3)),
  ]),
  'SETTINGS without end': Buffer.concat([
    Buffer.from(PREFACE),
    ...Array.from({ length: 20_000 }, () => settings),
  ]),
  'PING without end': Buffer.concat([
    Buffer.from(PREFACE),
    settings,
    ...Array.from({ length: 20_000 }, () => frame(6, 0, 0, Buffer.alloc(8))),
  ]),
};

// HPACK's static table: POST / over https, with an authority of one letter. (CVE-2023-44487)
const post = Buffer.from([0x83, 0x87, 0x84, 0x41, 0x01, 0x78]);
attacks['requests that are reset at once'] = Buffer.concat([
  Buffer.from(PREFACE),
  settings,
  ...Array.from({ length: 5_000 }, (_, count) =>
    Buffer.concat([
      frame(1, 5, 2 * count + 1, post),
      frame(3, 0, 2 * count + 1, Buffer.from([0, 0, 0, 8])),
    ]),
  ),
]);

/** Sends and waits until the relay has ended the connection, or has read it all and is waiting for more. */
async function send(socket: TLSSocket, bytes: Buffer): Promise<void> {
  socket.resume();
  socket.end(bytes);
  await closed(socket);
}

describe.each([alpn.control, alpn.data, alpn.enrol])('on %s', (protocol) => {
  it.each(Object.keys(attacks))('outlives %s', async (name) => {
    const socket = await dialRelay(identity, protocol);
    await send(socket, attacks[name]!);
    expect((await h1(to, { path: '/' })).body.toString()).toBe('alive');
  });
});

it('outlives bytes that are no TLS', async () => {
  const { hostname, port } = new URL(`tcp://${to.relay.addresses.control}`);
  const socket = net.connect(Number(port), hostname);
  socket.resume();
  socket.end(randomBytes(2_048));
  await closed(socket);
  expect((await h1(to, { path: '/' })).body.toString()).toBe('alive');
});

it('refuses an attach answer that is none', async () => {
  for (const answer of ['not json', '{}', '{"generation":"1","index":0}', 'x'.repeat(10_000)]) {
    const socket = await dialRelay(identity, alpn.data);
    const session = performServerHandshake(socket);
    session.on('error', () => undefined);
    session.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      stream.end(answer);
    });
    await closed(socket);
  }
  expect(to.relay.listTunnels()[0]?.sessions).toBe(1);
});

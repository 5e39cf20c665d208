import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
} from 'node:http2';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unusedPort } from '../../tests/support/port.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { createMetrics } from '../metrics.ts';
import { createEgress, MAX_PER_DEVICE, type Resolve } from './egress.ts';
import { parsePattern } from './pattern.ts';

const device = { deviceId: 'd', tunnelId: 1, tunnel: 't', serial: '00', notAfter: 0 };

let target: Server;
let port = 0;
let onConnection: (socket: Socket) => void;
let server: Http2Server;
let session: ClientHttp2Session;
const metrics = createMetrics({ sessions: () => [] });

beforeEach(async () => {
  onConnection = (socket) => socket.pipe(socket);
  target = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  port = (target.address() as AddressInfo).port;
});
afterEach(async () => {
  session.destroy();
  server.close();
  target.close();
  await once(target, 'close');
});

async function open(allow: readonly string[], resolve?: Resolve): Promise<void> {
  const egress = createEgress({
    allow: allow.map(parsePattern),
    metrics,
    audit: { note: () => undefined },
    log: silentLogger,
    ...(resolve === undefined ? {} : { resolve }),
  });
  server = createServer({ settings: { maxConcurrentStreams: 1_000 } });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    egress.connect(stream, headers[':authority'] ?? '', device);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
}

async function dial(authority: string): Promise<{ status: number; stream: ClientHttp2Stream }> {
  const stream = session.request({ ':method': 'CONNECT', ':authority': authority });
  stream.on('error', () => undefined);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: Number(headers[':status']), stream };
}

async function readAll(stream: ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function codeOf(authority: string): Promise<unknown> {
  const { status, stream } = await dial(authority);
  const { error } = JSON.parse((await readAll(stream)).toString()) as { error: { code: string } };
  return [status, error.code];
}

describe('egress', () => {
  it.runIf(process.platform === 'linux')(
    'asks in time whether the target is still there',
    async () => {
      await open([`127.0.0.1:${port}`]);
      const accepted = once(target, 'connection') as Promise<[Socket]>;
      await dial(`127.0.0.1:${port}`);
      const [{ remotePort = 0 }] = await accepted;
      // proc(5): timer 02 of a connection is keepalive.
      const local = `:${remotePort.toString(16).toUpperCase().padStart(4, '0')} `;
      const line = (await readFile('/proc/net/tcp', 'utf8'))
        .split('\n')
        .find((one) => one.slice(0, 22).includes(local));
      expect(line?.trim().split(/\s+/)[5]).toMatch(/^02:/);
    },
  );

  it('carries bytes both ways and ends each half by itself', async () => {
    await open([`127.0.0.1:${port}`]);
    const { status, stream } = await dial(`127.0.0.1:${port}`);
    expect(status).toBe(200);
    const sent = randomBytes(3_000_000);
    stream.end(sent);
    expect((await readAll(stream)).equals(sent)).toBe(true);
  });

  it('gets the rest of an answer after its own half has ended', async () => {
    onConnection = (socket) => {
      socket.on('end', () => {
        socket.write('and ');
        socket.end('the rest');
      });
      socket.resume();
    };
    await open([`127.0.0.1:${port}`]);
    const { stream } = await dial(`127.0.0.1:${port}`);
    stream.end('question');
    expect((await readAll(stream)).toString()).toBe('and the rest');
  });

  it('tells a broken connection from one that has ended', async () => {
    onConnection = (socket) => {
      socket.once('data', () => socket.write('half', () => socket.resetAndDestroy()));
    };
    await open([`127.0.0.1:${port}`]);
    const { stream } = await dial(`127.0.0.1:${port}`);
    stream.write('question');
    await expect(readAll(stream)).rejects.toThrow(/INTERNAL_ERROR|Premature close/);
  });

  it('closes the connection when the device breaks its stream', async () => {
    const arrived = Promise.withResolvers<Socket>();
    onConnection = (socket) => arrived.resolve(socket.resume());
    await open([`127.0.0.1:${port}`]);
    const { stream } = await dial(`127.0.0.1:${port}`);
    const socket = await arrived.promise;
    stream.destroy(new Error('gone'));
    await once(socket, 'end');
    expect(socket.readableEnded).toBe(true);
    socket.destroy();
  });

  it('reaches nothing that is not listed', async () => {
    await open([`127.0.0.1:${port}`, '*.allowed.test:443']);
    for (const authority of [
      `127.0.0.1:${port + 1}`,
      `127.0.0.2:${port}`,
      `localhost:${port}`,
      'allowed.test:443',
      'x.allowed.test:80',
      'notallowed.test:443',
      '[::1]:443',
    ]) {
      expect(await codeOf(authority)).toEqual([403, 'EGRESS_NOT_ALLOWED']);
    }
    for (const authority of ['no-port', 'a:99999', 'a:0']) {
      expect(await codeOf(authority)).toEqual([400, 'BAD_INPUT']);
    }
  });

  it('follows no listed name into a private network', async () => {
    const answers: Record<string, string[]> = {
      'metadata.listed.test': ['169.254.169.254'],
      'loopback.listed.test': ['127.0.0.1', '::1'],
      'mapped.listed.test': ['::ffff:10.0.0.1'],
    };
    await open([`*.listed.test:${port}`], (host) => Promise.resolve(answers[host] ?? []));
    for (const host of Object.keys(answers)) {
      expect(await codeOf(`${host}:${port}`)).toEqual([403, 'EGRESS_NOT_ALLOWED']);
    }
  });

  it('reaches localhost where the operator has listed it', async () => {
    await open(['localhost:*'], () => Promise.resolve(['127.0.0.1']));
    const { status, stream } = await dial(`localhost:${port}`);
    expect(status).toBe(200);
    stream.end('hello');
    expect((await readAll(stream)).toString()).toBe('hello');
  });

  it('says that a place cannot be reached', async () => {
    await open(['127.0.0.1:*', 'nowhere.test:443'], () => Promise.reject(new Error('ENOTFOUND')));
    expect(await codeOf('nowhere.test:443')).toEqual([502, 'EGRESS_UNREACHABLE']);
    expect(await codeOf(`127.0.0.1:${await unusedPort()}`)).toEqual([502, 'EGRESS_UNREACHABLE']);
  });

  it('gives one device so many connections and no more, and takes them back', async () => {
    await open([`127.0.0.1:${port}`]);
    const open_ = await Promise.all(
      Array.from({ length: MAX_PER_DEVICE }, () => dial(`127.0.0.1:${port}`)),
    );
    expect(new Set(open_.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await codeOf(`127.0.0.1:${port}`)).toEqual([503, 'BUSY']);
    const first = open_[0]!.stream;
    first.end();
    await readAll(first);
    const again = await dial(`127.0.0.1:${port}`);
    expect(again.status).toBe(200);
    expect(await metrics.registry.getSingleMetricAsString('relay_egress_connections')).toContain(
      ` ${MAX_PER_DEVICE}`,
    );
  });
});

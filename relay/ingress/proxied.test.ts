import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { IncomingHttpHeaders } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { bothVersions, h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import type { RelayOptions } from '../types.ts';
import type { IngressLimits } from './limits.ts';

let to: TestRelay;
let seen: IncomingHttpHeaders[] = [];
afterEach(async () => {
  await to.close();
});

async function start(
  options: Partial<RelayOptions>,
  limits: Partial<IngressLimits> = {},
): Promise<void> {
  seen = [];
  to = await startRelay({ limits: { connectionsPerSource: 3, ...limits } }, options);
  await to.connect({
    onStream: (stream, headers) => {
      seen.push(headers);
      stream.respond({ ':status': 200 }, { endStream: true });
    },
  });
}

/** A TLS connection behind a PROXY header; rejects when the relay closes before the handshake. */
async function through(header: string | Buffer): Promise<tls.TLSSocket> {
  const raw = net.connect(to.publicPort, '127.0.0.1');
  raw.write(header);
  const socket = tls.connect({ socket: raw, ca: to.publicCa, servername: 'bot.test' });
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(socket: tls.TLSSocket, fields = ''): Promise<string> {
  socket.write(`GET /x HTTP/1.1\r\nHost: bot.test\r\n${fields}\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString('latin1');
}

describe.each(bothVersions)('behind a trusted proxy, %s', (_version, call) => {
  it('takes the client’s address from X-Forwarded-For', async () => {
    await start({ trustedProxies: ['127.0.0.0/8'] });
    to.relay.rules.setAccess('acme', { paths: [], sources: ['203.0.113.0/24'] });
    const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.5', forwarded: 'for=6.6.6.6' };
    expect((await call(to, { path: '/', headers })).status).toBe(200);
    expect(seen[0]?.['x-forwarded-for']).toBe('203.0.113.5');
    expect(seen[0]?.['forwarded']).toBe('for=203.0.113.5;host="bot.test";proto=https');
    const refused = await call(to, { path: '/', headers: { 'x-forwarded-for': '198.51.100.1' } });
    expect(refused.headers['x-causeway-error']).toBe('SOURCE_NOT_ALLOWED');
    expect(seen).toHaveLength(1);
  });

  it('believes nobody else', async () => {
    await start({ trustedProxies: ['10.0.0.0/8'] });
    const headers = { 'x-forwarded-for': '203.0.113.5', 'x-real-ip': '203.0.113.5' };
    expect((await call(to, { path: '/', headers })).status).toBe(200);
    expect(seen[0]?.['x-forwarded-for']).toBe('127.0.0.1');
    expect(seen[0]?.['x-real-ip']).toBeUndefined();
  });
});

describe('with the PROXY protocol', () => {
  const options = { trustedProxies: ['127.0.0.1'], proxyProtocol: true };

  it('takes the client’s address from the header, and counts its connections', async () => {
    await start(options);
    const line = 'PROXY TCP4 203.0.113.5 192.0.2.1 4660 443\r\n';
    const sockets = [await through(line), await through(line), await through(line)];
    expect(await ask(sockets[0]!)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen[0]?.['x-forwarded-for']).toBe('203.0.113.5');
    await expect(through(line)).rejects.toThrow(/disconnected|ECONNRESET|EPIPE/);
    const other = await through(line.replace('203.0.113.5', '203.0.113.6'));
    expect(await ask(other)).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen[1]?.['x-forwarded-for']).toBe('203.0.113.6');
    const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb00710ac0000201123401bb', 'hex');
    expect(await ask(await through(binary))).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen[2]?.['x-forwarded-for']).toBe('203.0.113.10');
  });

  it('takes nothing without a header, and closes in time', async () => {
    await start(options, { headMs: 3_000 });
    await expect(h1(to, { path: '/' })).rejects.toThrow(/disconnected|ECONNRESET|EPIPE/);
    const silent = net.connect(to.publicPort, '127.0.0.1');
    const dripping = await through('PROXY UNKNOWN\r\n');
    dripping.write('GET / HTTP/1.1\r\n');
    let answer = '';
    dripping.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    await Promise.all([closed(silent), closed(dripping)]);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(seen).toEqual([]);
  });

  it('takes no connection of anybody but the proxy', async () => {
    await start({ trustedProxies: ['10.0.0.1'], proxyProtocol: true });
    await expect(through('PROXY TCP4 203.0.113.5 192.0.2.1 1 2\r\n')).rejects.toThrow(
      /disconnected|ECONNRESET|EPIPE/,
    );
  });
});

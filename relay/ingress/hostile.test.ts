import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let reached = 0;
beforeAll(async () => {
  to = await startRelay();
  await to.connect({
    onStream: (stream) => {
      reached += 1;
      stream.respond({ ':status': 200 });
      stream.end('alive');
    },
  });
});
afterAll(async () => {
  await to.close();
});

/** Sends bytes on a TLS connection and gives back everything until the relay closes it. */
async function send(
  bytes: string | Buffer,
  protocol = 'http/1.1',
  { publicPort, publicCa } = to,
): Promise<string> {
  const socket = tls.connect({
    port: publicPort,
    host: '127.0.0.1',
    ca: publicCa,
    servername: 'bot.test',
    ALPNProtocols: [protocol],
  });
  await once(socket, 'secureConnect');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => {
    socket.once('close', resolve);
  });
  return text;
}

describe('requests that are none', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'BAD_INPUT'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
    [
      'a bare line feed in a name',
      'GET / HTTP/1.1\r\nHost: bot.test\r\nX\n: y\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
    [
      'an absolute form',
      'GET https://other.test/ HTTP/1.1\r\nHost: bot.test\r\nConnection: close\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
    [
      'a host with a quote',
      'GET / HTTP/1.1\r\nHost: bot.test:"1\r\nConnection: close\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nHost: bot.test\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
  ])('answers %s', async (_what, bytes, status, code) => {
    const before = reached;
    const text = await send(bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain('x-causeway-source: relay');
    expect(text).toContain(code);
    expect(reached).toBe(before);
  });

  it('answers a head that does not end', async () => {
    const impatient = await startRelay({ limits: { headMs: 300 } });
    const head = 'GET / HTTP/1.1\r\nHost: bot.test\r\nX: y';
    const text = await send(head, 'http/1.1', impatient);
    await impatient.close();
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('x-causeway-source: relay');
    expect(text).toContain('REQUEST_TOO_SLOW');
  });

  it('treats CONNECT as nothing of its own, and says so', async () => {
    const before = reached;
    const text = await send('CONNECT bot.test:443 HTTP/1.1\r\nHost: bot.test\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 [^]*x-causeway-error: BAD_INPUT/);
    const session = connect(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'bot.test:443' });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    session.destroy();
    expect([headers[':status'], headers['x-causeway-error']]).toEqual([400, 'BAD_INPUT']);
    expect(reached).toBe(before);
    expect((await h1(to, { path: '/' })).body.toString()).toBe('alive');
  });

  it('outlives random bytes, with TLS and without, as HTTP/1.1 and as HTTP/2', async () => {
    await send(randomBytes(4_096));
    await send(randomBytes(4_096), 'h2');
    await send(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), randomBytes(4_096)]),
      'h2',
    );
    const socket = net.connect(to.publicPort, '127.0.0.1');
    socket.end(randomBytes(1_024));
    socket.resume();
    await closed(socket);
    expect((await h1(to, { path: '/' })).body.toString()).toBe('alive');
  });
});

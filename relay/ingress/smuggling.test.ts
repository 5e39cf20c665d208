import { connect } from 'node:http2';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let reached: string[] = [];
beforeAll(async () => {
  to = await startRelay();
  to.relay.rules.setAccess('acme', { paths: ['/open', '/wecom/*'], sources: [] });
  await to.connect({
    onStream: (stream, headers) => {
      reached.push(`${headers[':method']} ${headers[':path']}`);
      stream.on('error', () => undefined);
      stream.resume();
      stream.once('end', () => {
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
    },
  });
});
beforeEach(() => {
  reached = [];
});
afterAll(async () => {
  await to.close();
});

/** Everything that comes back until the relay closes. */
async function send(bytes: string): Promise<string> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
    ALPNProtocols: ['http/1.1'],
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(bytes, 'latin1');
  await closed(socket);
  return text;
}

const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const hidden = 'GET /private HTTP/1.1\r\nHost: bot.test\r\n\r\n';
const post = (fields: string, body: string): string =>
  `POST /open HTTP/1.1\r\nHost: bot.test\r\n${fields}\r\n${body}`;

describe('a request with two ends', () => {
  it.each([
    [
      'length and chunks',
      post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
    ],
    [
      'chunks and length',
      post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${hidden}`),
    ],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 50\r\n', hidden)],
    ['a length with a sign', post('Content-Length: +0\r\n', hidden)],
    ['a list of lengths', post('Content-Length: 0, 50\r\n', hidden)],
    ['a coding that is none', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${hidden}`)],
    ['chunked not last', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${hidden}`)],
    [
      'chunked twice',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
    ],
    ['a tab before the colon', post('Transfer-Encoding\t: chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['a space before the colon', post('Content-Length : 0\r\n', hidden)],
    ['a folded field', post('X: y\r\n Transfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['a carriage return alone', post('X: y\rTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['a zero byte', post('X: \0y\r\n', hidden)],
    ['a chunk size with a sign', post('Transfer-Encoding: chunked\r\n', `+0\r\n\r\n${hidden}`)],
    [
      'a chunk size in hex notation',
      post('Transfer-Encoding: chunked\r\n', `0x0\r\n\r\n${hidden}`),
    ],
    [
      'a chunk size beyond all bounds',
      post('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\n${hidden}`),
    ],
    [
      'a chunk longer than it says',
      post('Transfer-Encoding: chunked\r\n', `2\r\nabc\r\n0\r\n\r\n${hidden}`),
    ],
    ['chunks ended by bare line feeds', post('Transfer-Encoding: chunked\r\n', `0\n\n${hidden}`)],
    ['two hosts', `GET /open HTTP/1.1\r\nHost: bot.test\r\nHost: other.test\r\n\r\n${hidden}`],
    ['no host', `GET /open HTTP/1.1\r\n\r\n${hidden}`],
  ])('%s: nothing behind it becomes a request', async (_what, bytes) => {
    const text = await send(bytes);
    expect(reached.filter((one) => one.includes('/private'))).toEqual([]);
    expect(text).not.toContain('PATH_NOT_ALLOWED');
    const [first, ...more] = statuses(text);
    expect(more).toEqual([]);
    expect([undefined, 400]).toContain(first);
  });

  it('judges the second of two that are rightly framed for itself', async () => {
    const text = await send(
      post('Content-Length: 3\r\n', 'abc') +
        hidden.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    expect(statuses(text)).toEqual([200, 404]);
    expect(reached).toEqual(['POST /open']);
  });

  it('does not read the body of what it refused as the next request', async () => {
    const body = hidden;
    const text = await send(
      `POST /private HTTP/1.1\r\nHost: bot.test\r\nContent-Length: ${body.length + 1000}\r\n\r\n${body}`,
    );
    expect(statuses(text)).toEqual([404]);
    expect(reached).toEqual([]);
  });
});

describe('over HTTP/2', () => {
  it.each([
    [{ connection: 'keep-alive' }],
    [{ 'transfer-encoding': 'chunked' }],
    [{ upgrade: 'h2c' }],
    [{ te: 'gzip' }],
  ])('nothing of one connection passes: %j', async (fields) => {
    const session = connect(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
    session.on('error', () => undefined);
    const outcome = new Promise<string>((resolve) => {
      try {
        const stream = session.request({ ':path': '/open', ':authority': 'bot.test', ...fields });
        stream.on('error', () => undefined);
        stream.on('response', (headers) => resolve(String(headers[':status'])));
        stream.on('close', () => resolve('reset'));
      } catch {
        resolve('not sent');
      }
    });
    expect(['reset', 'not sent', '400']).toContain(await outcome);
    session.destroy();
    expect(reached).toEqual([]);
  });

  it('a body that is not as long as it says ends its connection', async () => {
    const session = connect(`https://127.0.0.1:${to.publicPort}`, { ca: to.publicCa });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/open',
      ':authority': 'bot.test',
      'content-length': '3',
    });
    const closed = new Promise((resolve) => {
      session.once('close', resolve);
    });
    const errors: string[] = [];
    for (const one of [session, stream])
      one.on('error', (error: Error) => errors.push(error.message));
    stream.on('response', (headers) => errors.push(String(headers[':status'])));
    stream.end('abcdef');
    await closed;
    expect(errors.join(' ')).toMatch(/closed with error code/);
    expect(errors.join(' ')).not.toContain('200');
    expect(reached).toEqual([]);
  });
});

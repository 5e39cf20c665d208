import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { startRelay, type TestRelay } from '../testing/relay.ts';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders | null;
}

let to: TestRelay;
let seen: Seen[];
afterEach(async () => {
  await to.close();
});

async function record(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  let trailers: IncomingHttpHeaders | null = null;
  stream.on('trailers', (fields) => (trailers = Object.fromEntries(Object.entries(fields))));
  seen.push({ headers, body: await buffer(stream), trailers });
  stream.respond({ ':status': 200 }, { endStream: true });
}

async function start(codings: readonly string[] = []): Promise<void> {
  seen = [];
  to = await startRelay();
  await to.connect({
    onStream: (stream, headers) => void record(stream, headers).catch(() => undefined),
    codings,
  });
}

/** A chunked request, byte for byte; gives back the status of its answer. */
async function h1(fields: string, trailers: string, body = 'body'): Promise<number> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
    ALPNProtocols: ['http/1.1'],
  });
  const size = body.length.toString(16);
  socket.write(
    `POST /up HTTP/1.1\r\nHost: bot.test\r\nTransfer-Encoding: chunked\r\n${fields}\r\n` +
      `${size}\r\n${body}\r\n0\r\n${trailers}\r\n`,
    'latin1',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(answer.toString('latin1').split(' ')[1]);
}

async function h2(
  fields: Record<string, string>,
  trailers: Record<string, string>,
  body = 'body',
): Promise<number> {
  const session = connect(`https://127.0.0.1:${to.publicPort}`, {
    ca: to.publicCa,
    servername: 'bot.test',
  });
  try {
    const stream = session.request(
      { ':method': 'POST', ':path': '/up', ':authority': 'bot.test', ...fields },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(body);
    const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    return Number(head[':status']);
  } finally {
    session.destroy();
  }
}

const harmful = [
  ...['content-length', 'content-type', 'host', 'authorization', 'cookie'],
  ...['x-forwarded-for', 'forwarded', 'x-causeway-trace', 'expect', 'if-match', 'traceparent'],
];

describe('the trailers of a request over HTTP/1.1', () => {
  it('go into the tunnel behind the body where they were announced', async () => {
    await start();
    expect(await h1('Trailer: X-Sum, X-More\r\n', 'X-Sum: abc\r\nX-More: 1\r\nX-Sum: d\r\n')).toBe(
      200,
    );
    expect(seen[0]?.body.toString()).toBe('body');
    expect(seen[0]?.trailers).toEqual({ 'x-sum': 'abc, d', 'x-more': '1' });
    expect(seen[0]?.headers['x-sum']).toBeUndefined();
  });

  it('stay behind where they are more than a data session carries', async () => {
    await start();
    const names = Array.from({ length: 300 }, (_, at) => `x-${at}`);
    const trailers = names.map((name) => `${name}: v\r\n`).join('');
    expect(await h1(`Trailer: ${names.join(', ')}\r\n`, trailers)).toBe(200);
    expect(seen[0]?.trailers).toBeNull();
  });

  it('stay behind where nobody announced them', async () => {
    await start();
    expect(await h1('', 'X-Sum: abc\r\n')).toBe(200);
    expect(seen[0]?.trailers).toBeNull();
    expect(await h1('Trailer: x-other\r\n', 'X-Sum: abc\r\n')).toBe(200);
    expect(seen[1]?.trailers).toBeNull();
  });

  it('cannot overrule the head', async () => {
    await start();
    const names = [...harmful, 'x-hop', 'transfer-encoding', 'connection'];
    const trailers = names.map((name) => `${name}: 1\r\n`).join('');
    const fields = `Connection: x-hop\r\nTrailer: x-sum, ${names.join(', ')}\r\n`;
    const status = await h1(fields, `${trailers}X-Sum: abc\r\n`);
    // A parser may refuse such framing altogether; what passes is clean.
    expect([200, 400]).toContain(status);
    for (const { trailers: got } of seen) expect(got).toEqual({ 'x-sum': 'abc' });
  });
});

describe('the trailers of a request over HTTP/2', () => {
  it.each([
    ['streamed', {}],
    ['collected', { 'content-length': '4' }],
  ])('go into the tunnel behind a body that is %s', async (_, fields) => {
    await start();
    expect(await h2(fields, { 'x-sum': 'abc' })).toBe(200);
    expect(seen[0]).toMatchObject({ body: Buffer.from('body'), trailers: { 'x-sum': 'abc' } });
  });

  it.each([
    ['without a length', {}],
    ['with one', { 'content-length': '40000' }],
  ])('go behind a body that is coded in the tunnel, %s', async (_, fields) => {
    await start(['gzip']);
    const body = 'the same '.repeat(5_000).slice(0, 40_000);
    expect(await h2({ 'content-type': 'text/plain', ...fields }, { 'x-sum': 'abc' }, body)).toBe(
      200,
    );
    expect(seen[0]?.headers['x-causeway-coding']).toBe('gzip');
    expect(gunzipSync(seen[0]?.body ?? '').toString()).toBe(body);
    expect(seen[0]?.trailers).toEqual({ 'x-sum': 'abc' });
  });

  it('cannot overrule the head', async () => {
    await start();
    const names = harmful.filter((name) => name !== 'content-length' && name !== 'host');
    const bad = Object.fromEntries(names.map((name) => [name, '1']));
    expect(await h2({}, { ...bad, 'x-sum': 'abc' })).toBe(200);
    expect(seen.map(({ trailers }) => trailers)).toEqual([{ 'x-sum': 'abc' }]);
  });
});

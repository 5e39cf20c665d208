import https from 'node:https';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { constants, createGunzip, gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { bothVersions, h1, type PublicAnswer, type PublicCall } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
}

let to: TestRelay;
let seen: Seen[];
afterEach(async () => {
  await to.close();
});

async function record(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  seen.push({ headers, raw: await buffer(stream) });
  stream.respond({ ':status': 200 }, { endStream: true });
}

async function start(codings?: readonly string[]): Promise<void> {
  seen = [];
  to = await startRelay();
  await to.connect({
    onStream: (stream, headers) => void record(stream, headers).catch(() => undefined),
    ...(codings === undefined ? {} : { codings }),
  });
}

const text = (length: number): string => 'the same again, '.repeat(length).slice(0, length);
const json = { 'content-type': 'application/json' };

async function sent(call: PublicCall): Promise<Seen> {
  expect((await h1(to, call)).status).toBe(200);
  return seen.at(-1) as Seen;
}

describe.each(bothVersions)('the body of a request over %s', (_, get) => {
  it.each([
    ['coded at once', 1_024],
    ['coded on a thread', 60_000],
    ['coded as it comes', 300_000],
  ])('is %s', async (_kind, length) => {
    await start(['br', 'gzip']);
    const headers = { ...json, 'content-length': String(length) };
    expect((await get(to, { path: '/', body: text(length), headers })).status).toBe(200);
    const [{ headers: fields, raw } = seen[0] as Seen] = seen;
    expect(fields).toMatchObject({
      'x-causeway-coding': 'gzip',
      'x-causeway-length': String(length),
    });
    expect(fields['content-length']).toBe(undefined);
    expect(gunzipSync(raw).toString()).toBe(text(length));
    expect(raw.length).toBeLessThan(length / 2);
  });
});

describe('what is left alone', () => {
  it.each<[string, PublicCall]>([
    ['is small', { body: text(1_023), headers: json, path: '/' }],
    ['is compressed', { body: text(5_000), headers: { 'content-type': 'image/png' }, path: '/' }],
    [
      'has a coding',
      { body: text(5_000), headers: { ...json, 'content-encoding': 'br' }, path: '/' },
    ],
    [
      'must stay as it is',
      { body: text(5_000), headers: { ...json, 'cache-control': 'no-transform' }, path: '/' },
    ],
    [
      'is a callback',
      { body: text(5_000), headers: { 'content-type': 'text/xml' }, path: '/wecom/callback' },
    ],
    ['says nothing of its type', { body: text(5_000), path: '/' }],
  ])('%s', async (_, call) => {
    await start(['gzip']);
    const { headers, raw } = await sent(call);
    expect(headers['x-causeway-coding']).toBe(undefined);
    expect(headers['content-length']).toBe(String(raw.length));
    expect(raw.toString()).toBe(call.body);
  });

  it.each([
    ['says nothing of codings, as older ones', undefined],
    ['takes none', []],
    ['takes others', ['zstd']],
  ])('goes to a device that %s', async (_, codings) => {
    await start(codings);
    const { headers, raw } = await sent({ path: '/', body: text(5_000), headers: json });
    expect(headers['x-causeway-coding']).toBe(undefined);
    expect(raw.toString()).toBe(text(5_000));
  });

  it('believes no public client that says its body is coded', async () => {
    await start(['gzip']);
    const claim = { 'x-causeway-coding': 'gzip', 'x-causeway-length': '3' };
    const { headers } = await sent({ path: '/', body: text(100), headers: { ...json, ...claim } });
    expect(Object.keys(headers)).not.toContain('x-causeway-coding');
    expect(Object.keys(headers)).not.toContain('x-causeway-length');
  });
});

it('holds no piece of a slow body back', async () => {
  seen = [];
  to = await startRelay();
  const pieces: string[] = [];
  let outgoing: ReturnType<typeof https.request> | null = null;
  await to.connect({
    codings: ['gzip'],
    onStream: (stream) => {
      const decoder = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
      stream.pipe(decoder).on('data', (piece: Buffer) => {
        pieces.push(piece.toString());
        if (pieces.length === 1) outgoing?.end('last');
      });
      decoder.once('end', () => stream.respond({ ':status': 200 }, { endStream: true }));
    },
  });
  const status = await new Promise((resolve, reject) => {
    outgoing = https.request(
      {
        host: '127.0.0.1',
        port: to.publicPort,
        ca: to.publicCa,
        servername: 'bot.test',
        method: 'POST',
        headers: { host: 'bot.test', 'content-type': 'application/x-ndjson' },
      },
      (response) => resolve(response.statusCode),
    );
    outgoing.on('error', reject);
    outgoing.write('first');
  });
  expect(status).toBe(200);
  expect(pieces).toEqual(['first', 'last']);
});

describe('a coded answer', () => {
  const body = Buffer.from(text(5_000));
  const coded = gzipSync(body);
  const answer = async (length: number | string | null, bytes: Buffer): Promise<PublicAnswer> => {
    to = await startRelay();
    await to.connect({
      onStream: (stream) => {
        stream.respond({
          ':status': 200,
          'x-causeway-coding': 'gzip',
          ...(length === null ? {} : { 'x-causeway-length': String(length) }),
        });
        stream.end(bytes);
      },
    });
    return h1(to, { path: '/' });
  };

  it('is what it was before', async () => {
    const { body: got, headers } = await answer(body.length, coded);
    expect(got.equals(body)).toBe(true);
    expect(headers['content-length']).toBe('5000');
  });

  it.each<[string, number | string | null, Buffer]>([
    ['longer than it was', 4_999, coded],
    ['shorter than it was', 5_001, coded],
    ['of no length', 'many', coded],
    ['a part', 5_000, coded.subarray(0, coded.length / 2)],
    ['followed by something else', null, Buffer.concat([coded, Buffer.alloc(9)])],
    ['nothing', null, Buffer.alloc(0)],
  ])('is broken off when it is %s', async (_, length, bytes) => {
    await expect(answer(length, bytes)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

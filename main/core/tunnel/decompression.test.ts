import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { header } from '../../../common/tunnel/protocol.ts';
import { decodeRequest } from './decompression.ts';

let server: Http2Server;
let session: ClientHttp2Session;
let serve: (stream: ServerHttp2Stream, body: Readable, headers: IncomingHttpHeaders) => void;

beforeAll(async () => {
  server = http2.createServer();
  server.on('stream', (stream, headers) => {
    const body = decodeRequest(stream, headers);
    if (body !== null) serve(stream, body, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => {
  session.destroy();
  server.close();
});

function ask(fields: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', [header.coding]: 'gzip', ...fields });
  stream.on('error', () => undefined);
  return stream;
}

/** The bytes of an answer; rejects when it broke off. */
async function answerTo(stream: ClientHttp2Stream): Promise<Buffer> {
  const body = await buffer(stream);
  if (stream.rstCode !== 0) throw new Error(`reset ${stream.rstCode}`);
  return body;
}

const echo = (stream: ServerHttp2Stream, body: Readable): void => {
  stream.respond({ ':status': 200 });
  body.pipe(stream);
};
const json = Buffer.from(JSON.stringify(Array.from({ length: 999 }, (_, id) => ({ id }))));
const coded = gzipSync(json);

describe('a coded request', () => {
  it('is to its reader what it was before', async () => {
    let seen: IncomingHttpHeaders = {};
    serve = (stream, body, headers) => {
      seen = headers;
      echo(stream, body);
    };
    const stream = ask({ [header.length]: json.length, 'content-type': 'application/json' });
    stream.end(coded);
    expect((await answerTo(stream)).equals(json)).toBe(true);
    expect(seen).toMatchObject({
      'content-length': String(json.length),
      'content-type': 'application/json',
    });
    expect(Object.keys(seen).filter((name) => name.startsWith('x-causeway-'))).toEqual([]);
  });

  it('has no length where it had none', async () => {
    let seen: IncomingHttpHeaders = {};
    serve = (stream, body, headers) => {
      seen = headers;
      echo(stream, body);
    };
    const stream = ask();
    stream.end(coded);
    expect((await answerTo(stream)).equals(json)).toBe(true);
    expect(seen['content-length']).toBe(undefined);
  });

  it('comes through however it is cut', async () => {
    serve = (stream, body) => {
      void (async () => {
        const pieces: Buffer[] = [];
        for await (const piece of body.iterator({ destroyOnReturn: false })) pieces.push(piece);
        stream.respond({ ':status': 200 });
        stream.end(Buffer.concat(pieces));
      })();
    };
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.array(fc.nat(5_100), { maxLength: 8 }),
        fc.boolean(),
        async (bytes, cuts, saysLength) => {
          const whole = gzipSync(bytes);
          const stream = ask(saysLength ? { [header.length]: bytes.length } : {});
          let at = 0;
          for (const cut of cuts.toSorted((one, other) => one - other)) {
            stream.write(whole.subarray(at, cut));
            at = Math.max(at, cut);
          }
          stream.end(whole.subarray(at));
          expect((await answerTo(stream)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('may be answered without being read', async () => {
    serve = (stream) => {
      stream.respond({ ':status': 403 });
      stream.once('finish', () => stream.close(http2.constants.NGHTTP2_NO_ERROR));
      stream.end('no');
    };
    const stream = ask({ [header.length]: json.length });
    stream.write(coded.subarray(0, 100));
    expect((await answerTo(stream)).toString()).toBe('no');
  });
});

describe('a request that is not what its coding says', () => {
  const cases: [string, OutgoingHttpHeaders, Buffer][] = [
    ['no gzip', {}, randomBytes(3_000)],
    ['a part', { [header.length]: json.length }, coded.subarray(0, -20)],
    ['a part, of no known length', {}, coded.subarray(0, -1)],
    ['a changed one', {}, Buffer.concat([coded.subarray(0, -8), Buffer.alloc(8)])],
    ['something behind it', {}, Buffer.concat([coded, Buffer.alloc(9)])],
    ['shorter than it was', { [header.length]: json.length + 1 }, coded],
    ['longer than it was', { [header.length]: json.length - 1 }, coded],
    ['a bomb', { [header.length]: 10 }, gzipSync(Buffer.alloc(64 << 20))],
    ['nothing', {}, Buffer.alloc(0)],
    ['of no length', { [header.length]: 'many' }, coded],
    ['of a coding that nobody knows', { [header.coding]: 'br' }, coded],
  ];
  it.each(cases)('is broken off, never short: %s', async (_, fields, bytes) => {
    let ended = false;
    let read = 0;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    serve = (stream, body) => {
      body.on('data', (piece: Buffer) => {
        read += piece.length;
      });
      body.once('end', () => {
        ended = true;
      });
      stream.once('close', resolve);
    };
    const isTaken = fields[header.coding] !== 'br' && fields[header.length] !== 'many';
    if (!isTaken) resolve();
    const stream = ask(fields);
    stream.end(bytes);
    await expect(answerTo(stream)).rejects.toThrow(/INTERNAL_ERROR/);
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
    await closed;
    expect(ended).toBe(false);
    expect(read).toBeLessThanOrEqual(isTaken ? Number(fields[header.length] ?? json.length) : 0);
  });

  it('does not end in order for one who iterates when the sender gives up', async () => {
    const { promise: outcome, resolve } = Promise.withResolvers<unknown>();
    serve = (_, body) => {
      void (async () => {
        for await (const _ of body.iterator({ destroyOnReturn: false })) sender.close(8);
      })().then(() => resolve('whole'), resolve);
    };
    const sender = ask();
    sender.write(gzipSync(Buffer.concat([json, randomBytes(200_000)])).subarray(0, 100_000));
    expect(await outcome).toBeInstanceOf(Error);
  });
});

describe('a reader that waits', () => {
  it('has little of a bomb in memory, and all of it in the end', async () => {
    const size = 64 << 20;
    const { promise: opened, resolve } = Promise.withResolvers<Readable>();
    serve = (_, decoded) => resolve(decoded);
    const stream = ask({ [header.length]: size });
    stream.end(gzipSync(Buffer.alloc(size)));
    const body = await opened;
    await once(body, 'readable');
    const held: number[] = [];
    let read = 0;
    for await (const piece of body) {
      read += (piece as Buffer).length;
      held.push(body.readableLength);
    }
    expect(read).toBe(size);
    expect(Math.max(...held)).toBeLessThanOrEqual(body.readableHighWaterMark + (64 << 10));
  });

  it('holds the sender back', async () => {
    const bytes = randomBytes(8 << 20);
    const { promise: opened, resolve } = Promise.withResolvers<Readable>();
    serve = (_, decoded) => resolve(decoded);
    const stream = ask({ [header.length]: bytes.length });
    stream.end(gzipSync(bytes));
    const body = await opened;
    await once(body, 'readable');
    // Everything under way stops once the windows are full; a ping comes after it.
    await new Promise((done) => session.ping(done));
    expect(stream.writableFinished).toBe(false);
    const hash = createHash('sha256');
    for await (const piece of body) hash.update(piece as Buffer);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

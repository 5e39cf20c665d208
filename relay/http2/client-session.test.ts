import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientStream } from './client-stream.ts';
import { errorCode } from '../../common/http2/errors.ts';
import { answerOf, request, startNodeServer, type NodeServer } from './testing/node-server.ts';

let node: NodeServer | undefined;
afterEach(() => node?.stop());

const echo = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.pipe(stream);
};
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function upload(stream: ClientStream, body: Buffer, pieceSize: number): Promise<void> {
  for (let at = 0; at < body.length; at += pieceSize) {
    if (!stream.write(body.subarray(at, at + pieceSize))) await once(stream, 'drain');
  }
  stream.end();
}

describe('a session with node:http2', () => {
  it('carries bodies of any size both ways at the same time', async () => {
    node = await startNodeServer(echo);
    const { session } = node;
    const sizes = [0, 1, 2_047, 2_049, 16_384, 16_385, 65_535, 65_536, 262_144, 262_145, 3 << 20];
    await Promise.all(
      sizes.map(async (size, index) => {
        const body = randomBytes(size);
        const stream = session.request(request('POST'), false);
        const answer = answerOf(stream);
        if (index % 2 === 0) stream.end(body);
        else await upload(stream, body, 1 + index * 5_000);
        expect(hash((await answer).body)).toBe(hash(body));
      }),
    );
    expect(session.openStreams).toBe(0);
  });

  it('lets no slow reader stop the others, and gives it all in the end', async () => {
    const body = randomBytes(4 << 20);
    node = await startNodeServer((stream) => {
      stream.respond({ ':status': 200 });
      stream.end(body);
    });
    const slow = node.session.request(request('GET'), true);
    await once(slow, 'response');
    for (let round = 0; round < 3; round += 1) {
      const other = await answerOf(node.session.request(request('GET'), true));
      expect(other.body.length).toBe(body.length);
    }
    expect(slow.readableLength).toBeLessThanOrEqual(256 << 10);
    const chunks: Buffer[] = [];
    for await (const chunk of slow as AsyncIterable<Buffer>) chunks.push(chunk);
    expect(hash(Buffer.concat(chunks))).toBe(hash(body));
  });

  it('presses back where the server does not read', async () => {
    let reader: ServerHttp2Stream | undefined;
    node = await startNodeServer((stream) => {
      stream.respond({ ':status': 200 });
      if (reader === undefined) reader = stream.pause();
      else stream.pipe(stream);
    });
    const stalled = node.session.request(request('POST'), false);
    const answer = answerOf(stalled);
    const body = randomBytes(2 << 20);
    const sent = upload(stalled, body, 32 << 10);
    await once(stalled, 'response');
    const other = node.session.request(request('POST'), false);
    other.end(body);
    expect((await answerOf(other)).body.length).toBe(body.length);
    expect(stalled.writableEnded).toBe(false);
    reader?.pipe(reader);
    await sent;
    expect(hash((await answer).body)).toBe(hash(body));
  });

  it('takes an early answer whole when the server wants no more of the request', async () => {
    node = await startNodeServer((stream) => {
      stream.respond({ ':status': 413 });
      stream.end('enough');
      stream.close(constants.NGHTTP2_NO_ERROR);
    });
    const stream = node.session.request(request('POST'), false);
    const answer = answerOf(stream);
    stream.write(Buffer.alloc(4 << 20));
    stream.end();
    const { head, body } = await answer;
    expect([head[':status'], body.toString()]).toEqual([413, 'enough']);
    expect(stream.rstCode).toBe(errorCode.NO_ERROR);
  });

  it('gives interim heads, trailers, and answers without a body', async () => {
    node = await startNodeServer((stream, headers) => {
      if (headers[':method'] === 'HEAD') {
        stream.respond({ ':status': 200, 'content-length': '10' }, { endStream: true });
        return;
      }
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
      stream.end('body');
    });
    const stream = node.session.request(request('GET'), true);
    const hints: unknown[] = [];
    stream.on('headers', (fields) => hints.push(fields[':status'], fields['link']));
    const answer = await answerOf(stream);
    expect(hints).toEqual([103, '</a>']);
    expect(answer.trailers).toEqual({ 'x-sum': 'abc' });
    expect(answer.body.toString()).toBe('body');
    const head = await answerOf(node.session.request(request('HEAD'), true));
    expect([head.head['content-length'], head.body.length]).toEqual(['10', 0]);
  });

  it.each([0, 4, 300_000])('sends trailers behind a body of %i octets', async (size) => {
    let trailers: unknown;
    node = await startNodeServer((stream) => {
      stream.on('trailers', (fields) => (trailers = fields['x-sum']));
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    });
    const given: Buffer[] = [];
    await new Promise<void>((resolve) => {
      const nothing = (): void => undefined;
      const stream = node?.session.open(request('POST'), false, {
        ...{ onInterim: nothing, onHead: nothing, onLull: nothing, onTrailers: nothing },
        ...{ onEnd: nothing, onDrain: nothing },
        onData: (piece) => given.push(piece),
        onClose: resolve,
      });
      stream?.end(Buffer.alloc(size, 1), { 'x-sum': ['a', 'b'] });
    });
    expect(Buffer.concat(given).length).toBe(size);
    expect(trailers).toBe('a, b');
    expect(node.session.openStreams).toBe(0);
  });

  it('lets requests wait for a server that allows one at once', async () => {
    let most = 0;
    let now = 0;
    node = await startNodeServer(
      (stream, headers) => {
        most = Math.max(most, (now += 1));
        stream.once('close', () => (now -= 1));
        stream.respond({ ':status': 200 });
        if (headers[':method'] === 'POST') stream.pipe(stream);
        else setImmediate(() => stream.end(String(headers[':path'])));
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    // Its settings are known with the first answer.
    await answerOf(node.session.request(request('GET'), true));
    const answers = Array.from({ length: 30 }, async (_, index) => {
      const post = index % 3 === 0;
      const stream = node?.session.request(request(post ? 'POST' : 'GET', `/${index}`), !post);
      if (stream === undefined) throw new Error('no session');
      if (post) stream.end(Buffer.from(`/${index}`));
      if (index === 7) stream.cancel();
      return (await answerOf(stream)).body.toString();
    });
    const settled = await Promise.allSettled(answers);
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : 'cancelled'))).toEqual(
      Array.from({ length: 30 }, (_, index) => (index === 7 ? 'cancelled' : `/${index}`)),
    );
    expect(most).toBe(1);
  });

  it('carries a thousand streams side by side', async () => {
    node = await startNodeServer(echo, { settings: { maxConcurrentStreams: 2_000 } });
    await answerOf(node.session.request(request('GET'), true));
    const { session } = node;
    const streams = Array.from({ length: 1_000 }, () => session.request(request('POST'), false));
    const answers = streams.map((stream) => answerOf(stream));
    expect(session.openStreams).toBe(1_000);
    for (const [index, stream] of streams.entries()) stream.end(Buffer.from(`body ${index}`));
    for (const [index, answer] of answers.entries()) {
      expect((await answer).body.toString()).toBe(`body ${index}`);
    }
    expect(session.openStreams).toBe(0);
  });

  it('finishes what is open when the server says GOAWAY, and takes nothing new', async () => {
    const held: ServerHttp2Stream[] = [];
    node = await startNodeServer((stream) => {
      stream.respond({ ':status': 200 });
      held.push(stream);
      if (held.length === 2) node?.peer.close();
    });
    const { session } = node;
    const closed = new Promise<void>((resolve) => session.onClose(resolve));
    const answers = [1, 2].map(() => answerOf(session.request(request('GET'), true)));
    const deadline = performance.now() + 10_000;
    while (!session.closed && performance.now() < deadline) await new Promise(setImmediate);
    expect(() => session.request(request('GET'), true)).toThrow('closed');
    for (const stream of held) stream.end('late');
    for (const answer of answers) expect((await answer).body.toString()).toBe('late');
    await closed;
    expect(session.destroyed).toBe(true);
  });

  it('ends its connection once its own streams are through', async () => {
    node = await startNodeServer(echo);
    const { session } = node;
    const stream = session.request(request('POST'), false);
    const answer = answerOf(stream);
    await once(stream, 'response');
    const closed = new Promise<void>((resolve) => session.onClose(resolve));
    session.close();
    stream.end(Buffer.from('rest'));
    expect((await answer).body.toString()).toBe('rest');
    await closed;
    session.onClose(() => undefined);
    expect(session.ping(() => undefined)).toBe(false);
  });

  it('makes a request that is broken off fail at the other end, not end', async () => {
    const seen = Promise.withResolvers<{ readonly ended: boolean; readonly code: number }>();
    node = await startNodeServer((stream) => {
      let ended = false;
      stream.respond({ ':status': 200 });
      stream.on('end', () => (ended = true)).resume();
      stream.once('close', () => seen.resolve({ ended, code: stream.rstCode }));
    });
    const stream = node.session.request(request('POST'), false);
    stream.on('error', () => undefined);
    stream.write(Buffer.from('half of'));
    await once(stream, 'response');
    stream.cancel();
    expect(await seen.promise).toMatchObject({ ended: false, code: errorCode.INTERNAL_ERROR });
  });

  it('asks for life', async () => {
    node = await startNodeServer(echo);
    const { session } = node;
    const times = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<number | null>((resolve, reject) => {
            if (!session.ping((alive, ms) => resolve(alive ? ms : null)))
              reject(new Error('not asked'));
          }),
      ),
    );
    for (const ms of times) expect(ms).toBeGreaterThan(0);
    const lost = new Promise((resolve) => session.ping((alive, ms) => resolve([alive, ms])));
    node.peer.destroy();
    expect(await lost).toEqual([false, null]);
  });
});

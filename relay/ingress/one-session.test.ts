import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode } from '../../common/http2/errors.ts';
import { CLIENT_PREFACE, frameType } from '../../common/http2/frames.ts';
import { frame, headers, settings, uint32 } from '../../tests/support/http2/frames.ts';
import type { Peer } from '../testing/peer.ts';
import { bothVersions, h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

/** What one client or one origin does must not cost the others on the same data session their answers. */
let to: TestRelay;
let peer: Peer;
let streams: ServerHttp2Stream[];
let answer: (stream: ServerHttp2Stream) => void;
let bystander: Promise<{ readonly status: number }>;

beforeEach(async () => {
  streams = [];
  to = await startRelay();
  peer = await to.connect({
    onStream: (stream, fields) => {
      stream.on('error', () => undefined);
      streams.push(stream);
      if (fields[':path'] !== '/other') answer(stream);
    },
  });
  bystander = h1(to, { path: '/other' });
  bystander.catch(() => undefined);
  await expect.poll(() => streams.length).toBe(1);
});
afterEach(async () => {
  await to.close();
});

/** Answers the other request on the session; how it went. */
async function bystanderIsServed(): Promise<boolean> {
  streams[0]?.respond({ ':status': 204 }, { endStream: true });
  return (await bystander).status === 204 && peer.dataSockets[0]?.destroyed === false;
}

describe.each(bothVersions)('an origin over %s', (_version, call) => {
  it.each([
    ['several links', '</a.css>; rel=preload, </b,.js>; rel=preload; as=script'],
    ['links that node:http does not know', 'a.css; rel=preload, "b'],
    ['a control character', '</a\u0001.css>; rel=preload'],
  ])('may hint at %s', async (_what, link) => {
    answer = (stream) => {
      stream.additionalHeaders({ ':status': 103, link });
      stream.respond({ ':status': 200 });
      stream.end('fine');
    };
    expect((await call(to, { path: '/' })).body.toString()).toBe('fine');
    expect(await bystanderIsServed()).toBe(true);
  });

  it('may put octets into its trailers that HTTP/1.1 does not carry', async () => {
    answer = (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'a\u0001b' }));
      stream.end('fine');
    };
    await call(to, { path: '/' }).catch(() => undefined);
    expect(await bystanderIsServed()).toBe(true);
  });
});

it('passes several links on to HTTP/1.1', async () => {
  answer = (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload, </b.js>; rel=x' });
    stream.respond({ ':status': 204 }, { endStream: true });
  };
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write('GET / HTTP/1.1\r\nHost: bot.test\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
  expect(text).toMatch(
    /^HTTP\/1\.1 103 [^\r]*\r\nLink: <\/a\.css>; rel=preload, <\/b\.js>; rel=x\r\n/,
  );
});

describe('a client that resets its upload with NO_ERROR while it is held back', () => {
  /** Uploads until nobody takes more; a window is never overdrawn. */
  async function stuckUpload(): Promise<tls.TLSSocket> {
    const socket = tls.connect({
      port: to.publicPort,
      host: '127.0.0.1',
      ca: to.publicCa,
      servername: 'bot.test',
      ALPNProtocols: ['h2'],
    });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    const piece = Buffer.alloc(16_384);
    const left = { connection: 65_535, stream: 65_535 };
    let sentAt = performance.now();
    const more = (): void => {
      while (Math.min(left.connection, left.stream) >= piece.length) {
        left.connection -= piece.length;
        left.stream -= piece.length;
        sentAt = performance.now();
        socket.write(frame(frameType.DATA, 0, 1, piece));
      }
    };
    let unread: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
        const length = unread.readUIntBE(0, 3);
        if (unread[3] === frameType.WINDOW_UPDATE) {
          const by = unread.readUInt32BE(9);
          if (unread.readUInt32BE(5) === 0) left.connection += by;
          else left.stream += by;
        }
        unread = unread.subarray(9 + length);
      }
      more();
    });
    socket.write(Buffer.concat([Buffer.from(CLIENT_PREFACE, 'latin1'), settings()]));
    socket.write(
      headers(
        1,
        0,
        [':method', 'POST'],
        [':scheme', 'https'],
        [':path', '/'],
        [':authority', 'bot.test'],
      ),
    );
    more();
    await expect.poll(() => performance.now() - sentAt > 300).toBe(true);
    return socket;
  }

  it('has gone, and breaks nothing', async () => {
    const closed: number[] = [];
    answer = (stream) => stream.once('close', () => closed.push(stream.rstCode));
    const socket = await stuckUpload();
    socket.write(frame(frameType.RST_STREAM, 0, 1, uint32(errorCode.NO_ERROR)));
    await expect.poll(() => closed).toEqual([errorCode.INTERNAL_ERROR]);
    expect(await bystanderIsServed()).toBe(true);
    socket.destroy();
  });

  it('costs nobody anything by what is on its way to it', async () => {
    answer = () => undefined;
    const socket = await stuckUpload();
    socket.write(frame(frameType.RST_STREAM, 0, 1, uint32(errorCode.NO_ERROR)));
    const stream = streams[1];
    stream?.additionalHeaders({ ':status': 103, link: '</a>' });
    stream?.respond({ ':status': 200 });
    stream?.write('x');
    expect(await bystanderIsServed()).toBe(true);
    socket.destroy();
  });
});

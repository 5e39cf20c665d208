import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

/** Requests that one tunnel may have at once, and what clients that take nothing try to use up. */
const PLACES = 4;

let to: TestRelay;
let session: ClientHttp2Session | null = null;
afterEach(async () => {
  session?.destroy();
  session = null;
  await to.close();
});

async function start(): Promise<void> {
  to = await startRelay({ limits: { inFlightPerTunnel: PLACES, stallMs: 3_000, answerMs: 3_000 } });
  await to.connect({
    onStream: (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path'] === '/none') return;
      stream.respond({ ':status': 200 });
      if (headers[':path'] === '/small') stream.end('small');
      else {
        stream.write('in ');
        setTimeout(() => stream.end('pieces'), 20);
      }
    },
  });
}

const status = async (): Promise<number> => (await h1(to, { path: '/small' })).status;

describe('a client of HTTP/2 whose windows let nothing through', () => {
  it.each([
    ['a small answer', '/small'],
    ['an answer in pieces', '/pieces'],
    ["the relay's own answer", '/none'],
  ])('is given up with %s, and its place is another’s', async (_what, path) => {
    await start();
    session = connect(`https://127.0.0.1:${to.publicPort}`, {
      ca: to.publicCa,
      servername: 'bot.test',
      settings: { initialWindowSize: 0 },
    });
    session.on('error', () => undefined);
    const resets = Array.from({ length: PLACES }, async () => {
      const stream = session!.request({ ':path': path, ':authority': 'bot.test' });
      stream.on('error', () => undefined);
      await new Promise((resolve) => {
        stream.once('close', resolve);
      });
      return stream.rstCode;
    });
    await expect.poll(status).toBe(429);
    expect(new Set(await Promise.all(resets)).has(0)).toBe(false);
    await expect.poll(status).toBe(200);
  });

  it('keeps its place while it takes what it can', async () => {
    await start();
    session = connect(`https://127.0.0.1:${to.publicPort}`, {
      ca: to.publicCa,
      servername: 'bot.test',
    });
    session.on('error', () => undefined);
    const stream = session.request({ ':path': '/pieces', ':authority': 'bot.test' });
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(stream, 'close');
    expect([text, stream.rstCode]).toEqual(['in pieces', 0]);
  });
});

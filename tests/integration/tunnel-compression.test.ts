import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TunnelDuplex } from '../../gateway/types.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { enrol } from '../../main/core/tunnel/index.ts';
import { startClient, type TestClient } from '../../main/core/tunnel/testing/client.ts';
import { onDuplex } from '../../main/core/tunnel/testing/duplex.ts';
import { bothVersions, h1, type PublicAnswer } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

let to: TestRelay;
let client: TestClient;
let answer: (stream: TunnelDuplex) => void;

beforeEach(async () => {
  to = await startRelay();
});
afterEach(async () => {
  await client.tunnel.stop(0);
  await to.close();
});

async function start(compression: boolean): Promise<void> {
  const token = decodeToken(to.relay.createToken('acme', 60_000));
  const facts = { hostname: 'h', platform: 'linux', version: '0' };
  client = startClient(await enrol({ token, facts }), {
    compression,
    handleStream: onDuplex((stream) => answer(stream)),
  });
  client.tunnel.connect();
  await client.phase('online');
  answer = (stream) => stream.respond({ ':status': 204 }, { endStream: true });
  await expect.poll(async () => (await h1(to, { path: '/' })).status).toBe(204);
}

/** Bytes that an answer took on the wire between client and relay, and the answer. */
async function measured(
  body: Buffer,
  type: string,
  more: Record<string, string> = {},
): Promise<{ sent: number; got: PublicAnswer }> {
  answer = (stream) => {
    stream.respond({
      ':status': 200,
      'content-type': type,
      'content-length': body.length,
      ...more,
    });
    stream.end(body);
  };
  const before = client.tunnel.stats().bytes.sent;
  const got = await h1(to, { path: '/file' });
  return { sent: client.tunnel.stats().bytes.sent - before, got };
}

const json = Buffer.from(
  JSON.stringify(Array.from({ length: 4_000 }, (_, id) => ({ id, name: `客户 ${id}` }))),
);

describe('compression inside the tunnel', () => {
  it('shrinks what can be shrunk and gives the public what it was', async () => {
    await start(true);
    const { sent, got } = await measured(json, 'application/json');
    expect(got.body.equals(json)).toBe(true);
    expect(got.headers['content-length']).toBe(String(json.length));
    expect(got.headers['content-encoding']).toBe(undefined);
    expect(Object.keys(got.headers)).not.toContain('x-causeway-coding');
    expect(sent).toBeLessThan(json.length / 3);
  });

  it.each([
    ['what is compressed', 'image/png', {}],
    ['what has a coding', 'application/json', { 'content-encoding': 'br' }],
    ['events', 'text/event-stream', {}],
    ['what must stay as it is', 'text/plain', { 'cache-control': 'no-transform' }],
  ])('leaves alone %s', async (_, type, more) => {
    await start(true);
    const { sent, got } = await measured(json, type, more);
    expect(got.body.equals(json)).toBe(true);
    expect(sent).toBeGreaterThan(json.length);
  });

  it('is off unless it is asked for', async () => {
    await start(false);
    expect((await measured(json, 'application/json')).sent).toBeGreaterThan(json.length);
  });

  it.each(bothVersions)('streams without a length under %s, with back-pressure', async (_, get) => {
    await start(true);
    const pieces = Array.from({ length: 200 }, () =>
      Buffer.from(randomBytes(8_192).toString('hex')),
    );
    answer = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      Readable.from(pieces).pipe(stream);
    };
    const got = await get(to, { path: '/stream' });
    expect(got.body.equals(Buffer.concat(pieces))).toBe(true);
  });

  it('holds nothing of a slow answer back', async () => {
    await start(true);
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    answer = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.write('first');
      void goOn.then(() => stream.end('last'));
    };
    const parts: string[] = [];
    const { request } = await import('node:https');
    await new Promise<void>((done, fail) => {
      const asked = request(
        {
          port: to.publicPort,
          host: '127.0.0.1',
          ca: to.publicCa,
          servername: 'bot.test',
          headers: { host: 'bot.test' },
        },
        (response) => {
          response.on('data', (chunk: Buffer) => {
            parts.push(chunk.toString());
            resolve();
          });
          response.on('end', done);
        },
      );
      asked.on('error', fail);
      asked.end();
    });
    expect(parts).toEqual(['first', 'last']);
  });

  it('an answer that breaks off in the middle breaks off for the public as well', async () => {
    await start(true);
    answer = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.write('x'.repeat(10_000), () => stream.destroy(new Error('broken')));
    };
    await expect(h1(to, { path: '/broken' })).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { errorCode as code } from '../../../common/http2/errors.ts';
import type { TunnelDuplex, TunnelStream } from '../../../gateway/types.ts';
import { answerTo, ask, startNodeClient, type NodeClient } from './testing/node-client.ts';

let client: NodeClient | undefined;
afterEach(() => client?.stop());

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** With the stream as one of Node's. */
const duplexOf = (stream: TunnelStream): TunnelDuplex => {
  const duplex = stream.duplex();
  return duplex.on('error', () => undefined);
};
const echo = (stream: TunnelStream): void => {
  const duplex = duplexOf(stream);
  duplex.respond({ ':status': 200 });
  duplex.pipe(duplex);
};

describe('a session with node:http2', () => {
  it('carries bodies of any size both ways at the same time', async () => {
    client = await startNodeClient(echo);
    const { peer } = client;
    const sizes = [0, 1, 2_047, 2_049, 16_384, 16_385, 65_535, 65_536, 262_145, 3 << 20];
    await Promise.all(
      sizes.map(async (size) => {
        const body = randomBytes(size);
        expect(hash((await ask({ peer }, {}, body)).body)).toBe(hash(body));
      }),
    );
    expect([client.session.openStreams, client.defects]).toEqual([0, []]);
  });

  it('answers a short exchange without a stream of Node’s', async () => {
    client = await startNodeClient((stream, headers) => {
      void stream.readBody(1 << 20, 10_000).then((body) => {
        const what = `${headers[':method'] ?? ''} ${body?.length ?? 'long'}`;
        stream.answer(
          { ':status': 201, 'x-what': what, 'set-cookie': ['a=1', 'b=2'] },
          body ?? what,
        );
      });
    });
    for (const size of [0, 5, 16_385, 1 << 20]) {
      const body = randomBytes(size);
      const answer = await ask(client, {}, body);
      expect([answer.status, answer.head['x-what']]).toEqual([201, `POST ${size}`]);
      expect(answer.head['set-cookie']).toEqual(['a=1', 'b=2']);
      expect(hash(answer.body)).toBe(hash(body));
    }
    expect((await ask(client, {})).head['x-what']).toBe('GET 0');
    const long = await ask(client, {}, Buffer.alloc(3 << 20));
    expect(long.body.toString()).toBe('POST long');
    expect(client.session.openStreams).toBe(0);
  });

  it('sends no body where none may be', async () => {
    client = await startNodeClient((stream, headers) => {
      const status = Number(String(headers[':path']).slice(1));
      const fields = { ':status': status, 'content-length': status === 204 ? undefined : 4 };
      if (headers['x-duplex'] === undefined) return stream.answer(fields, 'body');
      const duplex = duplexOf(stream);
      duplex.respond(fields);
      duplex.end('body');
    });
    for (const more of [{}, { 'x-duplex': '1' }]) {
      for (const [method, status] of [
        ['HEAD', 200],
        ['GET', 204],
        ['GET', 304],
      ] as const) {
        const answer = await ask(client, { ':method': method, ':path': `/${status}`, ...more });
        expect([answer.status, answer.body.length]).toEqual([status, 0]);
      }
      expect((await ask(client, { ':path': '/200', ...more })).body.toString()).toBe('body');
    }
    expect(client.session.openStreams).toBe(0);
  });

  it('presses back where its reader stops, and lets it stop no other', async () => {
    const held: TunnelDuplex[] = [];
    client = await startNodeClient((stream, headers) => {
      if (headers[':path'] === '/held') held.push(duplexOf(stream));
      else echo(stream);
    });
    const stalled = client.peer.request({ ':method': 'POST', ':path': '/held' });
    const answer = answerTo(stalled);
    const body = randomBytes(4 << 20);
    stalled.end(body);
    for (let round = 0; round < 3; round += 1) {
      const other = await ask(client, {}, randomBytes(2 << 20));
      expect(other.body.length).toBe(2 << 20);
    }
    expect(stalled.writableFinished).toBe(false);
    const [duplex] = held;
    duplex?.respond();
    duplex?.pipe(duplex);
    expect(hash((await answer).body)).toBe(hash(body));
  });

  it('presses back on its writer where the peer does not read', async () => {
    const body = randomBytes(4 << 20);
    const writer = Promise.withResolvers<TunnelDuplex>();
    client = await startNodeClient((stream, headers) => {
      const duplex = duplexOf(stream);
      duplex.respond();
      duplex.end(body);
      if (headers[':path'] === '/slow') writer.resolve(duplex);
    });
    client.peer.setLocalWindowSize(32 << 20);
    const slow = client.peer.request({ ':path': '/slow' });
    await once(slow, 'response');
    const duplex = await writer.promise;
    for (let round = 0; round < 3; round += 1) {
      expect((await ask(client, {})).body.length).toBe(body.length);
    }
    expect(duplex.writableFinished).toBe(false);
    expect(hash(await buffer(slow))).toBe(hash(body));
    await expect.poll(() => duplex.closed).toBe(true);
    expect(client.session.openStreams).toBe(0);
  });

  it('keeps a tunnel’s sides apart: each ends by itself, and the last octets arrive', async () => {
    const far = Promise.withResolvers<TunnelDuplex>();
    client = await startNodeClient((stream) => {
      const duplex = duplexOf(stream);
      duplex.respond();
      duplex.end('done');
      far.resolve(duplex);
    });
    const near = client.peer.request(
      { ':method': 'CONNECT', ':authority': 'a' },
      { endStream: false },
    );
    const chunks: Buffer[] = [];
    near.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(near, 'end');
    expect(Buffer.concat(chunks).toString()).toBe('done');
    near.write('more');
    near.end('last');
    const duplex = await far.promise;
    expect((await buffer(duplex)).toString()).toBe('morelast');
  });

  it('breaks off, never short: a duplex that is destroyed, a reader that waits too long', async () => {
    client = await startNodeClient((stream, headers) => {
      if (headers[':path'] === '/late') {
        stream.readBody(10, 50).catch(() => undefined);
        return;
      }
      const duplex = duplexOf(stream);
      duplex.respond({ ':status': 200 });
      duplex.write('half', () => duplex.destroy(new Error('cut')));
    });
    await expect(ask(client, { ':path': '/cut' })).rejects.toThrow(`${code.INTERNAL_ERROR}`);
    const late = client.peer.request({ ':method': 'POST', ':path': '/late' });
    late.write('a');
    late.on('error', () => undefined);
    await once(late, 'close');
    expect(late.rstCode).toBe(code.CANCEL);
    expect(client.session.openStreams).toBe(0);
  });

  it('tells whoever serves when the peer breaks off', async () => {
    const over: string[] = [];
    const both = Promise.withResolvers<void>();
    const note = (what: string): void => {
      if (over.push(what) === 4) both.resolve();
    };
    client = await startNodeClient((stream, headers) => {
      stream.onClose(() => note('closed'));
      if (headers[':path'] === '/read') stream.readBody(10, 10_000).catch(() => note('read'));
      else duplexOf(stream).once('close', () => note('duplex'));
    });
    for (const path of ['/read', '/duplex']) {
      const stream = client.peer.request({ ':method': 'POST', ':path': path });
      stream.on('error', () => undefined);
      stream.write('a');
    }
    await expect.poll(() => client?.session.openStreams).toBe(2);
    client.peer.destroy();
    await both.promise;
    await expect.poll(() => client?.session.destroyed).toBe(true);
    expect(over.toSorted()).toEqual(['closed', 'closed', 'duplex', 'read']);
  });

  it('serves a thousand requests at once and refuses more', async () => {
    const held: TunnelStream[] = [];
    client = await startNodeClient((stream) => held.push(stream));
    const { peer } = client;
    expect(peer.remoteSettings.maxConcurrentStreams).toBe(1_000);
    // node:http2 keeps to the settings: one more waits.
    const answers = Array.from({ length: 1_001 }, () => ask({ peer }, {}));
    await expect.poll(() => held.length).toBe(1_000);
    for (const stream of held.splice(0)) stream.answer({ ':status': 200 }, 'ok');
    await expect.poll(() => held.length).toBe(1);
    held[0]?.answer({ ':status': 200 }, 'ok');
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    expect(client.session.openStreams).toBe(0);
  });
});

describe('the end of a session', () => {
  it('lets what is under way finish and says which request was the last', async () => {
    const held: TunnelStream[] = [];
    client = await startNodeClient((stream) => held.push(stream));
    const { peer, session } = client;
    const goaway = once(peer, 'goaway');
    const answer = ask({ peer }, {});
    await expect.poll(() => held.length).toBe(1);
    session.close();
    const [errorCode, last] = (await goaway) as [number, number];
    expect([errorCode, last]).toEqual([code.NO_ERROR, 1]);
    expect(session.destroyed).toBe(false);
    const closed = once(peer, 'close');
    held[0]?.answer({ ':status': 200 }, 'late');
    expect((await answer).body.toString()).toBe('late');
    await closed;
    await expect.poll(() => session.destroyed).toBe(true);
  });

  it('asks for life and answers, also while it closes', async () => {
    const held: TunnelStream[] = [];
    client = await startNodeClient((stream) => held.push(stream));
    const { peer, session } = client;
    const pong = (): Promise<[boolean, number | null]> =>
      new Promise((resolve) => session.ping((alive, roundTrip) => resolve([alive, roundTrip])));
    expect((await pong())[0]).toBe(true);
    await new Promise((resolve) => peer.ping(resolve));
    const answer = ask({ peer }, {}).catch(() => null);
    await expect.poll(() => held.length).toBe(1);
    session.close();
    expect((await pong())[0]).toBe(true);
    const asked = pong();
    session.destroy();
    expect((await asked)[0]).toBe(false);
    expect(session.ping(() => undefined)).toBe(false);
    expect(await answer).toBeNull();
  });

  it('comes when a handler throws, and is told', async () => {
    client = await startNodeClient(() => {
      throw new Error('a defect');
    });
    await expect(ask(client, {})).rejects.toThrow('broken off');
    expect(client.defects.map(String)).toEqual(['Error: a defect']);
    expect(client.session.destroyed).toBe(true);
  });
});

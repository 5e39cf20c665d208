import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import type { TunnelOutlet, TunnelStream } from '../../../gateway/types.ts';
import { ask, startNodeClient, type NodeClient } from './testing/node-client.ts';

let client: NodeClient | undefined;
afterEach(() => client?.stop());

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('an answer in pieces', () => {
  it('arrives whole, also without a body and without pieces', async () => {
    client = await startNodeClient((stream, headers) => {
      const status = Number(String(headers[':path']).slice(1));
      const outlet = stream.outlet();
      outlet.respond({ ':status': status }, { endStream: status === 205 });
      if (status !== 202) for (const piece of ['o', 'k', '!']) outlet.write(Buffer.from(piece));
      outlet.end();
    });
    const got: unknown[] = [];
    for (const [method, status] of [
      ['GET', 200],
      ['GET', 202],
      ['GET', 205],
      ['GET', 304],
      ['HEAD', 200],
    ] as const) {
      const answer = await ask(client, { ':method': method, ':path': `/${status}` });
      got.push([answer.status, answer.body.toString()]);
    }
    expect(got).toEqual([
      [200, 'ok!'],
      [202, ''],
      [205, ''],
      [304, ''],
      [200, ''],
    ]);
    await expect.poll(() => client?.session.openStreams).toBe(0);
    expect(client.defects).toEqual([]);
  });

  it('waits for its reader, and stops no other', async () => {
    const body = randomBytes(4 << 20);
    let written = 0;
    const push = (outlet: TunnelOutlet): void => {
      while (written < body.length) {
        const piece = body.subarray(written, written + 50_000);
        written += piece.length;
        if (!outlet.write(piece)) {
          outlet.once('drain', () => push(outlet));
          return;
        }
      }
      outlet.end();
    };
    client = await startNodeClient((stream, headers) => {
      const outlet = stream.outlet();
      outlet.respond();
      if (headers[':path'] === '/slow') push(outlet);
      else outlet.end();
    });
    const slow = client.peer.request({ ':path': '/slow' });
    await once(slow, 'response');
    for (let round = 0; round < 3; round += 1) {
      expect((await ask(client, { ':path': '/other' })).status).toBe(200);
    }
    expect(written).toBeLessThan(1 << 20);
    expect(hash(await buffer(slow))).toBe(hash(body));
    expect(client.session.openStreams).toBe(0);
  });

  it('takes a request for read: what has not come of it is not wanted', async () => {
    client = await startNodeClient((stream) => {
      const outlet = stream.outlet();
      outlet.respond();
      outlet.write(Buffer.from('enough'));
      outlet.end();
    });
    const stream = client.peer.request({ ':method': 'POST', ':path': '/' });
    stream.write('half');
    const [closed, body] = await Promise.all([once(stream, 'close'), buffer(stream)]);
    expect([closed, body.toString(), stream.rstCode]).toEqual([[], 'enough', 0]);
    expect(client.session.openStreams).toBe(0);
  });

  it('is given up when its reader goes, and whoever waits hears of that', async () => {
    const gone = Promise.withResolvers<TunnelStream>();
    client = await startNodeClient((stream) => {
      stream.onClose(() => gone.resolve(stream));
      const outlet = stream.outlet();
      outlet.respond();
      while (outlet.write(Buffer.alloc(50_000)));
      outlet.once('drain', () => gone.reject(new Error('nobody reads')));
    });
    const stream = client.peer.request({ ':path': '/' });
    await once(stream, 'response');
    stream.close(8);
    expect((await gone.promise).closed).toBe(true);
    await expect.poll(() => client?.session.openStreams).toBe(0);
  });

  it('goes through the stream of Node’s where somebody has asked for that', async () => {
    client = await startNodeClient((stream) => {
      const duplex = stream.duplex();
      const outlet = stream.outlet();
      expect(outlet).toBe(duplex);
      outlet.respond({ ':status': 201 });
      outlet.end();
    });
    expect((await ask(client, {})).status).toBe(201);
    expect(client.defects).toEqual([]);
  });
});

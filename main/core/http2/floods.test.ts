import { afterEach, describe, expect, it } from 'vitest';
import { flood } from '../../../tests/support/http2/flood.ts';
import { errorCode as code } from '../../../common/http2/errors.ts';
import { flag, frameType as type } from '../../../common/http2/frames.ts';
import {
  frame,
  headers,
  paddedData,
  settings,
  uint32,
} from '../../../tests/support/http2/frames.ts';
import { requestHead, startRawClient, type RawClient } from './testing/raw-client.ts';

const GET = requestHead('GET');
const POST = requestHead('POST');

let client: RawClient;
afterEach(() => client.stop());

const many = (count: number, one: (n: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, n) => one(n));

describe('a flood ends the connection with ENHANCE_YOUR_CALM', () => {
  it.each<[string, Buffer]>([
    ['PING', frame(type.PING, 0, 0, Buffer.alloc(8))],
    ['SETTINGS', settings([4, 65_535])],
    ['acknowledgements', frame(type.SETTINGS, flag.ACK, 0)],
    ['empty DATA', frame(type.DATA, 0, 1)],
    ['DATA that is all padding', paddedData(1, Buffer.alloc(0), 9, false)],
    ['unknown frames', frame(77, 0, 0)],
    ['PRIORITY', frame(type.PRIORITY, 0, 1, Buffer.alloc(5))],
    ['WINDOW_UPDATE by one', frame(type.WINDOW_UPDATE, 0, 1, uint32(1))],
    ['GOAWAY', frame(type.GOAWAY, 0, 0, uint32(0, 0))],
  ])('%s', async (_, one) => {
    client = await startRawClient(() => undefined);
    client.send(headers(1, 0, ...POST));
    const batch = many(1_100, () => one);
    expect(await flood(client, () => batch)).toBe(code.ENHANCE_YOUR_CALM);
    expect(client.session.openStreams).toBe(0);
  });

  it('requests that are taken back at once, while a thousand a second are nothing', async () => {
    client = await startRawClient((stream) => stream.duplex().on('error', () => undefined));
    const pair = (n: number): Buffer =>
      Buffer.concat([headers(1 + 2 * n, 1, ...GET), frame(3, 0, 1 + 2 * n, uint32(8))]);
    client.send(...many(2_000, pair), frame(type.PING, 0, 0, Buffer.alloc(8)));
    await client.find((one) => one.type === type.PING);
    expect(client.session.destroyed).toBe(false);
    expect([client.requests.length, client.session.openStreams]).toEqual([2_000, 0]);
    const batch = (round: number): Buffer[] =>
      many(10_000, (n) => pair(2_000 + round * 10_000 + n));
    expect(await flood(client, batch)).toBe(code.ENHANCE_YOUR_CALM);
  });

  it('malformed requests, and requests above what is allowed at once', async () => {
    client = await startRawClient(() => undefined, { options: { maxStreams: 1_000 } });
    const batch =
      (...fields: readonly (readonly [string, string])[]) =>
      (round: number) =>
        many(12_000, (n) => headers(1 + 2 * (round * 12_000 + n), 1, ...fields));
    expect(await flood(client, batch(['a', 'b']))).toBe(code.ENHANCE_YOUR_CALM);
    client.stop();
    client = await startRawClient(() => undefined);
    expect(await flood(client, batch(...GET))).toBe(code.ENHANCE_YOUR_CALM);
    expect(client.requests.length).toBe(1_000);
  });

  it('resets that nobody reads', async () => {
    client = await startRawClient(() => undefined);
    client.socket.pause();
    // Each is answered with a stream error of 13 octets.
    for (let round = 0; round < 60 && !client.session.destroyed; round += 1) {
      client.send(...many(1_000, () => frame(type.PING, 0, 0, Buffer.alloc(8))));
      await new Promise(setImmediate);
    }
    client.socket.resume();
    expect(await client.end()).toBe(code.ENHANCE_YOUR_CALM);
  });
});

describe('an honest peer', () => {
  it('may have thousands of requests a second that end in an empty frame', async () => {
    client = await startRawClient((stream) => {
      void stream.readBody(10, 10_000).then(() => stream.answer({ ':status': 204 }, ''));
    });
    const requests = (from: number): Buffer[] =>
      many(500, (n) => {
        const id = 1 + 2 * (from + n);
        return Buffer.concat([headers(id, 0, ...POST), frame(0, 0, id), frame(0, 1, id)]);
      });
    for (let from = 0; from < 4_000; from += 500) {
      client.send(...requests(from));
      const last = 1 + 2 * (from + 499);
      await client.find((one) => one.type === type.HEADERS && one.streamId === last);
    }
    expect([client.requests.length, client.session.openStreams]).toEqual([4_000, 0]);
    expect(client.session.destroyed).toBe(false);
  });

  it('holds no more than the connection’s window where nobody reads', async () => {
    const options = { sessionWindow: 1 << 20, streamWindow: 512 << 10 };
    client = await startRawClient(() => undefined, { options });
    const piece = Buffer.alloc(16_384);
    const body = (id: number): Buffer[] => many(31, () => frame(type.DATA, 0, id, piece));
    const answered = (mark: number): Promise<unknown> => {
      client.send(frame(type.PING, 0, 0, uint32(mark, 0)));
      return client.find((one) => one.type === 6 && one.payload.readUInt32BE(0) === mark);
    };
    const given = (): number =>
      client.seen
        .filter((one) => one.type === type.WINDOW_UPDATE && one.streamId === 0)
        .reduce((sum, one) => sum + one.payload.readUInt32BE(0), 65_535);
    for (const id of [1, 3, 5]) client.send(headers(id, 0, ...POST), ...body(id));
    await answered(1);
    // What was held when it last gave, and one window.
    expect(given()).toBeLessThan(2.6 * (1 << 20));
    const before = given();
    await Promise.all(client.requests.map(({ stream }) => stream.readBody(1, 10_000)));
    for (const { stream } of client.requests) stream.answer({ ':status': 413 }, '');
    await answered(2);
    expect(given()).toBeGreaterThan(before);
  });
});

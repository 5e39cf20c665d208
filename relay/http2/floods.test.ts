import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { flood } from '../../tests/support/http2/flood.ts';
import { errorCode as code } from '../../common/http2/errors.ts';
import { createFrameWriter } from '../../common/http2/frame-writer.ts';
import { flag, frameType as type } from '../../common/http2/frames.ts';
import { createNuisance } from '../../common/http2/nuisance.ts';
import type { Receiver } from './request-stream.ts';
import { nodeRuntime } from './runtime.ts';
import { createStreamTable } from './stream-table.ts';
import {
  frame,
  headers,
  literalBlock,
  paddedData,
  settings,
  uint32,
} from '../../tests/support/http2/frames.ts';
import { answerOf, request } from './testing/node-server.ts';
import { smallWindows, startRawPeer, type RawPeer } from './testing/raw-peer.ts';

const OK = [':status', '200'] as const;
const GET = request('GET');

let peer: RawPeer;
afterEach(() => peer.stop());

async function withAnswer(): Promise<void> {
  peer = await startRawPeer();
  const stream = peer.session.request(GET, true);
  stream.on('error', () => undefined).resume();
  await peer.find((one) => one.type === type.HEADERS);
  peer.send(headers(1, 0, OK));
}

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
    ['GOAWAY', frame(type.GOAWAY, 0, 0, uint32(2 ** 31 - 1, 0))],
  ])('%s', async (_, one) => {
    await withAnswer();
    const batch = Array.from({ length: 1_100 }, () => one);
    expect(await flood(peer, () => batch)).toBe(code.ENHANCE_YOUR_CALM);
  });

  it('interim heads', async () => {
    peer = await startRawPeer();
    peer.session.request(GET, true).on('error', () => undefined);
    await peer.find((one) => one.type === type.HEADERS);
    const hint = headers(1, 0, [':status', '103']);
    const batch = Array.from({ length: 1_100 }, () => hint);
    expect(await flood(peer, () => batch)).toBe(code.ENHANCE_YOUR_CALM);
  });

  it('frames for a stream that is over', async () => {
    await withAnswer();
    peer.send(frame(type.DATA, flag.END_STREAM, 1));
    const resets = Array.from({ length: 600 }, () => frame(type.RST_STREAM, 0, 1, uint32(8)));
    const batch = [...resets, ...resets.map(() => headers(1, 0, OK))];
    expect(await flood(peer, () => batch)).toBe(code.ENHANCE_YOUR_CALM);
  });

  it('CONTINUATION, by number and by size', async () => {
    for (const piece of [Buffer.alloc(0), Buffer.alloc(16_384)]) {
      peer = await startRawPeer();
      peer.session.request(GET, true).on('error', () => undefined);
      await peer.find((one) => one.type === type.HEADERS);
      const more = Array.from({ length: 20 }, () => frame(type.CONTINUATION, 0, 1, piece));
      peer.send(frame(type.HEADERS, 0, 1, literalBlock(OK)), ...more);
      expect(await peer.end()).toBe(code.ENHANCE_YOUR_CALM);
      peer.stop();
    }
  });

  it('settings without end in one frame', async () => {
    await withAnswer();
    peer.send(settings(...Array.from({ length: 33 }, () => [9, 9] as const)));
    expect(await peer.end()).toBe(code.ENHANCE_YOUR_CALM);
  });

  it('but not what an honest peer sends in the same time', () => {
    let now = 0;
    const nuisance = createNuisance({ waiting: 0 }, () => now);
    const count = (times: number): void => {
      for (let round = 0; round < times; round += 1) nuisance.count();
    };
    count(1_000);
    now = 1_000;
    count(1_000);
    expect(() => nuisance.count()).toThrow('flood');
    // Requests that broke off pay for what crossed their end.
    for (let round = 0; round < 10_000; round += 1) nuisance.requested();
    count(19_000);
    expect(() => count(3_000)).toThrow('flood');
    expect(() => createNuisance({ waiting: 9 << 20 }, () => 0).count()).toThrow('flood');
  });

  it('nor thousands of answers a second that end in an empty frame', async () => {
    peer = await startRawPeer();
    peer.send(settings([3, 5_000]), frame(type.PING, 0, 0, Buffer.alloc(8)));
    await peer.find((one) => one.type === type.PING);
    const answers = Array.from({ length: 3_000 }, () => answerOf(peer.session.request(GET, true)));
    await peer.find((one) => one.type === type.HEADERS && one.streamId === 5_999);
    for (let id = 1; id < 6_000; id += 2) {
      peer.send(headers(id, 0, OK), frame(type.DATA, flag.END_STREAM, id));
    }
    expect((await Promise.all(answers)).length).toBe(3_000);
  });
});

describe('a session', () => {
  it('widens the window of a stream while its reader keeps up', async () => {
    peer = await startRawPeer();
    const stream = peer.session.request(GET, true);
    stream.on('error', () => undefined);
    await peer.find((one) => one.type === type.HEADERS);
    const data = (count: number): Buffer[] =>
      Array.from({ length: count }, () => frame(type.DATA, 0, 1, Buffer.alloc(16_384)));
    peer.send(headers(1, 0, OK));
    const grown = (): number[] =>
      peer.seen
        .filter((one) => one.type === type.WINDOW_UPDATE && one.streamId === 1)
        .map((one) => one.payload.readUInt32BE(0));
    stream.resume();
    let sent = 0;
    for (const wanted of [1, 2, 3]) {
      while (grown().length < wanted) {
        peer.send(...data(1), frame(type.PING, 0, 0, uint32(sent, wanted)));
        const mark = sent;
        await peer.find((one) => one.type === type.PING && one.payload.readUInt32BE(0) === mark);
        sent += 1;
      }
    }
    // 256 KiB, 512 KiB, 1 MiB, and no more: each time what was used is given back too.
    const window = (256 << 10) + grown().reduce((sum, one) => sum + one, 0) - sent * 16_384;
    expect(window).toBe(1 << 20);
  });

  it('sends what it has again only above the last stream of a GOAWAY', async () => {
    peer = await startRawPeer();
    const streams = [1, 2].map(() => peer.session.request(GET, true));
    const closed = streams.map((stream) =>
      once(
        stream.on('error', () => undefined),
        'close',
      ),
    );
    await peer.find((one) => one.type === type.HEADERS && one.streamId === 3);
    peer.send(frame(type.GOAWAY, 0, 0, uint32(1, 0)));
    await closed[1];
    expect(streams[1]?.rstCode).toBe(code.REFUSED_STREAM);
    peer.socket.end();
    await closed[0];
    expect(streams[0]?.rstCode).toBe(code.INTERNAL_ERROR);
    expect(peer.session.destroyed).toBe(true);
  });

  it('ends, and says so, when one of its listeners throws', async () => {
    peer = await startRawPeer();
    const [first, second] = [1, 2].map(() => peer.session.request(GET, true));
    first?.on('response', () => {
      throw new Error('a defect');
    });
    const ends: string[] = [];
    peer.session.onClose(() => {
      throw new Error('another');
    });
    peer.session.onClose(() => ends.push('session'));
    second?.on('close', () => ends.push('stream'));
    await peer.find((one) => one.type === type.HEADERS && one.streamId === 3);
    peer.send(headers(1, 0, OK));
    expect(await peer.end()).toBe(code.INTERNAL_ERROR);
    expect(peer.defects.map(String)).toEqual(['Error: a defect', 'Error: another']);
    expect(ends.toSorted()).toEqual(['session', 'stream']);
  });

  it('uses its numbers up to the last and then hands over', () => {
    peer = { stop: () => undefined } as RawPeer;
    const closed: number[] = [];
    const receiver = (): Receiver => {
      const nothing = (): void => undefined;
      const silent = { onInterim: nothing, onHead: nothing, onData: nothing, onLull: nothing };
      return {
        ...silent,
        ...{ onTrailers: nothing, onEnd: nothing, onDrain: nothing },
        onClose: () => closed.push(1),
      };
    };
    const table = createStreamTable(createFrameWriter(nodeRuntime, new PassThrough()), {
      ...smallWindows,
      firstId: 2 ** 31 - 3,
      onIdle: () => undefined,
      onDefect: () => undefined,
    });
    const ids = [1, 2].map(() => table.open(GET, true, receiver()).id);
    expect(ids).toEqual([2 ** 31 - 3, 2 ** 31 - 1]);
    expect(table.usedUp).toBe(true);
    expect(() => table.open(GET, true, receiver())).toThrow('used up');
    table.loseAll();
    expect([closed.length, table.size]).toEqual([2, 0]);
  });
});

import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startClientSession, type ClientSession } from '../client-session.ts';
import { flag, frameType as type } from '../../../common/http2/frames.ts';
import type { Receiver, RequestStream } from '../request-stream.ts';
import {
  frame,
  headers,
  literalBlock,
  paddedData,
  settings,
  uint32,
} from '../../../common/http2/testing/frames.ts';
import { smallWindows } from './raw-peer.ts';

/** What became of so many sessions with a peer that sends anything. */
export interface Assault {
  /** Sessions that the peer has lost by what it sent. */
  readonly refused: number;
  /** Answers that were whole. */
  readonly answered: number;
  /** What receivers, or anything else, threw. */
  readonly defects: readonly unknown[];
  /** Streams that heard of their end not exactly once, or of something behind it. */
  readonly unclean: number;
  /** By how much the heap has grown between the first tenth and the end, octets. */
  readonly growth: number;
}

/** Runs `sessions` sessions, each against one sequence of frames, the same ones for the same `seed`. */
export async function assail(sessions: number, seed: number): Promise<Assault> {
  const random = generator(seed);
  const defects: unknown[] = [];
  const totals = { refused: 0, answered: 0, unclean: 0 };
  let heapBefore = 0;
  for (let round = 0; round < sessions; round += 1) {
    if (round === Math.floor(sessions / 10)) heapBefore = heap();
    const connection = new MemoryConnection();
    const session = startClientSession(connection, {
      ...smallWindows,
      onDefect: (error) => defects.push(error),
    });
    const watches = openRequests(session, random);
    deliver(connection, session, watches, random);
    if (session.destroyed) totals.refused += 1;
    connection.destroy();
    await new Promise(setImmediate);
    for (const watch of watches) {
      // A whole answer that waits for its reader outlives the connection.
      for (let turn = 0; turn < 1_000 && !watch.stream.closed; turn += 1) watch.stream.resume();
      if (watch.ends > 0) totals.answered += 1;
      if (watch.closes !== 1 || watch.ends > 1 || watch.late > 0) totals.unclean += 1;
    }
    if (session.openStreams !== 0 || !session.destroyed) totals.unclean += 1;
  }
  return { ...totals, defects, growth: heap() - heapBefore };
}

/** A connection whose other end is the caller: what is pushed comes in, what goes out is dropped. */
class MemoryConnection extends Duplex {
  override _read(): void {
    // Pushed from outside.
  }
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
  destroySoon(): void {
    this.end();
    this.destroy();
  }
}

const BODY = Buffer.alloc(200_000);

interface Watch {
  readonly stream: RequestStream;
  closes: number;
  ends: number;
  /** Calls behind the last. */
  late: number;
}

function openRequests(session: ClientSession, random: Random): Watch[] {
  return ['GET', 'POST', 'HEAD', 'CONNECT'].map((method) => {
    const counts = { closes: 0, ends: 0, late: 0 };
    const heard = (): void => {
      if (counts.closes > 0) counts.late += 1;
    };
    const receiver: Receiver = {
      onInterim: heard,
      onHead: heard,
      onData: () => {
        heard();
        if (random(10) === 0) watch.stream.pause();
      },
      onLull: heard,
      onTrailers: heard,
      onEnd: () => {
        heard();
        counts.ends += 1;
      },
      onDrain: heard,
      onClose: () => {
        heard();
        counts.closes += 1;
      },
    };
    const hasBody = method === 'POST' || method === 'CONNECT';
    const fields = { ':method': method, ':scheme': 'https', ':authority': 'a', ':path': '/' };
    const stream = session.open(fields, !hasBody, receiver);
    const watch: Watch = Object.assign(counts, { stream });
    if (hasBody) stream.write(BODY.subarray(0, random(BODY.length)));
    return watch;
  });
}

function deliver(
  connection: MemoryConnection,
  session: ClientSession,
  watches: readonly Watch[],
  random: Random,
): void {
  const greeting = random(20) === 0 ? [] : [settings([random(8), random(100_000)])];
  const frames = Array.from({ length: 1 + random(14) }, () => anyFrame(random));
  const bytes = Buffer.concat([...greeting, ...frames]);
  if (random(3) === 0) bytes[random(bytes.length)] = random(256);
  for (let at = 0; at < bytes.length && !session.destroyed;) {
    const end = at + 1 + random(random(4) === 0 ? 20 : 4_000);
    connection.emit('data', bytes.subarray(at, end));
    at = end;
    const { stream } = watches[random(watches.length)] as Watch;
    if (random(12) === 0) stream.cancel();
    else if (random(6) === 0) stream.end();
    else stream.resume();
  }
  if (random(10) === 0) session.close();
  if (random(20) === 0) connection.emit('end');
}

function anyFrame(random: Random): Buffer {
  const id = random(12) === 0 ? random(20) : 1 + 2 * random(4);
  const end = random(2);
  const status = [':status', ['200', '204', '103', '304', '404'][random(5)] ?? ''] as const;
  switch (random(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return headers(id, end, status, ['content-length', String(random(50))]);
    case 4:
      return headers(id, end, status);
    case 5:
    case 6:
      return frame(type.DATA, end, id, Buffer.alloc(random(50)));
    case 7:
      return paddedData(id, Buffer.alloc(random(30_000) % 16_000), random(200), end === 1);
    case 8: {
      const block = literalBlock(status, ['x', 'y']);
      const cut = random(block.length);
      const rest = frame(type.CONTINUATION, flag.END_HEADERS, id, block.subarray(cut));
      return Buffer.concat([frame(type.HEADERS, end, id, block.subarray(0, cut)), rest]);
    }
    case 9:
      return frame(type.RST_STREAM, 0, id, uint32(random(14)));
    case 10:
      return settings([random(8), random(2) === 0 ? random(70_000) : random(2 ** 31)]);
    case 11:
      return frame(type.WINDOW_UPDATE, 0, random(2) * id, uint32(random(2 ** 31)));
    case 12:
      return frame(type.GOAWAY, 0, 0, uint32(random(9), random(14)));
    case 13:
      return frame(type.PING, random(2), 0, Buffer.alloc(8));
    case 14:
      return headers(id, end, ['x', 'trailer']);
    default: {
      const noise = Buffer.from(Array.from({ length: random(40) }, () => random(256)));
      return random(2) === 0 ? noise : frame(random(12), random(256), id, noise);
    }
  }
}

type Random = (below: number) => number;

/** xorshift32: whole numbers from 0 to below. */
function generator(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Octets in use once everything that nobody holds is gone. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { flag, frameType as type } from '../../../common/http2/frames.ts';
import { frame, headers, literalBlock, paddedData, settings, uint32 } from './frames.ts';

export type Field = readonly [name: string, value: string];

/** What became of so many sessions with a peer that sends anything. */
export interface Assault {
  /** Sessions that the peer has lost by what it sent. */
  readonly refused: number;
  /** Answers that were whole, or of a server's end that have begun. */
  readonly answered: number;
  /** What receivers, or anything else, threw. */
  readonly defects: readonly unknown[];
  /** Streams that heard of their end not exactly once, or of something behind it. */
  readonly unclean: number;
  /** By how much the heap has grown between the first tenth and the end, octets. */
  readonly growth: number;
}

export type Random = (below: number) => number;

/** xorshift32: whole numbers from 0 to below. */
export function generator(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** A connection whose other end is the caller: what is pushed comes in, what goes out is dropped. */
export class MemoryConnection extends Duplex {
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

/** One frame, as often as not one that makes sense; `head` gives the pseudo-header fields of a message. */
export function anyFrame(random: Random, head: (random: Random) => Field[]): Buffer {
  const id = random(12) === 0 ? random(20) : 1 + 2 * random(4);
  const end = random(2);
  const pseudo = head(random);
  switch (random(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return headers(id, end, ...pseudo, ['content-length', String(random(50))]);
    case 4:
      return headers(id, end, ...pseudo);
    case 5:
    case 6:
      return frame(type.DATA, end, id, Buffer.alloc(random(50)));
    case 7:
      return paddedData(id, Buffer.alloc(random(30_000) % 16_000), random(200), end === 1);
    case 8: {
      const block = literalBlock(...pseudo, ['x', 'y']);
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

/** Octets in use once everything that nobody holds is gone. */
export function heap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

import type { MessagePort } from 'node:worker_threads';
import type { BatchResult } from './batch.ts';
import { hotKinds, valueCounts, type HotWrite, type Value } from './hot-writes.ts';

/** What a write thread is started with. */
export interface WriteThreadData {
  readonly file: string;
  readonly port: MessagePort;
  /** {@link DONE} and {@link STAGE}; who changes one wakes whoever waits for it. */
  readonly shared: Int32Array;
}

/** Place of the count of what the thread has done of what it was sent. */
export const DONE = 0;
/** Place of how far the thread has come: one of {@link stages}. */
export const STAGE = 1;

export const stages = {
  /** It has not touched the database yet. */
  starting: 0,
  opening: 1,
  open: 2,
  /** It could not open the database. */
  failed: 3,
  /** It was called off before it opened the database, and never will. */
  calledOff: 4,
} as const;

/** Writes on their way to the thread: values in a row, bytes in one buffer, so that little has to be copied. */
export interface Packed {
  readonly values: (string | number | null)[];
  readonly bytes: ArrayBuffer;
}

export type ToThread = Packed | 'close';
export type FromThread = BatchResult | 'ready';

export function pack(writes: readonly HotWrite[]): Packed {
  const values: (string | number | null)[] = [];
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const { kind, values: own } of writes) {
    values.push(hotKinds.indexOf(kind));
    for (const value of own) {
      if (!(value instanceof Uint8Array)) {
        values.push(value);
        continue;
      }
      // Told from a number by its place: only `take` has bytes, and only one column of it.
      values.push(value.length);
      parts.push(value);
      size += value.length;
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { values, bytes: bytes.buffer };
}

export function unpack({ values, bytes }: Packed): HotWrite[] {
  const writes: HotWrite[] = [];
  let used = 0;
  for (let at = 0; at < values.length;) {
    const kind = hotKinds[Number(values[at])];
    if (kind === undefined) throw new Error('a write of no kind');
    const end = at + 1 + valueCounts[kind];
    const own: Value[] = values.slice(at + 1, end);
    if (kind === 'take') {
      const length = Number(own[RAW]);
      own[RAW] = Buffer.from(bytes, used, length);
      used += length;
    }
    writes.push({ kind, values: own });
    at = end;
  }
  return writes;
}

/** Place of the plaintext among the values of a `take`. */
const RAW = 11;

/** Octets as `Uint8Array` and Node's `Buffer` have them: what is cut out of one is another of its kind. */
export interface Octets<B> extends ArrayLike<number> {
  [index: number]: number;
  set(from: ArrayLike<number>, at?: number): void;
  subarray(start?: number, end?: number): B;
}

/** What a runtime lends to a connection: memory, text faster than a loop makes it, and time. */
export interface Runtime<B extends Octets<B>> {
  /** So many octets, of any content. */
  readonly allocate: (size: number) => B;
  /** The octets from `start` to before `end` as Latin-1. */
  readonly latin1: (bytes: B, start: number, end: number) => string;
  /** Writes Latin-1 at `at`, where there is room for it. */
  readonly write: (bytes: B, text: string, at: number) => void;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Once this turn of the event loop has read what came. */
  readonly soon: (run: () => void) => void;
  /** After so many milliseconds, unless what it returns is called; nothing lives on for it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export const NOTHING: readonly number[] = [];

/** The 32-bit number at `at`, in network order. */
export function readUint32(bytes: ArrayLike<number>, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** 32-bit numbers in network order. */
export function uint32(...values: readonly number[]): number[] {
  return values.flatMap((value) => [
    (value >>> 24) & 255,
    (value >>> 16) & 255,
    (value >>> 8) & 255,
    value & 255,
  ]);
}

/** One after the other in new memory, of which they are `size` together. */
export function concat<B extends Octets<B>>(
  runtime: Pick<Runtime<B>, 'allocate'>,
  parts: readonly B[],
  size: number,
): B {
  const whole = runtime.allocate(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

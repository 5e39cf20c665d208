import { createRandomSource } from '../random.ts';

const COUNTER_MAX = 0xfff;

/**
 * A source of UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, a 12-bit counter (§6.2, method 1) so that ids of one
 * millisecond stay in order, 62 random bits. Text order is time order; a clock that steps back is ignored.
 */
export function createIdSource(): (now: number) => string {
  let last = 0;
  let counter = 0;
  const take = createRandomSource();
  return (now) => {
    if (now > last) {
      last = now;
      counter = 0;
    } else if (counter < COUNTER_MAX) {
      counter += 1;
    } else {
      last += 1;
      counter = 0;
    }
    const random = take(8);
    random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
    return format(last, counter, random.toString('hex'));
  };
}

/** The lowest id that {@link createIdSource} could give at `at` (milliseconds): a bound for queries by age. */
export function lowestId(at: number): string {
  return format(Math.max(0, Math.floor(at)), 0, '8000000000000000');
}

function format(at: number, counter: number, tail: string): string {
  const time = at.toString(16).padStart(12, '0');
  const count = counter.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

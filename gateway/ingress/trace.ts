import { createRandomSource } from '../random.ts';

const random = createRandomSource();

/** A tunnel time beyond this is a clock's difference and no time. */
const PLAUSIBLE_MS = 60_000;

/** A trace id as the relay set it; null for anything that is not a plain id. */
export function traceOf(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9-]{8,64}$/.test(value) ? value : null;
}

/** A fresh trace id (W3C Trace Context: 32 hex digits). */
export function newTrace(): string {
  return random(16).toString('hex');
}

/**
 * Milliseconds between the relay's receipt and `now`; null where the header is missing or the two clocks are so far apart
 * that the difference says nothing.
 */
export function tunnelTime(value: string | string[] | undefined, now: number): number | null {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return null;
  const ms = now - Number(value);
  return ms >= 0 && ms <= PLAUSIBLE_MS ? ms : null;
}

/** The relay holds nothing longer than a day; the rest is for two clocks that differ. */
const LONGEST_HOLD_MS = 25 * 3_600_000;

/** Since when the relay had held a callback; null where it had not, or where the header says nothing believable. */
export function heldTime(value: string | string[] | undefined, now: number): number | null {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return null;
  const since = Number(value);
  return since <= now + PLAUSIBLE_MS && since >= now - LONGEST_HOLD_MS ? since : null;
}

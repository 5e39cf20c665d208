import type { InvalidRecipients, SendOutcome } from '../../../common/domain/outgoing.ts';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';

/** What one attempt to send came to. */
export interface Attempt {
  /** How it would end here and now. */
  readonly outcome: SendOutcome;
  readonly errcode: number | null;
  readonly errmsg: string;
  readonly error: ErrorInfo | null;
  /** Whether the message itself may have reached WeCom, so that it counts in the robot's minute. */
  readonly reached: boolean;
  readonly durationMs: number;
  /** The address that WeCom saw, where it says so. */
  readonly fromIp: string | null;
  readonly msgId?: string;
  readonly responseCode?: string;
  readonly invalid?: InvalidRecipients;
  readonly warnings?: readonly ErrorInfo[];
}

/** What is to be done after an attempt. */
export type Step =
  | { readonly kind: 'end' }
  /** Again after `delayMs`; `coolDown`: WeCom's limit is reached, and the attempt does not count as a try. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly coolDown: boolean };

/** `system busy`, `data version conflict`: WeCom surely did not take it. */
const transient: ReadonlySet<number> = new Set([-1, 6000]);
/** `api freq out of limit`, `api concurrent out of limit`. */
const tooOften: ReadonlySet<number> = new Set([45009, 45033]);
/** Errors of the way to WeCom that pass: nothing left this machine. */
const unreached: ReadonlySet<string> = new Set([
  'WECOM_UNREACHABLE',
  'WECOM_TIMEOUT',
  'WECOM_ANSWER_INVALID',
  'EGRESS_UNREACHABLE',
  'TUNNEL_OFFLINE',
]);

export const COOL_DOWN_MS = 60_000;
/** Waits before the second, third and fourth try: a restart of the relay lies within them. */
export const RETRY_DELAYS_MS: readonly number[] = [1_000, 5_000, 20_000];

/** `tries`: attempts so far, this one included; `repeatable`: WeCom drops a repetition (`enable_duplicate_check`). */
export function decide(
  attempt: Attempt,
  message: { readonly tries: number; readonly repeatable: boolean },
  delays: readonly number[],
  random: () => number,
): Step {
  if (attempt.errcode !== null && tooOften.has(attempt.errcode)) {
    return { kind: 'again', delayMs: COOL_DOWN_MS, coolDown: true };
  }
  const passes =
    (attempt.errcode !== null && transient.has(attempt.errcode)) ||
    (attempt.outcome === 'failed' &&
      !attempt.reached &&
      unreached.has(attempt.error?.code ?? '')) ||
    (attempt.outcome === 'unknown' && message.repeatable);
  const delay = delays[message.tries - 1];
  if (!passes || delay === undefined) return { kind: 'end' };
  // Many messages that failed together should not come back together.
  return { kind: 'again', delayMs: Math.round(delay * (0.8 + 0.4 * random())), coolDown: false };
}

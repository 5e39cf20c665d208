import type { ErrorParams } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { RequestHead } from './request-head.ts';

/** Why a request does not get in. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly params?: ErrorParams;
}

/**
 * Judges a request for a tunnel before a byte of it enters: null lets it pass. Gates are asked in order, upgrades as well
 * as requests; they run for every request and must not wait for anything.
 */
export type Gate = (head: RequestHead, tunnel: string) => Refusal | null;

/** The first refusal of a list of gates. */
export function passGates(
  gates: readonly Gate[],
  head: RequestHead,
  tunnel: string,
): Refusal | null {
  for (const gate of gates) {
    const refusal = gate(head, tunnel);
    if (refusal !== null) return refusal;
  }
  return null;
}

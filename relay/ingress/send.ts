import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import { attempt, type Body, type Outcome } from './attempt.ts';
import type { Deadline } from './deadline.ts';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './limits.ts';

export interface SendDeps {
  readonly limits: IngressLimits;
  readonly metrics: Metrics;
  readonly pick: (tunnel: string, except?: DataSession) => DataSession | null;
  /** Asks every session of a tunnel for life; those that do not answer in time are destroyed. */
  readonly probe: (tunnel: string, deadlineMs: number) => void;
}

/** What became of a request; `offline` when the tunnel has no session. */
export type SendOutcome = Outcome | { readonly kind: 'offline' };

/** RFC 9110 §9.2.2. */
const idempotent: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

/** Sends a request into its tunnel, and once more on another session where the first one died and that does no harm. */
export async function send(
  exchange: Exchange,
  tunnel: string,
  body: Body,
  deadline: Deadline,
  deps: SendDeps,
): Promise<SendOutcome> {
  const session = deps.pick(tunnel);
  if (session === null) return { kind: 'offline' };
  const { limits } = deps;
  const probe = (): void => deps.probe(tunnel, limits.probeDeadlineMs);
  exchange.passage.queued();
  const outcome = await attempt(exchange, session, body, deadline, limits, probe);
  if (outcome.kind !== 'lost' || !mayRepeat(exchange, body, outcome, session)) return outcome;
  const other = deps.pick(tunnel, session);
  if (other === null) return outcome;
  deps.metrics.retried.inc();
  return attempt(exchange, other, body, deadline, limits, probe);
}

/**
 * Whether a request whose session died may be sent again: never when part of its body is gone for good. What was
 * certainly not looked at can be repeated whatever it is; what may have been, only where twice is as good as once:
 * idempotent methods, and callbacks, which the gateway knows again and WeCom would repeat as well.
 */
function mayRepeat(
  exchange: Exchange,
  body: Body,
  outcome: { readonly untouched: boolean },
  session: DataSession,
): boolean {
  if ((body !== null && 'streamUpTo' in body) || exchange.over) return false;
  if (outcome.untouched) return true;
  const { method, isCallback } = exchange.head;
  return !session.usable && (isCallback || idempotent.has(method));
}

/** Gives the client the tunnel's answer. */
export function pass(
  exchange: Exchange,
  outcome: Extract<Outcome, { kind: 'answered' }>,
  limits: IngressLimits,
): void {
  try {
    deliver(exchange, outcome.stream, outcome.headers, limits.stallMs);
  } catch {
    outcome.stream.cancel();
    exchange.refuse(502, 'AGENT_LOST');
  }
}

import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import { attempt, type Body, type Outcome } from './attempt.ts';
import type { Deadline } from './deadline.ts';
import type { BodyEncoder } from './encode.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './limits.ts';

export interface SendDeps {
  readonly limits: IngressLimits;
  readonly encoder: BodyEncoder;
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

/**
 * Sends a request into its tunnel, and once more on another session where the first one died and that does no harm. Calls
 * back once.
 */
export function send(
  exchange: Exchange,
  tunnel: string,
  body: Body,
  deadline: Deadline,
  deps: SendDeps,
  done: (outcome: SendOutcome) => void,
): void {
  const session = deps.pick(tunnel);
  if (session === null) {
    done({ kind: 'offline' });
    return;
  }
  const { limits, encoder } = deps;
  const parts = {
    body,
    deadline,
    limits,
    encoder,
    probe: () => deps.probe(tunnel, limits.probeDeadlineMs),
  };
  exchange.passage.queued();
  attempt(exchange, session, parts, (outcome) => {
    const other =
      outcome.kind === 'lost' && mayRepeat(exchange, body, outcome, session)
        ? deps.pick(tunnel, session)
        : null;
    if (other === null) {
      done(outcome);
      return;
    }
    deps.metrics.retried.inc();
    attempt(exchange, other, parts, done);
  });
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

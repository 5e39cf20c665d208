import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import { cancelStream } from '../reset.ts';
import { attempt, type Body, type Outcome } from './attempt.ts';
import { collectBody, planBody } from './body.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import type { IngressLimits } from './limits.ts';

export interface ForwardDeps {
  readonly limits: IngressLimits;
  readonly metrics: Metrics;
  readonly pick: (tunnel: string, except?: DataSession) => DataSession | null;
  /** Asks every session of a tunnel for life; those that do not answer in time are destroyed. */
  readonly probe: (tunnel: string, deadlineMs: number) => void;
}

/** RFC 9110 §9.2.2. */
const idempotent: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

/** Sends a public request into a tunnel and its answer back; every way it can end is an answer or a broken connection. */
export async function forward(
  exchange: Exchange,
  tunnel: string,
  deps: ForwardDeps,
): Promise<void> {
  const { limits } = deps;
  const plan = planBody(exchange.request, limits);
  if (plan === null) {
    exchange.refuse(413, 'BODY_TOO_LARGE');
    return;
  }
  if (deps.pick(tunnel) === null) {
    offline(exchange);
    return;
  }
  const { isUrgent } = exchange.head;
  const deadline = createDeadline(isUrgent ? limits.callbackAnswerMs : limits.answerMs, isUrgent);
  try {
    let body: Body = plan === 'stream' ? 'stream' : null;
    if (plan === 'collect') {
      const collected = await collectInTime(exchange, deadline);
      if (collected === null) {
        if (deadline.expired) late(exchange);
        return;
      }
      body = collected;
    }
    await send(exchange, tunnel, body, deadline, deps);
  } finally {
    deadline.stop();
  }
}

async function send(
  exchange: Exchange,
  tunnel: string,
  body: Body,
  deadline: Deadline,
  deps: ForwardDeps,
): Promise<void> {
  const session = deps.pick(tunnel);
  if (session === null) {
    offline(exchange);
    return;
  }
  const { limits } = deps;
  const probe = (): void => deps.probe(tunnel, limits.probeDeadlineMs);
  let outcome = await attempt(exchange, session, body, deadline, limits, probe);
  if (outcome.kind === 'lost' && mayRepeat(exchange, body, outcome, session)) {
    const other = deps.pick(tunnel, session);
    if (other !== null) {
      deps.metrics.retried.inc();
      outcome = await attempt(exchange, other, body, deadline, limits, probe);
    }
  }
  finish(exchange, outcome);
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
  if (body === 'stream' || exchange.over) return false;
  if (outcome.untouched) return true;
  const { method, isCallback } = exchange.head;
  return !session.usable && (isCallback || idempotent.has(method));
}

function finish(exchange: Exchange, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'answered':
      try {
        deliver(exchange, outcome.stream, outcome.headers);
      } catch {
        cancelStream(outcome.stream);
        exchange.refuse(502, 'AGENT_LOST');
      }
      return;
    case 'late':
      late(exchange);
      return;
    case 'too-large':
      exchange.refuse(413, 'BODY_TOO_LARGE');
      return;
    case 'lost':
      if (exchange.head.isCallback) exchange.drop('agent_lost');
      else exchange.refuse(502, 'AGENT_LOST');
      return;
    case 'gone':
      return;
  }
}

function offline(exchange: Exchange): void {
  // WeCom repeats a callback when the connection breaks; a quick 502 would be taken for an answer.
  if (exchange.head.isCallback) exchange.drop('tunnel_offline');
  else exchange.refuse(502, 'TUNNEL_OFFLINE');
}

function late(exchange: Exchange): void {
  if (exchange.head.isCallback) exchange.drop('answer_timeout');
  else exchange.refuse(504, 'ANSWER_TIMEOUT');
}

async function collectInTime(exchange: Exchange, deadline: Deadline): Promise<Buffer | null> {
  const expired = new Promise<null>((resolve) => {
    deadline.onExpire(() => resolve(null));
  });
  return Promise.race([collectBody(exchange), expired]);
}

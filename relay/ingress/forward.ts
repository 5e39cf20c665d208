import type { Policy } from '../gates/policy.ts';
import type { Body } from './attempt.ts';
import { collectBody, planBody } from './body.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { Exchange } from './exchange.ts';
import { pass, send, type SendDeps, type SendOutcome } from './send.ts';

export interface ForwardDeps extends SendDeps {
  readonly policy: Policy;
}

/** Sends a public request into a tunnel and its answer back; every way it can end is an answer or a broken connection. */
export async function forward(
  exchange: Exchange,
  tunnel: string,
  deps: ForwardDeps,
): Promise<void> {
  const wait = deps.policy.takeRate(tunnel, false);
  if (wait > 0) {
    exchange.refuse(429, 'RATE_LIMITED', wait);
    return;
  }
  const { limits } = deps;
  const streamUpTo = deps.policy.bodyBytes(tunnel);
  const plan = planBody(exchange.request, streamUpTo, limits.collectBytes, false);
  if (plan === null) {
    exchange.refuse(413, 'BODY_TOO_LARGE');
    return;
  }
  exchange.passage.gated();
  if (deps.pick(tunnel) === null) {
    exchange.refuse(502, 'TUNNEL_OFFLINE');
    return;
  }
  const { isUrgent } = exchange.head;
  const deadline = createDeadline(isUrgent ? limits.callbackAnswerMs : limits.answerMs, isUrgent);
  try {
    let body: Body = plan === 'stream' ? { streamUpTo } : null;
    if (plan === 'collect') {
      const collected = await collectInTime(exchange, limits.collectBytes, deadline);
      if (collected === 'late') exchange.refuse(408, 'REQUEST_TOO_SLOW');
      else if (collected === 'too-large') exchange.refuse(413, 'BODY_TOO_LARGE');
      if (!(collected instanceof Buffer)) return;
      body = collected;
    }
    finish(exchange, await send(exchange, tunnel, body, deadline, deps), deps);
  } finally {
    deadline.stop();
  }
}

function finish(exchange: Exchange, outcome: SendOutcome, deps: ForwardDeps): void {
  switch (outcome.kind) {
    case 'answered':
      pass(exchange, outcome, deps.limits);
      return;
    case 'late':
      exchange.refuse(504, 'ANSWER_TIMEOUT');
      return;
    case 'too-large':
      exchange.refuse(413, 'BODY_TOO_LARGE');
      return;
    case 'too-slow':
      exchange.refuse(408, 'REQUEST_TOO_SLOW');
      return;
    case 'offline':
      exchange.refuse(502, 'TUNNEL_OFFLINE');
      return;
    case 'lost':
      exchange.refuse(502, 'AGENT_LOST');
      return;
    case 'gone':
      return;
  }
}

/** A whole small body; null when the client has gone. */
export async function collectInTime(
  exchange: Exchange,
  limit: number,
  deadline: Deadline,
): Promise<Buffer | 'too-large' | 'late' | null> {
  const expired = new Promise<'late'>((resolve) => {
    deadline.onExpire(() => resolve('late'));
  });
  return Promise.race([collectBody(exchange, limit), expired]);
}

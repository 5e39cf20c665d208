import type { Policy } from '../gates/policy.ts';
import type { Body } from './attempt.ts';
import { collectBody, planBody, type Collected } from './body.ts';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import { send, type SendDeps, type SendOutcome } from './send.ts';

export interface ForwardDeps extends SendDeps {
  readonly policy: Policy;
}

/** Sends a public request into a tunnel and its answer back; every way it can end is an answer or a broken connection. */
export function forward(exchange: Exchange, tunnel: string, deps: ForwardDeps): void {
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
  const ms = isUrgent ? limits.callbackAnswerMs : limits.answerMs;
  const deadline = exchange.startDeadline(ms, isUrgent);
  const carry = (body: Body): void => {
    send(exchange, tunnel, body, deadline, deps, (outcome) => finish(exchange, outcome, deps));
  };
  if (plan !== 'collect') {
    carry(plan === 'stream' ? { streamUpTo } : null);
    return;
  }
  collectBody(exchange, limits.collectBytes, deadline, (collected) => {
    if (Buffer.isBuffer(collected)) carry(collected);
    else refuseBody(exchange, collected);
  });
}

function refuseBody(exchange: Exchange, why: Exclude<Collected, Buffer>): void {
  if (why === 'late') exchange.refuse(408, 'REQUEST_TOO_SLOW');
  else if (why === 'too-large') exchange.refuse(413, 'BODY_TOO_LARGE');
}

function finish(exchange: Exchange, outcome: SendOutcome, deps: ForwardDeps): void {
  switch (outcome.kind) {
    case 'answered':
      deliver(exchange, outcome.answer, deps.limits.stallMs);
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

import type { GateSecret } from '../gates/signature.ts';
import type { Spool } from '../spool/spool.ts';
import { collectBody, planBody } from './body.ts';
import type { Deadline } from './deadline.ts';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardDeps } from './forward.ts';
import { send, type SendOutcome } from './send.ts';

export interface CallbackDeps extends ForwardDeps {
  /** Null where nothing is ever held. */
  readonly spool: Spool | null;
}

/**
 * Sends a callback POST into its tunnel. WeCom repeats one whose connection breaks but takes any status for an answer, so
 * there is a 200 only for what is durable somewhere: committed by the gateway, whose answer this is then, or on this
 * relay's disk. Everything else breaks the connection. Only what cannot be a callback of WeCom's is refused with a status.
 */
export function forwardCallback(
  exchange: Exchange,
  tunnel: string,
  secret: GateSecret | null,
  deps: CallbackDeps,
): void {
  const { limits, policy } = deps;
  const bodyBytes = Math.min(limits.callbackBytes, policy.bodyBytes(tunnel));
  const plan = planBody(exchange.request, bodyBytes, bodyBytes, true);
  if (plan === null) {
    exchange.refuse(413, 'BODY_TOO_LARGE');
    return;
  }
  // From here on time runs against WeCom's 5 s, whatever the client does.
  const deadline = exchange.startDeadline(limits.callbackAnswerMs, true);
  const judge = (body: Buffer): void => {
    const identity = secret === null ? null : passGate(exchange, tunnel, secret, body, deps);
    if (secret !== null && identity === null) return;
    exchange.passage.gated();
    carry({ exchange, tunnel, identity, body, deadline }, deps);
  };
  if (plan === 'none') {
    judge(NOTHING);
    return;
  }
  collectBody(exchange, bodyBytes, deadline, (collected) => {
    if (collected === 'late') exchange.drop('body_timeout');
    else if (collected === 'too-large') exchange.refuse(413, 'BODY_TOO_LARGE');
    else if (collected !== null) judge(collected);
  });
}

/** The callback's identity when its signature holds; else it has been refused. */
function passGate(
  exchange: Exchange,
  tunnel: string,
  secret: GateSecret,
  body: Buffer | null,
  { policy, metrics }: ForwardDeps,
): string | null {
  const verdict = policy.signature.judge(tunnel, secret, exchange.head.path, body);
  metrics.signatures.inc({ result: verdict.passes ? 'passed' : verdict.result });
  if (verdict.passes) return verdict.identity;
  exchange.refuse(verdict.status, verdict.code);
  return null;
}

/** Judges WeCom's check of a callback address (a GET with `echostr`); false when it has been refused. */
export function passEchoGate(
  exchange: Exchange,
  tunnel: string,
  secret: GateSecret,
  deps: ForwardDeps,
): boolean {
  return passGate(exchange, tunnel, secret, null, deps) !== null;
}

interface Callback {
  readonly exchange: Exchange;
  readonly tunnel: string;
  /** Null when no gate has looked at it. */
  readonly identity: string | null;
  readonly body: Buffer;
  readonly deadline: Deadline;
}

function carry(callback: Callback, deps: CallbackDeps): void {
  const { exchange, tunnel, identity, deadline, body } = callback;
  const { spool } = deps;
  if (deps.policy.takeRate(tunnel, true) > 0) {
    holdOrDrop(callback, 'rate_limited', deps);
    return;
  }
  // What is held goes first, so that the order stays.
  if (identity !== null && spool?.isEnabled(tunnel) === true && spool.isBusy(tunnel)) {
    holdOrDrop(callback, 'tunnel_offline', deps);
    return;
  }
  send(exchange, tunnel, body.length === 0 ? null : body, deadline, deps, (outcome) =>
    finish(callback, outcome, deps),
  );
}

function finish(callback: Callback, outcome: SendOutcome, deps: CallbackDeps): void {
  const { exchange } = callback;
  switch (outcome.kind) {
    case 'answered':
      deliver(exchange, outcome.answer, deps.limits.stallMs);
      return;
    case 'offline':
      holdOrDrop(callback, 'tunnel_offline', deps);
      return;
    case 'late':
      holdOrDrop(callback, 'answer_timeout', deps);
      return;
    case 'lost':
      // A gateway that breaks a callback off is there, and wants WeCom to send it again.
      if (outcome.linkDied) holdOrDrop(callback, 'agent_lost', deps);
      else exchange.drop('agent_lost');
      return;
    case 'too-large':
    case 'too-slow':
    case 'gone':
      return;
  }
}

/** Keeps a callback whose signature holds, where its tunnel has that switched on; else breaks the connection. */
function holdOrDrop(
  { exchange, tunnel, identity, body }: Callback,
  reason: string,
  { spool }: CallbackDeps,
): void {
  if (identity === null || spool?.isEnabled(tunnel) !== true) {
    exchange.drop(reason);
    return;
  }
  spool.hold(tunnel, identity, exchange.head, body).then(
    (result) => {
      if (result === 'stored' || result === 'duplicate') exchange.accept();
      else exchange.drop(`hold_${result}`);
    },
    (error: unknown) => exchange.fail(error),
  );
}

const NOTHING = Buffer.alloc(0);

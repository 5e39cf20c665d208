import type { RequestHead } from './request-head.ts';

/** What an upgraded connection has carried. */
export interface Carried {
  /** Bytes from the public client, and to it. */
  readonly received: number;
  readonly sent: number;
  /** The close code that was seen first (RFC 6455 §7.4); null where it broke off. */
  readonly code: number | null;
}

/** What is noted of one public request on its way, for the console. Called once each, in this order, where it comes so far. */
export interface Passage {
  /** Its host belongs to a tunnel. */
  readonly routed: (tunnel: string) => void;
  /** Its gates let it pass. */
  readonly gated: () => void;
  /** All of it that is collected is there: from now on it waits for a session. */
  readonly queued: () => void;
  /** It was sent into the tunnel, perhaps a second time on another session. */
  readonly sent: (sessionId: number) => void;
  /** The other side says where it spent its time (`x-causeway-timing`). */
  readonly timed: (spans: string) => void;
  /** The head of its answer went out; `reason` is the relay's where the answer is its own. */
  readonly answered: (status: number, source: string, reason: string | null) => void;
  /** After an answer of 101: the connection has closed. */
  readonly carried: (carried: Carried) => void;
  /** The connection is broken off without an answer. */
  readonly dropped: (reason: string) => void;
  /** Nothing more will be sent. */
  readonly ended: () => void;
}

/** Begins to watch a request; says what it wants to hear of. */
export type Watch = (head: RequestHead) => Partial<Passage>;

/** What the ingress tells of each request. */
export type Observe = (head: RequestHead) => Passage;

/** Tells several watchers, in their order. */
export function observeBy(watches: readonly Watch[]): Observe {
  return (head) => {
    const all = watches.map((watch) => watch(head));
    return {
      routed: (tunnel) => all.forEach((one) => one.routed?.(tunnel)),
      gated: () => all.forEach((one) => one.gated?.()),
      queued: () => all.forEach((one) => one.queued?.()),
      sent: (sessionId) => all.forEach((one) => one.sent?.(sessionId)),
      timed: (spans) => all.forEach((one) => one.timed?.(spans)),
      answered: (status, source, reason) =>
        all.forEach((one) => one.answered?.(status, source, reason)),
      carried: (what) => all.forEach((one) => one.carried?.(what)),
      dropped: (reason) => all.forEach((one) => one.dropped?.(reason)),
      ended: () => all.forEach((one) => one.ended?.()),
    };
  };
}

import type { RequestHead } from './request-head.ts';

/** What is noted of one public request on its way, for the console. Called once each, in this order, where it comes so far. */
export interface Passage {
  /** Its host belongs to a tunnel. */
  readonly routed: (tunnel: string) => void;
  /** It was sent into the tunnel, perhaps a second time on another session. */
  readonly sent: (sessionId: number) => void;
  /** The head of its answer went out; `reason` is the relay's where the answer is its own. */
  readonly answered: (status: number, source: string, reason: string | null) => void;
  /** The connection is broken off without an answer. */
  readonly dropped: (reason: string) => void;
  /** Nothing more will be sent. */
  readonly ended: () => void;
}

/** Begins to watch a request. */
export type Watch = (head: RequestHead) => Passage;

const nothing = (): void => undefined;
const unwatched: Passage = {
  routed: nothing,
  sent: nothing,
  answered: nothing,
  dropped: nothing,
  ended: nothing,
};

/** For an ingress that nobody watches. */
export const watchNothing: Watch = () => unwatched;

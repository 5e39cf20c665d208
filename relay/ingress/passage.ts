import type { RequestHead } from './request-head.ts';

/** What an upgraded connection has carried. */
export interface Carried {
  /** Bytes from the public client, and to it. */
  readonly received: number;
  readonly sent: number;
  /** The close code that was seen first (RFC 6455 §7.4); null where it broke off. */
  readonly code: number | null;
}

/** Who hears of the requests. One object for all of them: what differs is in the passage. */
export interface Watcher {
  readonly begun?: (passage: Passage) => void;
  readonly routed?: (passage: Passage, tunnel: string) => void;
  readonly sent?: (passage: Passage, sessionId: number) => void;
  readonly answered?: (passage: Passage) => void;
  readonly carried?: (passage: Passage) => void;
  readonly dropped?: (passage: Passage) => void;
  readonly ended?: (passage: Passage) => void;
}

/** Who gives an answer: this relay, the on-prem program, or a target behind it. */
export type Answerer = 'relay' | 'agent' | 'origin';

/** Status of an accepted upgrade. */
export const SWITCHING = 101;

/**
 * The way of one public request, with the times at which it passed each hop: of `performance.now()`, NaN for a hop that it
 * has not reached. Its methods are called once each, in their order, where it comes so far.
 */
export class Passage {
  readonly trace: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly method: string;
  readonly authority: string;
  /** With its query, which nobody may show. */
  readonly target: string;
  readonly isCallback: boolean;
  readonly beganAt = performance.now();
  gatedAt = Number.NaN;
  queuedAt = Number.NaN;
  sentAt = Number.NaN;
  answeredAt = Number.NaN;
  droppedAt = Number.NaN;
  carriedAt = Number.NaN;
  endedAt = Number.NaN;
  tunnel: string | null = null;
  status: number | null = null;
  /** Who answered, `none` when nobody did, null while it is under way. */
  source: Answerer | 'none' | null = null;
  reason: string | null = null;
  /** What the other side says of where it spent its time (`x-causeway-timing`). */
  spans: string | null = null;
  what: Carried | null = null;
  /** Number of the request, for whoever lists them. */
  row = 0;
  #hasChanged = true;
  readonly #watchers: readonly Watcher[];

  constructor(head: RequestHead, watchers: readonly Watcher[]) {
    this.trace = head.trace;
    this.receivedAt = head.receivedAt;
    this.method = head.method;
    this.authority = head.authority;
    this.target = head.path;
    this.isCallback = head.isCallback;
    this.#watchers = watchers;
    for (const watcher of watchers) watcher.begun?.(this);
  }

  /** Its host belongs to a tunnel. */
  routed(tunnel: string): void {
    this.tunnel = tunnel;
    this.#hasChanged = true;
    for (const watcher of this.#watchers) watcher.routed?.(this, tunnel);
  }

  /** Its gates let it pass. */
  gated(): void {
    this.gatedAt = performance.now();
  }

  /** All of it that is collected is there: from now on it waits for a session. */
  queued(): void {
    this.queuedAt = performance.now();
  }

  /** It was sent into the tunnel, perhaps a second time on another session. */
  sent(sessionId: number): void {
    if (Number.isNaN(this.sentAt)) this.sentAt = performance.now();
    this.#hasChanged = true;
    for (const watcher of this.#watchers) watcher.sent?.(this, sessionId);
  }

  timed(spans: string): void {
    this.spans = spans;
  }

  /** The head of its answer went out; `reason` is the relay's where the answer is its own. */
  answered(status: number, source: Answerer, reason: string | null): void {
    this.answeredAt = performance.now();
    this.status = status;
    this.#hasChanged = true;
    this.source = source;
    this.reason = reason;
    for (const watcher of this.#watchers) watcher.answered?.(this);
  }

  /** After an answer of 101: the connection has closed. */
  carried(what: Carried): void {
    this.carriedAt = performance.now();
    this.what = what;
    this.#hasChanged = true;
    for (const watcher of this.#watchers) watcher.carried?.(this);
  }

  /** The connection is broken off without an answer. */
  dropped(reason: string): void {
    this.droppedAt = performance.now();
    this.#hasChanged = true;
    this.source = 'none';
    this.reason = reason;
    for (const watcher of this.#watchers) watcher.dropped?.(this);
  }

  /** Nothing more will be sent. */
  ended(): void {
    this.endedAt = performance.now();
    this.#hasChanged = true;
    if (this.source === null) {
      this.source = 'none';
      this.reason = 'client_gone';
    }
    for (const watcher of this.#watchers) watcher.ended?.(this);
  }

  /** Whether anything was noted of it since this was asked last. */
  takeChange(): boolean {
    const changed = this.#hasChanged;
    this.#hasChanged = false;
    return changed;
  }

  /** Path without the query. */
  get path(): string {
    const query = this.target.indexOf('?');
    return query === -1 ? this.target : this.target.slice(0, query);
  }
}

/** Milliseconds between two times of a passage; null where one of them was not reached. */
export function between(from: number, to: number): number | null {
  const time = to - from;
  return Number.isNaN(time) ? null : time;
}

import type { QuickHistogram } from '../../common/metrics/quick-metrics.ts';
import { hostOf } from '../registry/domain-name.ts';
import { SWITCHING, between, type Carried, type Passage, type Watcher } from './passage.ts';

/** When a public request passed each hop: milliseconds since its head had come, null for hops it did not reach. */
export interface HopTimes {
  readonly accepted: 0;
  /** White-lists, limits and the signature gate let it pass. */
  readonly gated: number | null;
  /** What is collected of its body was there. */
  readonly queued: number | null;
  /** Its stream on the tunnel was opened. */
  readonly streamOpened: number | null;
  /** The head of its answer was there. */
  readonly firstByte: number | null;
  /** The last byte of its answer was handed to the socket, or it was broken off. */
  readonly answered: number | null;
}

/** The way of one public request. No query, no header, no body. */
export interface Timeline {
  readonly trace: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly tunnel: string | null;
  readonly isCallback: boolean;
  readonly status: number | null;
  readonly source: string | null;
  readonly reason: string | null;
  readonly hops: HopTimes;
  /** Where the on-prem side says it spent its time, milliseconds. */
  readonly agent: Readonly<Record<string, number>>;
  /** What an upgraded connection has carried, and for how long; null while it is open, and of other requests. */
  readonly upgrade: (Carried & { readonly durationMs: number }) | null;
}

/** The last requests with the times of their hops. */
export interface Timelines {
  readonly watcher: Watcher;
  /** Newest first. */
  readonly recent: () => Timeline[];
  /** Told of each request once it is over, of an upgraded connection when that has closed; returns how to stop. */
  readonly subscribe: (listener: (timeline: Timeline) => void) => () => void;
}

const KEPT = 500;
const MAX_TEXT = 256;
const MAX_SPANS = 8;

/** Keeps the last {@link KEPT} requests that are over or upgraded, and sums the time between hops up in `hops`. */
export function createTimelines(hops: QuickHistogram<'hop'>): Timelines {
  const ring: Passage[] = [];
  let next = 0;
  const listeners = new Set<(timeline: Timeline) => void>();

  const keep = (passage: Passage): void => {
    ring[next] = passage;
    next = (next + 1) % KEPT;
    let before = passage.beganAt;
    const pass = (hop: keyof HopTimes, at: number): void => {
      if (Number.isNaN(at)) return;
      hops.observe({ hop }, (at - before) / 1000);
      before = at;
    };
    pass('gated', passage.gatedAt);
    pass('queued', passage.queuedAt);
    pass('streamOpened', passage.sentAt);
    pass('firstByte', passage.answeredAt);
    pass('answered', overAt(passage));
  };
  const tell = (passage: Passage): void => {
    if (listeners.size === 0) return;
    const timeline = timelineOf(passage);
    for (const listener of listeners) listener(timeline);
  };

  return {
    watcher: {
      // An upgraded connection is listed while it is open: its way is over, what it carries is not.
      answered: (passage) => {
        if (passage.status === SWITCHING) keep(passage);
      },
      carried: tell,
      ended: (passage) => {
        if (passage.status === SWITCHING) return;
        keep(passage);
        tell(passage);
      },
    },
    recent: () =>
      [...ring.slice(0, next).toReversed(), ...ring.slice(next).toReversed()].map(timelineOf),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** When its answer was complete; of an upgrade, when it was accepted. */
function overAt(passage: Passage): number {
  return passage.status === SWITCHING ? passage.answeredAt : passage.endedAt;
}

function timelineOf(passage: Passage): Timeline {
  const { beganAt, what } = passage;
  return {
    trace: passage.trace,
    at: passage.receivedAt,
    method: passage.method.slice(0, 16),
    host: hostOf(passage.authority).slice(0, MAX_TEXT),
    path: passage.path.slice(0, MAX_TEXT),
    tunnel: passage.tunnel,
    isCallback: passage.isCallback,
    status: passage.status,
    source: passage.source ?? 'none',
    reason: passage.reason,
    hops: {
      accepted: 0,
      gated: between(beganAt, passage.gatedAt),
      queued: between(beganAt, passage.queuedAt),
      streamOpened: between(beganAt, passage.sentAt),
      firstByte: between(beganAt, passage.answeredAt),
      answered: between(beganAt, overAt(passage)),
    },
    agent: passage.spans === null ? {} : readSpans(passage.spans),
    upgrade:
      what === null
        ? null
        : { ...what, durationMs: between(passage.answeredAt, passage.carriedAt) ?? 0 },
  };
}

/** `name;dur=1.5, …` as in Server-Timing; what is malformed is left out. */
function readSpans(text: string): Record<string, number> {
  const spans: Record<string, number> = {};
  for (const entry of text.slice(0, 512).split(',').slice(0, MAX_SPANS)) {
    const match = /^\s*([a-z][a-z-]{0,31});dur=(\d{1,7}(?:\.\d{1,3})?)\s*$/.exec(entry);
    if (match !== null) spans[match[1] ?? ''] = Number(match[2]);
  }
  return spans;
}

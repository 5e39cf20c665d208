import type { QuickHistogram } from '../quick-metrics.ts';
import { hostOf } from '../registry/domain-name.ts';
import type { Carried, Watch } from './passage.ts';

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
  readonly watch: Watch;
  /** Newest first. */
  readonly recent: () => Timeline[];
  /** Told of each request once it is over, of an upgraded connection when that has closed; returns how to stop. */
  readonly subscribe: (listener: (timeline: Timeline) => void) => () => void;
}

const KEPT = 500;
const MAX_TEXT = 256;
const MAX_SPANS = 8;
/** Status of an accepted upgrade. */
const SWITCHING = 101;

type Hop = Exclude<keyof HopTimes, 'accepted'>;
const order: readonly Hop[] = ['gated', 'queued', 'streamOpened', 'firstByte', 'answered'];

/** Keeps the last {@link KEPT} requests that are over or upgraded, and sums the time between hops up in `hops`. */
export function createTimelines(hops: QuickHistogram): Timelines {
  const ring: Timeline[] = [];
  let next = 0;
  const listeners = new Set<(timeline: Timeline) => void>();

  const keep = (timeline: Timeline): void => {
    ring[next] = timeline;
    next = (next + 1) % KEPT;
    let before = 0;
    for (const hop of order) {
      const time = timeline.hops[hop];
      if (time === null) continue;
      hops.observe(hop, (time - before) / 1000);
      before = time;
    }
  };
  const tell = (timeline: Timeline): void => {
    for (const listener of listeners) listener(timeline);
  };

  return {
    watch: (head) => {
      const start = performance.now();
      const times: Record<Hop, number | null> = {
        gated: null,
        queued: null,
        streamOpened: null,
        firstByte: null,
        answered: null,
      };
      let tunnel: string | null = null;
      let status: number | null = null;
      let source: string | null = null;
      let reason: string | null = null;
      let agent: Readonly<Record<string, number>> = {};
      const mark = (hop: Hop): void => {
        times[hop] ??= performance.now() - start;
      };
      const timeline = (): Timeline => ({
        trace: head.trace,
        at: head.receivedAt,
        method: head.method.slice(0, 16),
        host: hostOf(head.authority).slice(0, MAX_TEXT),
        path: (head.path.split('?', 1)[0] ?? '').slice(0, MAX_TEXT),
        tunnel,
        isCallback: head.isCallback,
        status,
        source: source ?? 'none',
        reason: reason ?? (source === null ? 'client_gone' : null),
        hops: { accepted: 0, ...times },
        agent,
        upgrade: null,
      });
      /** An upgraded connection is listed while it is open: its way is over, what it carries is not. */
      let open: Timeline | null = null;
      return {
        routed: (name) => {
          tunnel = name;
        },
        gated: () => mark('gated'),
        queued: () => mark('queued'),
        sent: () => mark('streamOpened'),
        timed: (spans) => {
          agent = readSpans(spans);
        },
        answered: (code, from, why) => {
          mark('firstByte');
          status = code;
          source = from;
          reason = why;
          if (code !== SWITCHING) return;
          mark('answered');
          open = timeline();
          keep(open);
        },
        carried: (carried) => {
          if (open === null) return;
          const durationMs = performance.now() - start - (times.answered ?? 0);
          const whole = { ...open, upgrade: { ...carried, durationMs } };
          const at = ring.indexOf(open);
          // It may have been pushed out by younger ones.
          if (at !== -1) ring[at] = whole;
          tell(whole);
        },
        dropped: (why) => {
          source = 'none';
          reason = why;
        },
        ended: () => {
          if (open !== null) return;
          mark('answered');
          const over = timeline();
          keep(over);
          tell(over);
        },
      };
    },
    recent: () => [...ring.slice(0, next).toReversed(), ...ring.slice(next).toReversed()],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
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

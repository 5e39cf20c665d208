import { TRAFFIC_ROWS } from '../../common/contract/relay-api.ts';
import type { TrafficRow } from '../../common/domain/relay/views.ts';
import { hostOf } from '../registry/domain-name.ts';
import type { Passage } from '../ingress/passage.ts';
import type { RequestHead } from '../ingress/request-head.ts';
import { createMinuteRate, type MinuteRate } from './minute-rate.ts';

/** What the public side has seen: the last requests, and how many there were. */
export interface Traffic {
  readonly watch: (head: RequestHead) => Seen;
  /** Newest first. */
  readonly recent: () => TrafficRow[];
  /** Rows that are new or changed since the last call, oldest first; never more than are kept. */
  readonly takeChanged: () => TrafficRow[];
  readonly total: () => {
    readonly requests: number;
    readonly perMinute: number;
    readonly refused: number;
  };
  readonly ofTunnel: (name: string) => {
    readonly perMinute: number;
    readonly failedPerMinute: number;
    readonly lastAt: number | null;
  };
  readonly sessionPerMinute: (sessionId: number) => number;
  /** Forgets the rates of sessions and tunnels that are gone. */
  readonly prune: (sessions: ReadonlySet<number>, tunnels: ReadonlySet<string>) => void;
}

/** What of a request's way it wants to hear of. */
type Seen = Pick<Passage, 'routed' | 'sent' | 'answered' | 'carried' | 'dropped' | 'ended'>;

interface TunnelRates {
  readonly all: MinuteRate;
  readonly failed: MinuteRate;
}

const MAX_TEXT = 256;

export function createTraffic(now: () => number): Traffic {
  const rows = new Map<number, TrafficRow>();
  const changed = new Set<number>();
  const tunnels = new Map<string, TunnelRates>();
  const sessions = new Map<number, MinuteRate>();
  const all = createMinuteRate(now);
  let seen = 0;
  let refused = 0;

  const ratesOf = (tunnel: string): TunnelRates => {
    const known = tunnels.get(tunnel);
    if (known !== undefined) return known;
    const made = { all: createMinuteRate(now), failed: createMinuteRate(now) };
    tunnels.set(tunnel, made);
    return made;
  };
  const change = (id: number, parts: Partial<TrafficRow>): void => {
    const row = rows.get(id);
    // It may have been pushed out by younger ones.
    if (row === undefined) return;
    rows.set(id, { ...row, ...parts });
    changed.add(id);
  };
  const begin = (head: RequestHead): number => {
    seen += 1;
    const id = seen;
    all.add();
    rows.set(id, newRow(id, head));
    changed.add(id);
    if (rows.size > TRAFFIC_ROWS) {
      const oldest = rows.keys().next().value ?? id;
      rows.delete(oldest);
      changed.delete(oldest);
    }
    return id;
  };

  const watch = (head: RequestHead): Seen => {
    const id = begin(head);
    let tunnel: string | null = null;
    let mark = performance.now();
    const lap = (): number => {
      const before = mark;
      mark = performance.now();
      return mark - before;
    };
    const failed = (): void => {
      refused += 1;
      if (tunnel !== null) ratesOf(tunnel).failed.add();
    };
    let wasSent = false;
    let over = false;
    return {
      routed: (name) => {
        tunnel = name;
        ratesOf(name).all.add();
        change(id, { tunnel: name });
      },
      sent: (sessionId) => {
        const rate = sessions.get(sessionId) ?? createMinuteRate(now);
        sessions.set(sessionId, rate);
        rate.add();
        if (wasSent) return;
        wasSent = true;
        change(id, { relayMs: lap() });
      },
      answered: (status, source, reason) => {
        const from = source === 'agent' || source === 'origin' ? source : 'relay';
        if (from === 'relay' && status >= 400) failed();
        const time = wasSent ? { tunnelMs: lap() } : { relayMs: lap() };
        const upgrade =
          status === 101 ? { durationMs: null, received: 0, sent: 0, code: null } : null;
        change(id, { status, source: from, reason, ...time, upgrade });
      },
      carried: ({ received, sent, code }) => {
        over = true;
        change(id, { upgrade: { durationMs: lap(), received, sent, code } });
      },
      dropped: (reason) => {
        failed();
        const time = wasSent ? { tunnelMs: lap() } : { relayMs: lap() };
        change(id, { source: 'none', reason, ...time });
        over = true;
      },
      ended: () => {
        if (over) return;
        over = true;
        const row = rows.get(id);
        if (row === undefined) return;
        if (row.source === null) change(id, { source: 'none', reason: 'client_gone' });
        else change(id, { answerMs: lap() });
      },
    };
  };

  return {
    watch,
    recent: () => [...rows.values()].toReversed(),
    takeChanged: () => {
      const taken = [...changed].toSorted((a, b) => a - b).flatMap((id) => rows.get(id) ?? []);
      changed.clear();
      return taken;
    },
    total: () => ({ requests: seen, perMinute: all.perMinute(), refused }),
    ofTunnel: (name) => {
      const rates = tunnels.get(name);
      return {
        perMinute: rates?.all.perMinute() ?? 0,
        failedPerMinute: rates?.failed.perMinute() ?? 0,
        lastAt: rates?.all.lastAt() ?? null,
      };
    },
    sessionPerMinute: (id) => sessions.get(id)?.perMinute() ?? 0,
    prune: (liveSessions, liveTunnels) => {
      for (const id of sessions.keys()) if (!liveSessions.has(id)) sessions.delete(id);
      for (const name of tunnels.keys()) if (!liveTunnels.has(name)) tunnels.delete(name);
    },
  };
}

function newRow(id: number, head: RequestHead): TrafficRow {
  const query = head.path.indexOf('?');
  const path = query === -1 ? head.path : head.path.slice(0, query);
  return {
    id,
    at: head.receivedAt,
    trace: head.trace,
    method: head.method.slice(0, 16),
    host: hostOf(head.authority).slice(0, MAX_TEXT),
    path: path.slice(0, MAX_TEXT),
    tunnel: null,
    status: null,
    source: null,
    reason: null,
    relayMs: null,
    tunnelMs: null,
    answerMs: null,
    upgrade: null,
  };
}

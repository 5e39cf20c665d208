import { TRAFFIC_ROWS } from '../../common/contract/relay-api.ts';
import type { TrafficRow } from '../../common/domain/relay/views.ts';
import { hostOf } from '../registry/domain-name.ts';
import { SWITCHING, between, type Passage, type Watcher } from '../ingress/passage.ts';
import { createMinuteRate, type MinuteRate } from './minute-rate.ts';

/** What the public side has seen: the last requests, and how many there were. */
export interface Traffic {
  readonly watcher: Watcher;
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

interface TunnelRates {
  readonly all: MinuteRate;
  readonly failed: MinuteRate;
}

const MAX_TEXT = 256;

export function createTraffic(now: () => number): Traffic {
  /**
   * A ring, not a map: a map that is filled and emptied all the time leaves tables behind whose dead contents a young collection
   * has to carry along.
   */
  const ring: Passage[] = [];
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
  const fail = ({ tunnel }: Passage): void => {
    refused += 1;
    if (tunnel !== null) ratesOf(tunnel).failed.add();
  };
  const watcher: Watcher = {
    begun: (passage) => {
      passage.row = seen;
      ring[seen % TRAFFIC_ROWS] = passage;
      seen += 1;
      all.add();
    },
    routed: (_passage, tunnel) => ratesOf(tunnel).all.add(),
    sent: (_passage, sessionId) => {
      let rate = sessions.get(sessionId);
      if (rate === undefined) sessions.set(sessionId, (rate = createMinuteRate(now)));
      rate.add();
    },
    answered: (passage) => {
      if (passage.source === 'relay' && (passage.status ?? 0) >= 400) fail(passage);
    },
    dropped: fail,
  };
  /** Oldest first. */
  const kept = (): Passage[] => {
    const at = seen % TRAFFIC_ROWS;
    return ring.length < TRAFFIC_ROWS ? [...ring] : [...ring.slice(at), ...ring.slice(0, at)];
  };

  return {
    watcher,
    recent: () => kept().toReversed().map(trafficRow),
    takeChanged: () =>
      kept()
        .filter((passage) => passage.takeChange())
        .map(trafficRow),
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

function trafficRow(passage: Passage): TrafficRow {
  const { beganAt, sentAt, answeredAt } = passage;
  const headAt = Number.isNaN(answeredAt) ? passage.droppedAt : answeredAt;
  return {
    // Rows count from 1.
    id: passage.row + 1,
    at: passage.receivedAt,
    trace: passage.trace,
    method: passage.method.slice(0, 16),
    host: hostOf(passage.authority).slice(0, MAX_TEXT),
    path: passage.path.slice(0, MAX_TEXT),
    tunnel: passage.tunnel,
    status: passage.status,
    source: passage.source,
    reason: passage.reason,
    relayMs: between(beganAt, Number.isNaN(sentAt) ? headAt : sentAt),
    tunnelMs: between(sentAt, headAt),
    answerMs: passage.status === SWITCHING ? null : between(answeredAt, passage.endedAt),
    upgrade: upgradeOf(passage),
  };
}

function upgradeOf({ status, what, answeredAt, carriedAt }: Passage): TrafficRow['upgrade'] {
  if (status !== SWITCHING) return null;
  if (what === null) return { durationMs: null, received: 0, sent: 0, code: null };
  return { ...what, durationMs: between(answeredAt, carriedAt) };
}

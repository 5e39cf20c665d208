import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  quickCounter,
  quickHistogram,
  type QuickCounter,
  type QuickHistogram,
} from '../common/metrics/quick-metrics.ts';

/** What the relay counts; served as text on the admin port's `/metrics`. */
export interface Metrics {
  readonly registry: Registry;
  /** By status code and by who answered. */
  readonly requests: QuickCounter<'code' | 'source'>;
  /** By who answered. */
  readonly duration: QuickHistogram<'source'>;
  readonly dropped: Counter<'reason'>;
  readonly retried: Counter;
  /** At the signature gate: passed, forged, aged, replayed, malformed. */
  readonly signatures: Counter<'result'>;
  readonly shed: Counter<'kind'>;
  readonly refusedConnections: Counter<'reason'>;
  /** Callbacks that were to be held, and what became of those that were. */
  readonly held: Counter<'result'>;
  readonly heldAge: Histogram;
  readonly hops: QuickHistogram<'hop'>;
  readonly certificateLoads: Counter<'result'>;
  /** Seconds since the epoch. */
  readonly certificateExpiry: Gauge<'name'>;
  readonly upgrades: Counter<'result'>;
  readonly enrolments: Counter<'result'>;
  readonly handshakes: Counter<'alpn' | 'result'>;
  readonly sessionEnds: Counter<'reason'>;
  readonly egressOpen: Gauge;
  readonly egressConnects: Counter<'result'>;
  readonly egressBytes: Counter<'direction'>;
}

/** Metrics of one relay; nothing is registered globally, so that several run in one process. */
export function createMetrics(live: {
  sessions(): Iterable<{ readonly tunnel: string; readonly inFlight: number }>;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const sessions = new Gauge({
    name: 'relay_sessions',
    help: 'Live data sessions.',
    labelNames: ['tunnel'],
    registers,
    collect: () => {
      sessions.reset();
      for (const { tunnel } of live.sessions()) sessions.inc({ tunnel });
    },
  });
  const inFlight = new Gauge({
    name: 'relay_requests_in_flight',
    help: 'Public requests that are on a tunnel now.',
    labelNames: ['tunnel'],
    registers,
    collect: () => {
      inFlight.reset();
      for (const session of live.sessions())
        inFlight.inc({ tunnel: session.tunnel }, session.inFlight);
    },
  });
  return {
    registry,
    requests: quickCounter({
      name: 'relay_requests_total',
      help: 'Public requests by status code and by who answered.',
      labelNames: ['code', 'source'],
      registry,
    }),
    duration: quickHistogram({
      name: 'relay_request_duration_seconds',
      help: 'From the head of a public request to the head of its answer.',
      labelNames: ['source'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 4.5, 5, 10, 30, 60],
      registry,
    }),
    dropped: new Counter({
      name: 'relay_dropped_total',
      help: 'Callbacks whose connection was closed without an answer, so that WeCom sends them again.',
      labelNames: ['reason'],
      registers,
    }),
    retried: new Counter({
      name: 'relay_retried_total',
      help: 'Requests that were sent again on another session.',
      registers,
    }),
    signatures: new Counter({
      name: 'relay_signature_gate_total',
      help: 'Callbacks at a signature gate by result.',
      labelNames: ['result'],
      registers,
    }),
    shed: new Counter({
      name: 'relay_shed_total',
      help: 'Requests that an overloaded relay did not take.',
      labelNames: ['kind'],
      registers,
    }),
    refusedConnections: new Counter({
      name: 'relay_refused_connections_total',
      help: 'Public connections that were closed before a request, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    held: new Counter({
      name: 'relay_hold_total',
      help: 'Hold-and-deliver: stored, duplicate, full and failed when a callback came; delivered, refused and expired later.',
      labelNames: ['result'],
      registers,
    }),
    heldAge: new Histogram({
      name: 'relay_held_seconds',
      help: 'How long callbacks were held until they were delivered.',
      buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
      registers,
    }),
    hops: quickHistogram({
      name: 'relay_hop_seconds',
      help: 'Where the time of public requests goes, hop by hop.',
      labelNames: ['hop'],
      buckets: [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 15, 60,
      ],
      registry,
    }),
    certificateLoads: new Counter({
      name: 'relay_public_certificate_loads_total',
      help: 'Public certificates that were read or obtained while the relay ran, by result.',
      labelNames: ['result'],
      registers,
    }),
    certificateExpiry: new Gauge({
      name: 'relay_public_certificate_not_after_seconds',
      help: 'When a public certificate ends, seconds since the epoch.',
      labelNames: ['name'],
      registers,
    }),
    upgrades: new Counter({
      name: 'relay_upgrades_total',
      help: 'Protocol upgrades (WebSocket) by result.',
      labelNames: ['result'],
      registers,
    }),
    enrolments: new Counter({
      name: 'relay_enrolments_total',
      help: 'Tries to enrol by result.',
      labelNames: ['result'],
      registers,
    }),
    handshakes: new Counter({
      name: 'relay_handshakes_total',
      help: 'Connections to the control port by purpose and by what was found of the certificate.',
      labelNames: ['alpn', 'result'],
      registers,
    }),
    sessionEnds: new Counter({
      name: 'relay_session_ends_total',
      help: 'Data sessions that ended, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    egressOpen: new Gauge({
      name: 'relay_egress_connections',
      help: 'Egress connections that are open.',
      registers,
    }),
    egressConnects: new Counter({
      name: 'relay_egress_connects_total',
      help: 'Egress connections asked for, by result.',
      labelNames: ['result'],
      registers,
    }),
    egressBytes: new Counter({
      name: 'relay_egress_bytes_total',
      help: 'Bytes through egress connections.',
      labelNames: ['direction'],
      registers,
    }),
  };
}

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the relay counts; served as text on the admin port's `/metrics`. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'code' | 'source'>;
  readonly duration: Histogram<'source'>;
  readonly dropped: Counter<'reason'>;
  readonly retried: Counter;
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
    requests: new Counter({
      name: 'relay_requests_total',
      help: 'Public requests by status code and by who answered.',
      labelNames: ['code', 'source'],
      registers,
    }),
    duration: new Histogram({
      name: 'relay_request_duration_seconds',
      help: 'From the head of a public request to the head of its answer.',
      labelNames: ['source'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 4.5, 5, 10, 30, 60],
      registers,
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

import { Gauge, type Registry } from 'prom-client';
import { quickCounter } from '../../common/metrics/quick-metrics.ts';
import { breakerStates, type BreakerState } from '../delivery/balancing/breaker.ts';

/** What is read of a target at scrape time. */
export interface TargetFigures {
  readonly id: string;
  readonly up: boolean;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly maxOpen: number;
  /** Null for a WebSocket target. */
  readonly connections: { open: number; idle: number; busy: number; pending: number } | null;
}

export interface LaneFigures {
  /** Conversations with a message under way. */
  readonly lanes: number;
  /** Messages that wait for an earlier one of their conversation. */
  readonly waiting: number;
  /** Of these, in the conversation that has most of them. */
  readonly longest: number;
}

export type UpstreamMetrics = ReturnType<typeof createUpstreamMetrics>;

/** Series of targets, breakers, connections and conversations (gateway.md D.1). */
export function createUpstreamMetrics(registry: Registry) {
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    quickCounter({ name: `gateway_${name}`, help, labelNames, registry });
  return {
    registry,
    ejections: counter('upstream_ejections_total', 'Targets taken out of the rotation.', [
      'upstream',
      'target',
      'reason',
    ]),
    failovers: counter(
      'upstream_failovers_total',
      'Requests that another target took after one had failed.',
      ['upstream'],
    ),
    retries: counter('upstream_retries_total', 'Attempts after the first.', ['upstream', 'reason']),
    budgetExhausted: counter(
      'upstream_retry_budget_exhausted_total',
      'Retries that were not made because there were too many already.',
      ['upstream'],
    ),
    panics: counter(
      'upstream_panics_total',
      'Requests sent to a target that is out because no other was there.',
      ['upstream'],
    ),
    opened: counter('circuit_breaker_opened_total', 'Breakers that opened.', ['target']),
    probes: counter('upstream_probes_total', 'Health checks.', ['target', 'result']),
    overtaken: counter(
      'lane_overtaken_total',
      'Messages that failed for so long that later ones of their conversation went first.',
      [],
    ),
    overflowed: counter(
      'lane_overflow_total',
      'Messages put off because too many of their conversation waited.',
      [],
    ),
    serviceRequests: counter('service_requests_total', 'Requests to published services.', [
      'service',
      'code',
    ]),
    compressed: counter('response_compressed_total', 'Responses that were compressed.', [
      'encoding',
    ]),
  };
}

/** Registers the gauges; each reads memory when scraped. */
export function registerUpstreamGauges(
  registry: Registry,
  sources: { targets(): readonly TargetFigures[]; lanes(): LaneFigures },
): void {
  const perTarget = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[],
    read: (gauge: Gauge, target: TargetFigures) => void,
  ) =>
    new Gauge({
      name: `gateway_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        for (const target of sources.targets()) read(this, target);
      },
    });
  perTarget('upstream_available', '1 while a target takes messages.', ['target'], (gauge, target) =>
    gauge.set({ target: target.id }, Number(target.up)),
  );
  perTarget('upstream_in_flight', 'Requests that a target works on.', ['target'], (gauge, target) =>
    gauge.set({ target: target.id }, target.inFlight),
  );
  perTarget(
    'circuit_breaker_state',
    '1 for the state a breaker is in.',
    ['target', 'state'],
    (gauge, target) => {
      for (const state of breakerStates) {
        gauge.set({ target: target.id, state }, Number(target.breaker === state));
      }
    },
  );
  perTarget(
    'pool_connections',
    'Connections of a target; pending are requests that wait for one.',
    ['target', 'state'],
    (gauge, target) => {
      for (const [state, count] of Object.entries(target.connections ?? {})) {
        gauge.set({ target: target.id, state }, count);
      }
    },
  );
  perTarget('pool_max_open', 'Connections that a target may have.', ['target'], (gauge, target) => {
    if (target.connections !== null) gauge.set({ target: target.id }, target.maxOpen);
  });
  const lane = (name: string, help: string, read: (figures: LaneFigures) => number) =>
    new Gauge({
      name: `gateway_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(sources.lanes()));
      },
    });
  lane('lanes', 'Conversations with a message under way.', ({ lanes }) => lanes);
  lane('lane_waiting', 'Messages behind an earlier one of theirs.', ({ waiting }) => waiting);
  lane('lane_longest', 'Messages that wait in the longest lane.', ({ longest }) => longest);
}

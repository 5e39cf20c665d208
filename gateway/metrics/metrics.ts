import type { StoreSize } from '../inbox/upkeep.ts';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { quickCounter, quickHistogram } from '../../common/metrics/quick-metrics.ts';

const BUCKETS = {
  request: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 10],
  commit: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  batch: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  delivery: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600],
} as const;

/** Names of one kind that get a series of their own; what comes after is counted as `other`. */
const MAX_LABELS = 200;

/** Why a callback was refused, and at what stage an error is counted. */
export const rejectReasons = [
  'signature',
  'timestamp',
  'source',
  'decrypt',
  'receiveid',
  'malformed',
  'oversize',
] as const;
export type RejectReason = (typeof rejectReasons)[number];
export const dropReasons = ['store_full', 'engine', 'deadline'] as const;
export type DropReason = (typeof dropReasons)[number];
const deliveryErrors = ['unreachable', 'timeout', 'refused', 'reply'] as const;
const sendErrors = ['unreachable', 'timeout', 'answer', 'refused'] as const;
export type DeliveryError = (typeof deliveryErrors)[number];
export type SendError = (typeof sendErrors)[number];

/** Gauges of prom-client whose names promtool refuses; the same figures are there by kind without `_total`. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What is read at scrape time; all of it lies in memory, or in the heads of files. */
export interface GaugeSources {
  inFlight(): number;
  pending(): number;
  oldestPending(): number | null;
  waiting(): number;
  storeSize(): StoreSize;
  subscribers(): number;
  targets(): Iterable<readonly [string, boolean | null]>;
  now(): number;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** The gateway's series (names: gateway.md D.1) in a registry of its own, so that several gateways fit in one process. */
export function createMetrics(version: string) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    quickCounter({ name: `gateway_${name}`, help, labelNames, registry });
  const histogram = <T extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly T[] = [],
  ) => quickHistogram({ name: `gateway_${name}`, help, labelNames, buckets, registry });

  const requests = counter(
    'requests_total',
    'Requests answered; code `reset` is a closed socket.',
    ['route', 'method', 'code'],
  );
  const errors = counter('errors_total', 'Errors by stage and reason.', ['stage', 'reason']);
  const initial: readonly (readonly [string, readonly string[]])[] = [
    ['callback', rejectReasons],
    ['store', dropReasons],
    ['delivery', deliveryErrors],
    ['send', sendErrors],
  ];
  for (const [stage, reasons] of initial) {
    for (const reason of reasons) errors.inc({ stage, reason }, 0);
  }
  const rejected = counter('callback_rejected_total', 'Callbacks refused.', ['reason']);
  for (const reason of rejectReasons) rejected.inc({ reason }, 0);
  const dropped = counter('callback_dropped_total', 'Callbacks whose socket was closed.', [
    'reason',
  ]);
  for (const reason of dropReasons) dropped.inc({ reason }, 0);
  const passiveReplies = counter('passive_reply_total', 'How callbacks were answered.', [
    'outcome',
  ]);
  for (const outcome of ['sent', 'empty', 'late', 'error']) passiveReplies.inc({ outcome }, 0);
  const lateReplies = counter('late_replies_total', 'Answers too late for a passive reply.', [
    'outcome',
  ]);
  for (const outcome of ['sent', 'dropped', 'failed']) lateReplies.inc({ outcome }, 0);
  const build = new Gauge({
    name: 'gateway_build_info',
    help: 'Version of the program; always 1.',
    labelNames: ['version', 'node'],
    registers,
  });
  build.set({ version, node: process.versions.node }, 1);

  return {
    registry,
    requests,
    errors,
    rejected,
    dropped,
    passiveReplies,
    lateReplies,
    requestDuration: histogram(
      'request_duration_seconds',
      'First byte to the answer.',
      BUCKETS.request,
      ['route'],
    ),
    received: counter('callback_received_total', 'Callbacks taken.', ['bot', 'type']),
    duplicates: counter('callback_duplicates_total', 'Callbacks that WeCom sent again.', [
      'bot',
      'reason',
    ]),
    ackDuration: histogram(
      'callback_ack_duration_seconds',
      'First byte of a callback to its answer.',
      BUCKETS.request,
    ),
    commitDuration: histogram(
      'commit_duration_seconds',
      'One transaction, fsync included.',
      BUCKETS.commit,
    ),
    commitBatch: histogram('commit_batch_size', 'Writes of one transaction.', BUCKETS.batch),
    foreignSources: counter(
      'callback_foreign_source_total',
      "Signed callbacks from addresses that are not in WeCom's own list.",
      ['bot'],
    ),
    credentialHits: counter(
      'credential_hits_total',
      'Callbacks by the key pair they were made with.',
      ['bot', 'pair'],
    ),
    retired: counter(
      'store_retired_total',
      'Rows that retention deleted for their age or the store’s size, or took the text out of.',
      ['kind'],
    ),
    enqueued: counter('queue_enqueued_total', 'Messages that wait for a target.', ['queue']),
    acked: counter('queue_acked_total', 'Messages that a target took.', ['queue']),
    redelivered: counter('queue_redelivered_total', 'Deliveries after the first.', ['queue']),
    deadLettered: counter('queue_dead_lettered_total', 'Messages given up.', ['queue']),
    deliveryLatency: histogram(
      'delivery_latency_seconds',
      'Receipt to a target having taken the message.',
      BUCKETS.delivery,
    ),
    upstreamRequests: counter('upstream_requests_total', 'Calls of targets.', [
      'upstream',
      'target',
      'code',
    ]),
    upstreamDuration: histogram(
      'upstream_request_duration_seconds',
      'Calls of targets.',
      BUCKETS.request,
      ['upstream', 'target'],
    ),
    sends: counter('wecom_send_total', 'Messages sent to WeCom.', ['channel', 'outcome']),
    sendDuration: histogram('wecom_send_duration_seconds', 'Waiting for WeCom.', BUCKETS.request, [
      'channel',
    ]),
    apiErrors: counter('wecom_api_errors_total', 'Messages that WeCom refused.', [
      'api',
      'errcode',
      'robot',
    ]),
    wsMessages: counter('ws_messages_total', 'WebSocket frames.', ['route', 'direction']),
  };
}

/** Registers the gauges; each reads memory when scraped. */
export function registerGauges(metrics: Metrics, sources: GaugeSources): void {
  const gauge = (name: string, help: string, read: () => number, labels: Record<string, string>) =>
    new Gauge({
      name: `gateway_${name}`,
      help,
      labelNames: Object.keys(labels),
      registers: [metrics.registry],
      collect() {
        this.set(labels, read());
      },
    });
  gauge('requests_in_flight', 'Callbacks not yet answered.', () => sources.inFlight(), {});
  gauge(
    'commit_waiting',
    'Writes that wait for the next transaction.',
    () => sources.waiting(),
    {},
  );
  gauge('store_size_bytes', 'Files of the store on disk.', () => sources.storeSize().file, {});
  gauge(
    'store_used_bytes',
    'What is stored, without pages that are free again.',
    () => sources.storeSize().used,
    {},
  );
  gauge(
    'store_free_bytes',
    'Free space on the disk of the store.',
    () => sources.storeSize().free ?? Number.NaN,
    {},
  );
  gauge('queue_messages', 'Messages in a queue.', () => sources.pending(), {
    queue: 'delivery',
    state: 'ready',
  });
  gauge(
    'queue_oldest_age_seconds',
    'Age of the oldest message in a queue.',
    () => {
      const at = sources.oldestPending();
      return at === null ? 0 : Math.max(0, sources.now() - at) / 1000;
    },
    { queue: 'delivery' },
  );
  gauge('ws_connections', 'WebSocket subscribers.', () => sources.subscribers(), {
    route: '/api/ws',
  });
  const healthy = new Gauge({
    name: 'gateway_upstream_healthy',
    help: 'Result of the last call of a target: 1 taken, 0 not.',
    labelNames: ['target'],
    registers: [],
    collect() {
      this.reset();
      for (const [target, result] of sources.targets()) {
        if (result !== null) this.set({ target }, Number(result));
      }
    },
  });
  metrics.registry.registerMetric(healthy);
}

/** Keeps a label's values to the first {@link MAX_LABELS}; later ones become `other`. */
export function createLabelCap(limit: number = MAX_LABELS): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return 'other';
    known.add(value);
    return value;
  };
}

import type { Lanes } from './delivery/lanes.ts';
import type { Redelivery } from './delivery/redelivery.ts';
import type { TargetPool } from './delivery/target-pool.ts';
import type { MessageStore } from './inbox/message-store.ts';
import type { Pipeline } from './ingress/pipeline.ts';
import { registerGauges, type Metrics } from './metrics/metrics.ts';
import { registerUpstreamGauges } from './metrics/upstream.ts';
import type { Subscribers } from './subscribers/subscribers.ts';

export interface ObservedParts {
  readonly pipeline: Pipeline;
  readonly store: MessageStore;
  readonly redelivery: Redelivery;
  readonly subscribers: Subscribers;
  readonly pool: TargetPool;
  readonly lanes: Lanes;
  readonly now: () => number;
}

/** Registers what is read off a gateway's parts whenever somebody asks for the figures. */
export function observeGateway(metrics: Metrics, parts: ObservedParts): void {
  const { pipeline, store, redelivery, subscribers, pool, lanes, now } = parts;
  registerGauges(metrics, {
    inFlight: () => pipeline.inFlight,
    pending: () => store.pending,
    oldestPending: () => redelivery.oldestPending(),
    waiting: () => store.waiting,
    storeSize: () => store.size(),
    subscribers: () => subscribers.count,
    targets: () => [...pool.health()].map(([id, { healthy }]) => [id, healthy] as const),
    now,
  });
  registerUpstreamGauges(metrics.registry, {
    targets: () => pool.figures(),
    lanes: () => lanes.figures(),
  });
}

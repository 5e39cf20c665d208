import type { NewAttempt } from '../inbox/attempts.ts';
import type { TargetHealth, TargetConfig } from '../types.ts';
import type { DeliveryError, Metrics } from '../metrics/metrics.ts';
import type { TargetFigures, UpstreamMetrics } from '../metrics/upstream.ts';
import type { TargetSockets } from '../subscribers/target-sockets.ts';
import type { BalancingPolicies } from './balancing/policies.ts';
import { createBalancer, type Balancer, type Lease } from './balancing/balancer.ts';
import { unreachable, type Called, type CallResult, type Delivery } from './call-result.ts';
import { postMessage } from './http-call.ts';
import { createFleet, type Fleet, type PoolConfiguration } from './pool/fleet.ts';
import { DEFAULT_TIMEOUT_MS } from './pool/target.ts';
import type { Destination } from './routing/group.ts';

/** How long a message may take with all the targets that are tried; milliseconds. */
export const DELIVERY_BUDGET_MS = 55_000;
/** Less time than this is not worth another try. */
const LEAST_MS = 50;

/** How a delivery ended, with which target (null where none could be asked), and every call that was made for it. */
export type Delivered = CallResult & {
  readonly target: string | null;
  readonly tries: readonly NewAttempt[];
};

/** Takes messages to targets. */
export interface TargetPool {
  /** Tries one target after the other, as health, time and the retry budget allow; never throws. `signal` gives it up. */
  deliver(destination: Destination, delivery: Delivery, signal: AbortSignal): Promise<Delivered>;
  /** For requests that are not messages. */
  readonly balancer: Balancer;
  target(id: string): TargetConfig | undefined;
  health(): ReadonlyMap<string, TargetHealth>;
  figures(): readonly TargetFigures[];
  /** Takes new targets; calls in flight to one that went end undisturbed. Throws BAD_INPUT, CONFIG_INVALID and changes nothing. */
  reconfigure(config: PoolConfiguration): void;
  close(): Promise<void>;
}

export interface TargetPoolOptions {
  readonly config: PoolConfiguration;
  readonly version: string;
  readonly metrics: Metrics;
  readonly upstream: UpstreamMetrics;
  readonly sockets: TargetSockets;
  readonly now: () => number;
  readonly random: () => number;
  readonly policies: BalancingPolicies;
}

const reasons: Readonly<Record<string, DeliveryError>> = {
  TARGET_UNREACHABLE: 'unreachable',
  TARGET_ADDRESS_REFUSED: 'unreachable',
  TARGET_NOT_SUBSCRIBED: 'unreachable',
  TARGET_TIMEOUT: 'timeout',
  TARGET_REFUSED: 'refused',
  TARGET_REPLY_INVALID: 'reply',
};

export function createTargetPool(options: TargetPoolOptions): TargetPool {
  const { metrics, upstream, sockets, now, policies } = options;
  const userAgent = `Causeway/${options.version}`;
  const fleet: Fleet = createFleet({ ...options, userAgent });
  const balancer = createBalancer({
    target: (id) => fleet.get(id),
    subscribers: (id) => sockets.count(id),
    retry: policies.retry,
    metrics: upstream,
    now,
    random: options.random,
  });

  async function call(
    lease: Lease,
    group: string,
    delivery: Delivery,
    budgetMs: number,
    signal: AbortSignal,
  ): Promise<Called> {
    const { target } = lease;
    const timeoutMs = Math.min(target.config.timeoutMs ?? DEFAULT_TIMEOUT_MS, budgetMs);
    const started = performance.now();
    const called =
      target.endpoint === null
        ? await sockets.deliver(target.id, delivery, timeoutMs, signal)
        : await postMessage(target, target.endpoint, delivery, {
            userAgent,
            now: now(),
            timeoutMs,
            signal,
          });
    if (signal.aborted && !called.result.taken) {
      lease.end('none');
      return { ...called, faulty: false, result: unreachable(target.id, 'closing') };
    }
    lease.end(called.faulty ? 'failed' : 'ok');
    target.healthy = called.result.taken;
    target.failure = called.result.taken ? null : { at: now(), error: called.result.error };
    const ms = performance.now() - started;
    if (called.result.taken) target.statistics.answered(ms);
    const labels = { upstream: group, target: target.id };
    metrics.upstreamRequests.inc({ ...labels, code: called.code });
    metrics.upstreamDuration.observe(labels, ms / 1000);
    const reason = called.result.error === null ? undefined : reasons[called.result.error.code];
    if (reason !== undefined) metrics.errors.inc({ stage: 'delivery', reason });
    return called;
  }

  return {
    async deliver({ group, key }, delivery, signal) {
      const deadline = performance.now() + DELIVERY_BUDGET_MS;
      const tried = new Set<string>();
      const tries: NewAttempt[] = [];
      let last: Delivered | null = null;
      for (;;) {
        const left = deadline - performance.now();
        if (last !== null && (left < LEAST_MS || tried.size >= group.members.length)) return last;
        const lease = balancer.choose(group, key, tried);
        if (typeof lease === 'string') {
          if (last !== null) return last;
          const result = unreachable(group.members[0]?.id ?? '', lease);
          const nobody = { target: null, status: null, errcode: null, durationMs: null };
          const attempt = { ...nobody, at: now(), outcome: 'failed', error: result.error } as const;
          return { ...result, target: null, tries: [attempt] };
        }
        if (last !== null) {
          // Without a place in the budget the message waits in the store for its next time.
          if (!balancer.mayRetry(group)) {
            lease.end('none');
            return last;
          }
          upstream.retries.inc({ upstream: group.name, reason: reasonLabel(last) });
        }
        tried.add(lease.target.id);
        const at = now();
        const called = await call(lease, group.name, delivery, left, signal);
        const { result, faulty } = called;
        tries.push(attemptOf(lease.target.id, at, now(), called));
        if (result.taken && last !== null) upstream.failovers.inc({ upstream: group.name });
        last = { ...result, target: lease.target.id, tries };
        if (!faulty || signal.aborted) return last;
      }
    },
    balancer,
    target: (id) => fleet.get(id)?.config,
    health: () => fleet.health(),
    figures: () => fleet.figures(),
    reconfigure: (config) => fleet.reconfigure(config),
    close: () => fleet.close(),
  };
}

function attemptOf(target: string, at: number, end: number, called: Called): NewAttempt {
  const { result, code } = called;
  return {
    target,
    at,
    durationMs: Math.max(0, end - at),
    outcome: result.taken ? 'taken' : 'failed',
    status: /^\d{3}$/.test(code) ? Number(code) : null,
    errcode: null,
    error: result.error,
  };
}

function reasonLabel(result: CallResult): string {
  return (result.error === null ? undefined : reasons[result.error.code]) ?? 'refused';
}

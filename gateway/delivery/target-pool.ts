import { Pool, errors } from 'undici';
import type { ServiceReply } from '../../common/domain/inbound.ts';
import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { DeliveryError, Metrics } from '../metrics/metrics.ts';
import type { TargetConfig } from '../types.ts';
import { readAnswer } from './answer.ts';
import { signWebhook, traceparent } from './webhook-signature.ts';

const CONNECTIONS = 128;
/** Calls of one target that may be open or wait for a connection; more fail at once and are tried again later. */
const MAX_OPEN_CALLS = 1024;
const CONNECT_MS = 3_000;
/** Statuses with which a target says that this very message will never be taken. */
const finalRefusals: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);

export interface Delivery {
  /** Same on every attempt. */
  readonly id: string;
  readonly body: string;
  readonly trace: string;
}

/** How one call of a target ended. */
export type CallResult =
  | {
      readonly taken: true;
      readonly reply: ServiceReply | null;
      /** TARGET_REPLY_INVALID where the answer could not be understood. */
      readonly error: ErrorInfo | null;
    }
  | {
      readonly taken: false;
      readonly error: ErrorInfo;
      /** Whether the same message may be taken later. */
      readonly retry: boolean;
    };

/** Calls targets by their id. */
export interface TargetPool {
  /** One attempt; never throws. `signal` gives it up. */
  call(
    target: string,
    delivery: Delivery,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CallResult>;
  /** Result of the last call of each target; null before the first. */
  health(): ReadonlyMap<string, boolean | null>;
  /** Takes new targets; calls in flight to one that went end undisturbed. */
  reconfigure(targets: readonly TargetConfig[]): void;
  close(): Promise<void>;
}

interface Target {
  readonly config: TargetConfig;
  readonly pool: Pool;
  readonly path: string;
  readonly authorization: string | null;
  open: number;
  healthy: boolean | null;
}

/** One undici pool for each target's origin. */
export function createTargetPool(options: {
  readonly targets: readonly TargetConfig[];
  readonly version: string;
  readonly metrics: Metrics;
  readonly now: () => number;
}): TargetPool {
  const { metrics, now } = options;
  let targets = new Map<string, Target>();
  const closing = new Set<Promise<void>>();

  function retire(target: Target): void {
    const closed = target.pool.close().catch(() => undefined);
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  function reconfigure(configs: readonly TargetConfig[]): void {
    const next = new Map<string, Target>();
    for (const config of configs) {
      const old = targets.get(config.id);
      if (old?.config.url === config.url) next.set(config.id, Object.assign(old, { config }));
      else next.set(config.id, openTarget(config));
    }
    const previous = targets;
    targets = next;
    for (const target of previous.values()) {
      if (next.get(target.config.id) !== target) retire(target);
    }
  }

  function headersOf(target: Target, delivery: Delivery): Record<string, string> {
    const timestamp = Math.floor(now() / 1000);
    const { secret } = target.config;
    return {
      'content-type': 'application/json',
      'user-agent': `Causeway/${options.version}`,
      'webhook-id': delivery.id,
      'webhook-timestamp': String(timestamp),
      ...(secret === undefined
        ? {}
        : { 'webhook-signature': signWebhook(secret, delivery.id, timestamp, delivery.body) }),
      'idempotency-key': delivery.id,
      traceparent: traceparent(delivery.trace),
      ...(target.authorization === null ? {} : { authorization: target.authorization }),
    };
  }

  async function post(
    target: Target,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<{ code: string; result: CallResult }> {
    const id = target.config.id;
    const response = await target.pool.request({
      method: 'POST',
      path: target.path,
      headers: headersOf(target, delivery),
      body: delivery.body,
      signal,
      // `signal` is the one deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const status = response.statusCode;
    const code = String(status);
    if (status < 200 || status > 299) {
      // The rest of the body is read away (at most 128 KiB) so that the connection stays usable.
      await response.body.dump({ limit: 131_072, signal }).catch(() => undefined);
      const error = new AppError('TARGET_REFUSED', { target: id, status }).toInfo();
      return { code, result: { taken: false, error, retry: !finalRefusals.has(status) } };
    }
    const reply = await readAnswer(response);
    if (reply !== 'invalid') return { code, result: { taken: true, reply, error: null } };
    const error = new AppError('TARGET_REPLY_INVALID', { target: id }).toInfo();
    return { code, result: { taken: true, reply: null, error } };
  }

  function count(target: Target, code: string, started: number, result: CallResult): void {
    const label = target.config.id;
    metrics.upstreamRequests.inc({ target: label, code });
    metrics.upstreamDuration.observe({ target: label }, (performance.now() - started) / 1000);
    const reason = result.error === null ? undefined : reasons[result.error.code];
    if (reason !== undefined) metrics.errors.inc({ stage: 'delivery', reason });
  }

  reconfigure(options.targets);
  return {
    async call(id, delivery, timeoutMs, signal) {
      const target = targets.get(id);
      if (target === undefined) return unreachable(id, 'unknown_target');
      if (target.open >= MAX_OPEN_CALLS) return unreachable(id, 'busy');
      const started = performance.now();
      target.open += 1;
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const { code, result } = await post(target, delivery, AbortSignal.any([signal, deadline]));
        target.healthy = result.taken;
        count(target, code, started, result);
        return result;
      } catch (error) {
        if (signal.aborted) return unreachable(id, 'closing');
        target.healthy = false;
        const result = deadline.aborted ? timedOut(id, timeoutMs) : failed(id, error);
        count(target, deadline.aborted ? 'timeout' : 'error', started, result);
        return result;
      } finally {
        target.open -= 1;
      }
    },
    health: () =>
      new Map([...targets.values()].map((target) => [target.config.id, target.healthy])),
    reconfigure,
    async close() {
      const pools = [...targets.values()].map((target) => target.pool.destroy());
      await Promise.allSettled([...pools, ...closing]);
    },
  };
}

const reasons: Readonly<Record<string, DeliveryError>> = {
  TARGET_UNREACHABLE: 'unreachable',
  TARGET_TIMEOUT: 'timeout',
  TARGET_REFUSED: 'refused',
  TARGET_REPLY_INVALID: 'reply',
};

function openTarget(config: TargetConfig): Target {
  const url = URL.parse(config.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError('BAD_INPUT', { field: 'url', target: config.id });
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    config,
    pool: new Pool(url.origin, {
      connections: CONNECTIONS,
      connect: { timeout: CONNECT_MS },
      allowH2: false,
    }),
    path: `${url.pathname}${url.search}`,
    authorization:
      credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
    open: 0,
    healthy: null,
  };
}

function unreachable(target: string, reason: string): CallResult {
  const error = new AppError('TARGET_UNREACHABLE', { target, reason }).toInfo();
  return { taken: false, error, retry: true };
}

function timedOut(target: string, ms: number): CallResult {
  const error = new AppError('TARGET_TIMEOUT', { target, ms }).toInfo();
  return { taken: false, error, retry: true };
}

function failed(target: string, error: unknown): CallResult {
  const system = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return unreachable(target, error instanceof errors.ConnectTimeoutError ? 'ETIMEDOUT' : system);
}

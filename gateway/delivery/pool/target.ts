import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import { createStatistics, type Statistics } from '../../metrics/statistics.ts';
import type { TargetConfig } from '../../types.ts';
import { createBreaker, type Breaker, type BreakerPolicy } from '../balancing/breaker.ts';
import { createHealth, type Health, type HealthPolicy } from '../balancing/health.ts';
import { createConnections, type Connections, type PoolPolicy } from './connections.ts';
import type { NetworkRule } from './network-rule.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_MAX_IN_FLIGHT = 1024;

/** Where an HTTP target is. */
export interface Endpoint {
  readonly origin: URL;
  readonly path: string;
  /** Of a user and password in its URL. */
  readonly authorization: string | null;
  readonly connections: Connections;
  /** What its connections were made under, for one that is made otherwise. */
  readonly rule: NetworkRule;
}

/** A target as it runs. */
export interface Target {
  readonly id: string;
  /** Replaced when the operator changes it. */
  config: TargetConfig;
  /** Null for a WebSocket target. */
  readonly endpoint: Endpoint | null;
  readonly health: Health;
  readonly breaker: Breaker;
  readonly statistics: Statistics;
  inFlight: number;
  /** Result of the last message or request. */
  healthy: boolean | null;
  /** What went wrong last; null once it works again. */
  failure: { readonly at: number; readonly error: ErrorInfo } | null;
}

/** What every target is made with. */
export interface TargetOptions {
  readonly now: () => number;
  readonly health: HealthPolicy;
  readonly breaker: BreakerPolicy;
  readonly pool: PoolPolicy;
  readonly rule: NetworkRule;
}

/** Opens no connection yet. Throws BAD_INPUT {field, target}. */
export function createTarget(config: TargetConfig, options: TargetOptions): Target {
  return {
    id: config.id,
    config,
    endpoint: config.url === '' ? null : createEndpoint(config, options),
    health: createHealth(options.now, options.health),
    breaker: createBreaker(options.now, options.breaker),
    statistics: createStatistics(options.now),
    inFlight: 0,
    healthy: null,
    failure: null,
  };
}

function createEndpoint(config: TargetConfig, options: TargetOptions): Endpoint {
  const url = URL.parse(config.url);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError('BAD_INPUT', { field: 'url', target: config.id });
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    origin: new URL(url.origin),
    path: `${url.pathname}${url.search}`,
    authorization:
      credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
    connections: createConnections(url.origin, options.pool, options.rule),
    rule: options.rule,
  };
}

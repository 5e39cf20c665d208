import type { ProbePolicy } from '../pool/prober.ts';
import { defaultProbePolicy } from '../pool/prober.ts';
import { defaultBreakerPolicy, type BreakerPolicy } from './breaker.ts';
import { defaultHealthPolicy, type HealthPolicy } from './health.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry-budget.ts';

/** The figures that health, breakers, retries and probes go by. */
export interface BalancingPolicies {
  readonly health: HealthPolicy;
  readonly breaker: BreakerPolicy;
  readonly retry: RetryPolicy;
  readonly probe: ProbePolicy;
}

export const defaultPolicies: BalancingPolicies = {
  health: defaultHealthPolicy,
  breaker: defaultBreakerPolicy,
  retry: defaultRetryPolicy,
  probe: defaultProbePolicy,
};

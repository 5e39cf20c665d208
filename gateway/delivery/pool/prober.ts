import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import { reasonOf, unreachableError } from '../call-result.ts';
import type { Target } from './target.ts';
import { createConnections } from './connections.ts';
import type { NetworkRule } from './network-rule.ts';

/** How often a target's health check is asked, milliseconds. */
export interface ProbePolicy {
  readonly intervalMs: number;
  /** While the target is out. */
  readonly outIntervalMs: number;
  readonly timeoutMs: number;
}

export const defaultProbePolicy: ProbePolicy = {
  intervalMs: 10_000,
  outIntervalMs: 2_000,
  timeoutMs: 2_000,
};

/** How a probe changed its target. */
export type ProbeResult = 'pass' | 'fail' | 'up' | 'down';

/**
 * Asks a target's health check on a connection of its own, each time a new one, so that a service that takes no more
 * connections is noticed. 2xx and 3xx pass. Returns the function that stops it.
 */
export function startProbe(options: {
  readonly target: Target;
  readonly path: string;
  readonly policy: ProbePolicy;
  readonly rule: NetworkRule;
  readonly userAgent: string;
  readonly onResult: (result: ProbeResult) => void;
}): () => Promise<void> {
  const { target, policy } = options;
  const { endpoint } = target;
  if (endpoint === null) return () => Promise.resolve();
  const connections = createConnections(
    endpoint.origin.origin,
    { maxIdle: 0, maxOpen: 1, idleTimeoutMs: 1_000 },
    options.rule,
  );
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  /** Null where it passed. */
  async function ask(): Promise<ErrorInfo | null> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(policy.timeoutMs)]);
    try {
      const response = await connections.pool.request({
        method: 'GET',
        path: options.path,
        headers: {
          'user-agent': options.userAgent,
          ...(endpoint?.authorization == null ? {} : { authorization: endpoint.authorization }),
        },
        reset: true,
        signal,
      });
      await response.body.dump({ limit: 65_536, signal }).catch(() => undefined);
      const { statusCode: status } = response;
      if (status >= 200 && status <= 399) return null;
      return new AppError('TARGET_REFUSED', { target: target.id, status }).toInfo();
    } catch (error) {
      const { timeoutMs: ms } = policy;
      return signal.aborted
        ? new AppError('TARGET_TIMEOUT', { target: target.id, ms }).toInfo()
        : unreachableError(target.id, reasonOf(error)).toInfo();
    }
  }

  async function probe(): Promise<void> {
    const error = await ask();
    if (stopping.signal.aborted) return;
    const passed = error === null;
    // What a message ran into says more than that the health check is content.
    if (error !== null) target.failure = { at: Date.now(), error };
    else if (target.healthy !== false) target.failure = null;
    const changed = passed ? target.health.probePassed() : target.health.probeFailed();
    options.onResult(passed ? (changed ? 'up' : 'pass') : changed ? 'down' : 'fail');
    schedule();
  }

  /** An ejection may begin between two probes, so that the shorter interval also applies to the one that is waited for. */
  function schedule(): void {
    const asked = Date.now();
    const look = (): void => {
      if (stopping.signal.aborted) return;
      const wanted = target.health.condition() === 'up' ? policy.intervalMs : policy.outIntervalMs;
      const left = asked + wanted - Date.now();
      if (left <= 0) {
        void probe();
        return;
      }
      timer = setTimeout(look, Math.min(left, policy.outIntervalMs));
      timer.unref();
    };
    look();
  }

  void probe();
  return () => {
    stopping.abort();
    clearTimeout(timer);
    return connections.destroy();
  };
}

import type { TargetFigures, UpstreamMetrics } from '../../metrics/upstream.ts';
import type { TargetSockets } from '../../subscribers/target-sockets.ts';
import type { GatewayConfig, TargetConfig, TargetHealth } from '../../types.ts';
import type { BalancingPolicies } from '../balancing/policies.ts';
import { defaultPoolPolicy, type PoolPolicy } from './connections.ts';
import { createNetworkRule, type NetworkRule } from './network-rule.ts';
import { startProbe } from './prober.ts';
import { createTarget, type Target } from './target.ts';

/** The part of the configuration that targets go by. */
export type PoolConfiguration = Pick<
  GatewayConfig,
  'targets' | 'connectionPool' | 'allowedTargetNetworks'
>;

/** The targets of the configuration as they run, with their probes. */
export interface Fleet {
  get(id: string): Target | undefined;
  health(): ReadonlyMap<string, TargetHealth>;
  figures(): readonly TargetFigures[];
  reconfigure(config: PoolConfiguration): void;
  close(): Promise<void>;
}

interface Member {
  readonly target: Target;
  /** Equal for configurations under which its connections may stay. */
  readonly connectionsOf: string;
  readonly probeOf: string | null;
  readonly stopProbe: () => Promise<void>;
}

export function createFleet(options: {
  readonly config: PoolConfiguration;
  readonly userAgent: string;
  readonly upstream: UpstreamMetrics;
  readonly sockets: TargetSockets;
  readonly now: () => number;
  readonly policies: BalancingPolicies;
}): Fleet {
  const { upstream, sockets, now, policies } = options;
  let members = new Map<string, Member>();
  let policy: PoolPolicy = defaultPoolPolicy;
  const closing = new Set<Promise<unknown>>();

  function open(
    config: TargetConfig,
    old: Member | undefined,
    rule: NetworkRule,
    shared: string,
  ): Member {
    const connectionsOf = `${config.url}\n${shared}`;
    const probeOf = config.healthCheck ?? null;
    if (old?.connectionsOf === connectionsOf && old.probeOf === probeOf) return old;
    const target =
      old?.connectionsOf === connectionsOf
        ? old.target
        : createTarget(config, {
            now,
            health: policies.health,
            breaker: policies.breaker,
            pool: policy,
            rule,
          });
    const stopProbe =
      probeOf === null
        ? () => Promise.resolve()
        : startProbe({
            target,
            path: probeOf,
            policy: policies.probe,
            rule,
            userAgent: options.userAgent,
            onResult(result) {
              const passed = result === 'pass' || result === 'up';
              upstream.probes.inc({ target: target.id, result: passed ? 'pass' : 'fail' });
              if (result === 'down') {
                upstream.ejections.inc({ upstream: 'all', target: target.id, reason: 'active' });
              }
            },
          });
    return { target, connectionsOf, probeOf, stopProbe };
  }

  function wait(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined);
    closing.add(settled);
    void settled.finally(() => closing.delete(settled));
  }

  function reconfigure(config: PoolConfiguration): void {
    const rule = createNetworkRule(config.allowedTargetNetworks);
    policy = config.connectionPool ?? defaultPoolPolicy;
    const shared = JSON.stringify([policy, config.allowedTargetNetworks ?? []]);
    const next = new Map<string, Member>();
    try {
      for (const each of config.targets) {
        next.set(each.id, open(each, members.get(each.id), rule, shared));
      }
    } catch (error) {
      for (const member of next.values()) {
        if (members.get(member.target.id) !== member) wait(member.stopProbe());
      }
      throw error;
    }
    for (const each of config.targets) {
      const target = next.get(each.id)?.target;
      if (target !== undefined) target.config = each;
    }
    const previous = members;
    members = next;
    for (const [id, member] of previous) {
      const now = next.get(id);
      if (now === member) continue;
      wait(member.stopProbe());
      if (now?.target !== member.target && member.target.endpoint !== null) {
        wait(member.target.endpoint.connections.close());
      }
    }
  }

  function stateOf({ id, config, endpoint, health }: Target): TargetHealth['state'] {
    if (config.draining === true) return 'draining';
    if (endpoint === null && sockets.count(id) === 0) return 'down';
    return health.condition();
  }
  const targets = (): Target[] => [...members.values()].map(({ target }) => target);

  reconfigure(options.config);
  return {
    get: (id) => members.get(id)?.target,
    health: () =>
      new Map(
        targets().map((target) => [
          target.id,
          {
            healthy: target.healthy,
            state: stateOf(target),
            inFlight: target.inFlight,
            ejectedUntil: target.health.ejectedUntil(),
            ejectedSince: target.health.ejectedSince(),
            failure: target.failure,
            breaker: target.breaker.state(),
            p99Ms: target.statistics.p99(),
            subscribers: target.endpoint === null ? sockets.count(target.id) : 0,
          },
        ]),
      ),
    figures: () =>
      targets().map((target) => ({
        id: target.id,
        up: stateOf(target) === 'up' && target.breaker.state() !== 'open',
        breaker: target.breaker.state(),
        inFlight: target.inFlight,
        maxOpen: policy.maxOpen,
        connections: target.endpoint?.connections.figures() ?? null,
      })),
    reconfigure,
    async close() {
      const all = [...members.values()].flatMap(({ target, stopProbe }) => [
        stopProbe(),
        ...(target.endpoint === null ? [] : [target.endpoint.connections.destroy()]),
      ]);
      await Promise.allSettled([...all, ...closing]);
    },
  };
}

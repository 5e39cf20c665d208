import type { GroupMember } from '../../../common/domain/route.ts';
import type { UpstreamMetrics } from '../../metrics/upstream.ts';
import { DEFAULT_MAX_IN_FLIGHT, type Target } from '../pool/target.ts';
import type { Group } from '../routing/group.ts';
import { createChoose, type Candidate, type Choose } from './algorithms.ts';
import { createRetryBudget, type RetryBudget, type RetryPolicy } from './retry-budget.ts';

/** What a request said of its target: it works, it does not, or nothing (the caller went away). */
export type Verdict = 'ok' | 'failed' | 'none';

/** A target that a request was given to. */
export interface Lease {
  readonly target: Target;
  /** Says what the request showed, while it still goes on: a connection may live for hours. Counts once. */
  report(verdict: Verdict): void;
  /** The request is over. The verdict counts where none was reported. */
  end(verdict: Verdict): void;
}

/** Why no target could be given. */
export type Unavailable = 'unknown_target' | 'draining' | 'no_subscriber' | 'busy';

/** Gives requests to targets by their group's rule and by what is known of each target's health. */
export interface Balancer {
  /** A target that is not in `tried`. The first call for a request has an empty `tried`. */
  choose(group: Group, key: string | null, tried: ReadonlySet<string>): Lease | Unavailable;
  /** Whether a request that failed may be tried once more; counts that against the group's budget. */
  mayRetry(group: Group): boolean;
}

interface Entry extends Candidate {
  readonly target: Target;
  readonly priority: number;
}

export function createBalancer(options: {
  readonly target: (id: string) => Target | undefined;
  /** Subscribers of a WebSocket target. */
  readonly subscribers: (id: string) => number;
  readonly retry: RetryPolicy;
  readonly metrics: UpstreamMetrics;
  readonly now: () => number;
  readonly random: () => number;
}): Balancer {
  const { metrics, now } = options;
  // A group lives as long as the configuration that has it; its place in the turn and its budget go with it.
  const groups = new WeakMap<Group, { choose: Choose; budget: RetryBudget }>();

  function stateOf(group: Group): { choose: Choose; budget: RetryBudget } {
    const known = groups.get(group);
    if (known !== undefined) return known;
    const state = {
      choose: createChoose(group.balance, options.random),
      budget: createRetryBudget(now, options.retry),
    };
    groups.set(group, state);
    return state;
  }

  function entryOf(member: GroupMember): Entry | Unavailable {
    const target = options.target(member.id);
    if (target === undefined) return 'unknown_target';
    const { config } = target;
    if (config.draining === true) return 'draining';
    if (target.endpoint === null && options.subscribers(member.id) === 0) return 'no_subscriber';
    if (target.inFlight >= (config.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT)) return 'busy';
    return {
      id: member.id,
      target,
      weight: member.weight ?? config.weight ?? 1,
      priority: member.priority ?? config.priority ?? 0,
      share: target.health.share(),
      inFlight: target.inFlight,
    };
  }

  function begin(group: Group, target: Target, panic: boolean): Lease {
    target.inFlight += 1;
    const pass = target.breaker.begin();
    let reported = false;
    let ended = false;
    return {
      target,
      end(verdict) {
        if (ended) return;
        ended = true;
        target.inFlight -= 1;
        target.endpoint?.connections.trim();
        this.report(verdict);
      },
      report(verdict) {
        if (reported) return;
        reported = true;
        if (verdict === 'none') target.breaker.abandoned(pass);
        else if (verdict === 'ok') {
          target.breaker.succeeded(pass);
          target.health.succeeded(panic);
        } else {
          const last = !group.members.some(({ id }) => id !== target.id && isAvailable(id));
          if (target.health.failed(!last)) {
            metrics.ejections.inc({ upstream: group.name, target: target.id, reason: 'passive' });
          }
          if (target.breaker.failed(pass)) metrics.opened.inc({ target: target.id });
        }
      },
    };
  }

  function isAvailable(id: string): boolean {
    const target = options.target(id);
    if (target === undefined || target.config.draining === true) return false;
    if (target.endpoint === null && options.subscribers(id) === 0) return false;
    return target.health.condition() === 'up' && target.breaker.state() !== 'open';
  }

  return {
    choose(group, key, tried) {
      const state = stateOf(group);
      if (tried.size === 0) state.budget.request();
      const entries: Entry[] = [];
      let missing: Unavailable | null = null;
      for (const member of group.members) {
        if (tried.has(member.id)) continue;
        const entry = entryOf(member);
        if (typeof entry !== 'string') entries.push(entry);
        else if (missing === null || entry === 'busy') missing = entry;
      }
      const healthy = entries.filter(
        ({ target }) => target.health.condition() === 'up' && target.breaker.permits(),
      );
      // When all are out, one of them may still answer: better a try than none.
      const panic = healthy.length === 0;
      const chosen = state.choose(foremost(panic ? entries : healthy), key);
      if (chosen === undefined) return missing ?? 'unknown_target';
      if (panic) metrics.panics.inc({ upstream: group.name });
      return begin(group, chosen.target, panic);
    },
    mayRetry(group) {
      if (stateOf(group).budget.retry()) return true;
      metrics.budgetExhausted.inc({ upstream: group.name });
      return false;
    },
  };
}

/** Those of the lowest number, which come first. */
function foremost(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length < 2) return entries;
  const first = Math.min(...entries.map(({ priority }) => priority));
  return entries.filter(({ priority }) => priority === first);
}

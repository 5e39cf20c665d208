import type { TargetView } from '../../common/domain/bot.ts';
import type { Tone } from '../../common/domain/tunnel.ts';

/**
 * How a service is doing, in one word: what keeps messages from it first, then what speaks against it. `failed` did not take
 * the last message, but is still given the next; the words are `common.target.<condition>`.
 */
export type TargetCondition =
  'draining' | 'noSubscriber' | 'down' | 'ejected' | 'halfOpen' | 'failed' | 'untried' | 'healthy';

export function targetCondition(target: TargetView): TargetCondition {
  if (target.draining || target.state === 'draining') return 'draining';
  if (target.state === 'down') return target.websocket ? 'noSubscriber' : 'down';
  if (target.breaker === 'half_open') return 'halfOpen';
  if (target.state === 'ejected' || target.breaker === 'open') return 'ejected';
  if (target.healthy === false) return 'failed';
  return target.healthy === null && target.subscribers === 0 ? 'untried' : 'healthy';
}

const tones: Readonly<Record<TargetCondition, Tone>> = {
  draining: 'idle',
  noSubscriber: 'bad',
  down: 'bad',
  ejected: 'warn',
  halfOpen: 'busy',
  failed: 'warn',
  untried: 'idle',
  healthy: 'ok',
};

export function targetTone(target: TargetView): Tone {
  return tones[targetCondition(target)];
}

const failing: ReadonlySet<TargetCondition> = new Set([
  'noSubscriber',
  'down',
  'ejected',
  'failed',
]);

/** Whether messages for it go elsewhere or wait, though nobody wanted that. */
export function isFailing(target: TargetView): boolean {
  return failing.has(targetCondition(target));
}

import type { BotView, TargetView } from '../../../common/domain/bot.ts';
import type { Tone } from '../../../common/domain/tunnel.ts';
import { isFailing } from '../../app/target-condition.ts';

/** Whether a bot can work: what it lacks, or how its service is doing. */
export type Readiness =
  | { readonly state: 'lacks'; readonly what: 'token' | 'encodingAesKey' | 'receiveId' | 'webhook' }
  | { readonly state: 'targetDown' | 'inboxOnly' | 'ready' };

/** The first thing that stands in a bot's way; `ready` where nothing does. */
export function readiness(bot: BotView, targets: readonly TargetView[]): Readiness {
  const { kind } = bot;
  if (kind === 'robot')
    return bot.webhook.set ? { state: 'ready' } : { state: 'lacks', what: 'webhook' };
  if (!bot.token.set) return { state: 'lacks', what: 'token' };
  if (kind !== 'sealed' && !bot.encodingAesKey.set)
    return { state: 'lacks', what: 'encodingAesKey' };
  if (kind === 'app' && bot.receiveId === '') return { state: 'lacks', what: 'receiveId' };
  if (bot.target === null) return { state: 'inboxOnly' };
  const target = targets.find(({ id }) => id === bot.target);
  return { state: target !== undefined && isFailing(target) ? 'targetDown' : 'ready' };
}

/** The words for it in a list. */
export function readinessWords(readiness: Readiness) {
  return readiness.state === 'lacks'
    ? (`bots.lacks.${readiness.what}` as const)
    : (`bots.state.${readiness.state}` as const);
}

export function readinessTone(readiness: Readiness): Tone {
  switch (readiness.state) {
    case 'ready':
      return 'ok';
    case 'inboxOnly':
      return 'idle';
    case 'targetDown':
    case 'lacks':
      return 'warn';
  }
}

import type { Snapshot } from '../../../common/domain/snapshot.ts';
import { receivesCallbacks } from '../../../common/domain/bot.ts';
import { needsToken } from '../../app/needs-token.ts';

export const steps = ['token', 'connect', 'bot'] as const;
export type Step = (typeof steps)[number];

/** Whether a device that has a certificate needs a new token all the same. */
export function needsNewToken({ tunnel: { state } }: Snapshot): boolean {
  return state.phase === 'refused' && needsToken.has(state.error.code);
}

/** Where someone is who sets Causeway up: the first step that is not done, or `done`. `skipped` passes over the bot. */
export function currentStep(snapshot: Snapshot, skipped: boolean): Step | 'done' {
  const { phase } = snapshot.tunnel.state;
  if (phase === 'unenrolled' || needsNewToken(snapshot)) return 'token';
  if (phase !== 'online') return 'connect';
  return snapshot.bots.length === 0 && !skipped ? 'bot' : 'done';
}

/** The addresses to enter in WeCom, the default bot's first; without a bot the address that the default bot will have. */
export function callbackUrls({
  tunnel,
  bots,
}: Snapshot): readonly { bot: string | null; url: string }[] {
  const base = tunnel.publicUrls[0];
  if (base === undefined) return [];
  const receiving = bots.filter((bot) => receivesCallbacks(bot.kind) && bot.callbackPath !== null);
  if (receiving.length === 0) return [{ bot: null, url: `${base}/wecom/callback` }];
  return receiving
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))
    .map((bot) => ({
      bot: bot.name === '' ? bot.id : bot.name,
      url: `${base}${bot.callbackPath ?? ''}`,
    }));
}

import { receivesCallbacks, type BotView, type TargetView } from '../../../common/domain/bot.ts';
import { viewSecret } from '../../../common/domain/secret.ts';
import type { Stores } from '../settings/index.ts';
import { secretName } from './secret-names.ts';

/** The bots as the console shows them: secrets only as whether they are set. */
export function botViews({ bots, secrets }: Pick<Stores, 'bots' | 'secrets'>): BotView[] {
  return bots.list().map((bot) => ({
    ...bot,
    token: viewSecret(secrets.get(secretName.token(bot.id))),
    encodingAesKey: viewSecret(secrets.get(secretName.encodingAesKey(bot.id))),
    webhook: viewSecret(secrets.get(secretName.webhook(bot.id))),
    callbackPath: receivesCallbacks(bot.kind) ? `/wecom/callback/${bot.id}` : null,
    lockedBy: null,
  }));
}

/** The targets with what the gateway knows of their health. */
export function targetViews(
  { targets, secrets }: Pick<Stores, 'targets' | 'secrets'>,
  health: ReadonlyMap<string, boolean | null>,
): TargetView[] {
  return targets.list().map((target) => ({
    ...target,
    secret: viewSecret(secrets.get(secretName.target(target.id))),
    healthy: health.get(target.id) ?? null,
  }));
}

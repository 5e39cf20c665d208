import { CardUpdate, type CardUpdated } from '../../common/domain/card/card-update.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { firstIssue } from '../../common/errors/first-issue.ts';
import type { BotConfig, Egress } from '../types.ts';
import { updateAppCard } from '../wecom/index.ts';
import { appOf, TokenError, type AppClient } from './app-client/app-client.ts';
import { egressOf } from './egress.ts';
import { refusalOf } from './refusal.ts';

/**
 * Changes an app's card that was sent before, once within 72 hours (D94888). Not stored and not tried again: its code is good for
 * one call. Throws BOT_NOT_FOUND, SEND_NOT_SUPPORTED, APP_CREDENTIALS_MISSING, BAD_INPUT, WECOM_REFUSED, UNTRUSTED_IP, and
 * what a call throws.
 */
export function createCardUpdate(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly egress: Egress;
  readonly client: AppClient;
}): (bot: string, update: unknown) => Promise<CardUpdated> {
  return async (id, input) => {
    const bot = options.bots().get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    if (bot.kind !== 'app') throw new AppError('SEND_NOT_SUPPORTED', { bot: id, kind: bot.kind });
    const app = appOf(bot);
    const update = CardUpdate.safeParse(input);
    if (!update.success) throw new AppError('BAD_INPUT', { ...firstIssue(update.error) });
    const called = await options.client
      .call(app, (way, token) => updateAppCard(way, token, app.agentId, update.data))
      .catch((error: unknown) => {
        throw error instanceof TokenError ? error.reason : error;
      });
    const error = refusalOf(called.answer, egressOf(bot, options.egress).ip());
    if (error !== null) throw new AppError(error.code, error.params);
    return { invalidUsers: 'invalidUsers' in called.answer ? called.answer.invalidUsers : [] };
  };
}

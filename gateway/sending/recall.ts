import { AppError } from '../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../types.ts';
import { recallAppMessage } from '../wecom/index.ts';
import { appOf, TokenError, type AppClient } from './app-client/app-client.ts';
import type { StoredMessage } from './outbox/outbox-store.ts';
import { refusalOf } from './refusal.ts';

/**
 * Takes an app's message back within 24 hours (D94867). Throws CONFLICT where it has no msgid, BOT_NOT_FOUND, WeCom's
 * refusal as WECOM_REFUSED or UNTRUSTED_IP, and what a call throws.
 */
export function createRecall(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly egress: Egress;
  readonly client: AppClient;
  /** Throws NOT_FOUND. */
  readonly stored: (id: string) => StoredMessage;
}): (id: string) => Promise<void> {
  return async (id) => {
    const { bot: name, channel, result } = options.stored(id);
    const { msgId } = result;
    if (channel !== 'app' || msgId === undefined) {
      throw new AppError('CONFLICT', { reason: 'not_recallable' });
    }
    const bot = options.bots().get(name);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: name });
    const called = await options.client
      .call(appOf(bot), (way, token) => recallAppMessage(way, token, msgId))
      .catch((error: unknown) => {
        throw error instanceof TokenError ? error.reason : error;
      });
    const error = refusalOf(called.answer, options.egress.ip());
    if (error !== null) throw new AppError(error.code, error.params);
  };
}

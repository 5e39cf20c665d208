import type { LateReply } from '../../../common/domain/bot.ts';
import type { OutgoingMessage, SendResult } from '../../../common/domain/outgoing.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { BotConfig, LateAnswer, SendRequestOptions } from '../../types.ts';
import { lateAppMessage, lateResponse, lateRobotMessage } from './late-message.ts';

/** A response_url takes its answer within an hour of the callback (D101138). */
const RESPONSE_LIFE_MS = 3_600_000;

export interface LateSenderOptions {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly send: (
    bot: string,
    message: OutgoingMessage,
    options?: SendRequestOptions,
  ) => Promise<SendResult>;
  readonly sendToResponseUrl: (
    bot: string,
    url: string,
    body: Record<string, unknown>,
    until: number,
    request: Pick<SendRequestOptions, 'idempotency' | 'waitMs'>,
  ) => Promise<SendResult>;
  readonly now: () => number;
}

/** What a bot does with late answers when nobody has said: what its kind can do. */
export function latePolicy(bot: BotConfig): LateReply {
  if (bot.lateReply !== undefined) return bot.lateReply;
  if (bot.kind === 'aibot') return 'response_url';
  return bot.kind === 'app' && bot.corpSecret !== undefined && bot.agentId !== undefined
    ? 'app'
    : 'none';
}

/**
 * Sends an answer that came too late, each callback's once, however often it is asked for: the inbound message's id is its
 * idempotency key. Null where the policy is `none`. Throws SEND_NOT_SUPPORTED where the reply has no counterpart on that
 * way or there is no response_url any more, and what sending throws.
 */
export function createLateSender(
  options: LateSenderOptions,
): (late: LateAnswer) => Promise<SendResult | null> {
  return async ({ bot: id, message, reply, responseUrl }) => {
    const bot = options.bots().get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    const unsupported = (): AppError =>
      new AppError('SEND_NOT_SUPPORTED', { bot: id, kind: bot.kind });
    const policy = latePolicy(bot);
    const user = message.from.userId;
    const request = {
      split: true,
      waitMs: 0,
      idempotency: { owner: 'late', key: message.id },
    };
    if (policy === 'none') return null;
    if (policy === 'response_url') {
      const body = lateResponse(reply);
      const until = message.receivedAt + RESPONSE_LIFE_MS;
      if (body === null || responseUrl === null || until <= options.now()) throw unsupported();
      return options.sendToResponseUrl(id, responseUrl, body, until, request);
    }
    const outgoing = policy === 'app' ? lateAppMessage(reply, user) : lateRobotMessage(reply, user);
    if (outgoing === null) throw unsupported();
    return options.send(policy === 'app' ? id : policy.slice('robot:'.length), outgoing, request);
  };
}

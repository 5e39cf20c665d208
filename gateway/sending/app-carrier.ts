import { AppMessage } from '../../common/domain/app-message.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../types.ts';
import { sendAppMessage, type AppAnswer } from '../wecom/index.ts';
import {
  appOf,
  TokenError,
  type App,
  type AppClient,
  type Called,
} from './app-client/app-client.ts';
import { egressOf } from './egress.ts';
import type { Attempt } from './outbox/attempt.ts';
import type { Carrier, Reservation } from './outbox/carrier.ts';
import type { OutboxStore, WaitingMessage } from './outbox/outbox-store.ts';
import type { AppLimits } from './limiter/app-limits.ts';
import { refusalOf } from './refusal.ts';

/** Calls of one app under way at a time. */
const CONCURRENCY = 8;

export interface AppCarrier extends Carrier {
  /** What is left of the corp's minute. */
  quota(bot: BotConfig): { remaining: number; resetAt: number };
}

/** Sends app messages (D90236), each within the limits of its members and its corp. */
export function createAppCarrier(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly client: AppClient;
  readonly limits: AppLimits;
  readonly store: Pick<OutboxStore, 'get'>;
  readonly egress: Egress;
  readonly now: () => number;
}): AppCarrier {
  const { client, limits, now } = options;
  /** What waits is looked at again and again; its text is read once. */
  const texts = new WeakMap<WaitingMessage, AppMessage | null>();

  function textOf(message: WaitingMessage): AppMessage | null {
    const known = texts.get(message);
    if (known !== undefined) return known;
    const stored = options.store.get(message.id);
    const parsed = stored === null ? null : AppMessage.parse(JSON.parse(stored.message));
    texts.set(message, parsed);
    return parsed;
  }

  function appFor(id: string): App | null {
    const bot = options.bots().get(id);
    try {
      return bot === undefined ? null : appOf(bot);
    } catch {
      return null;
    }
  }

  async function attempt(
    text: string,
    { bot: id, egress }: Reservation,
  ): Promise<Omit<Attempt, 'durationMs'>> {
    const bot = options.bots().get(id);
    if (bot === undefined) throw new TokenError(new AppError('BOT_NOT_FOUND', { bot: id }));
    const app = appOf(bot);
    const message = AppMessage.parse(JSON.parse(text));
    const called = await client.call(app, (way, token) =>
      sendAppMessage(way, token, app.agentId, message),
    );
    return attemptOf(called, egress.ip);
  }

  return {
    concurrency: CONCURRENCY,
    reserve(message) {
      const bot = options.bots().get(message.bot);
      try {
        if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: message.bot });
        appOf(bot);
      } catch (error) {
        return { kind: 'never', error: toErrorInfo(error) };
      }
      const text = textOf(message);
      if (text === null) {
        return { kind: 'never', error: new AppError('NOT_FOUND', { id: message.id }).toInfo() };
      }
      const room = limits.reserve(appOf(bot), text);
      if (room.kind === 'wait') return room;
      const way = egressOf(bot, options.egress);
      const egress = { via: way.via, ip: way.ip() };
      return { kind: 'go', reservation: { bot: bot.id, egress, slot: null, uses: room.uses } };
    },
    async send(message, reservation) {
      const start = now();
      const result = await attempt(message.message, reservation).catch(failureOf);
      return { ...result, durationMs: Math.max(0, now() - start) };
    },
    coolDown({ bot }, until) {
      const app = appFor(bot);
      if (app === null) return false;
      limits.pause(app, until);
      return true;
    },
    freeAt(bot, ahead, message) {
      const app = appFor(bot);
      const text = message === null ? null : textOf(message);
      return app === null ? now() : limits.freeAt(app, text, ahead);
    },
    remaining: () => null,
    quota: (bot) => limits.quota(appOf(bot)),
  };
}

function attemptOf(called: Called<AppAnswer>, knownIp: string | null): Omit<Attempt, 'durationMs'> {
  const { errcode, errmsg, fromIp } = called.answer;
  const error = refusalOf(called.answer, knownIp);
  const base = {
    outcome: error === null ? ('delivered' as const) : ('refused' as const),
    errcode,
    errmsg,
    error,
    reached: called.at === 'call',
    fromIp,
  };
  if (called.at === 'token' || error !== null) return base;
  const { msgId, responseCode, invalid } = called.answer;
  return {
    ...base,
    ...(msgId === null ? {} : { msgId }),
    ...(responseCode === null ? {} : { responseCode }),
    ...(invalid === null ? {} : { invalid }),
  };
}

/** Codes after which the message surely did not leave, though the call was begun. */
const unsent: ReadonlySet<string> = new Set([
  'WECOM_UNREACHABLE',
  'EGRESS_NOT_ALLOWED',
  'EGRESS_UNREACHABLE',
  'TUNNEL_OFFLINE',
  'BOT_NOT_FOUND',
  'APP_CREDENTIALS_MISSING',
]);

function failureOf(thrown: unknown): Omit<Attempt, 'durationMs'> {
  const info = toErrorInfo(thrown instanceof TokenError ? thrown.reason : thrown);
  const reached = !(thrown instanceof TokenError) && !unsent.has(info.code);
  return {
    outcome: reached ? 'unknown' : 'failed',
    errcode: null,
    errmsg: info.code,
    error: info,
    reached,
    fromIp: null,
  };
}

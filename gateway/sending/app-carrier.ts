import { AppMessage } from '../../common/domain/app-message.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../types.ts';
import { sendAppMessage, type AppAnswer } from '../wecom/index.ts';
import { appOf, TokenError, type AppClient, type Called } from './app-client/app-client.ts';
import type { MemberCount } from './app-client/member-count.ts';
import { egressOf } from './egress.ts';
import type { Attempt } from './outbox/attempt.ts';
import type { Carrier, Reservation } from './outbox/carrier.ts';
import { refusalOf } from './refusal.ts';

/** Calls of one app under way at a time. */
const CONCURRENCY = 8;

/** Sends app messages (D90236). WeCom's limits of apps are counted, not enforced: they depend on the corp's size. */
export function createAppCarrier(options: {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly client: AppClient;
  readonly members: MemberCount;
  readonly egress: Egress;
  readonly now: () => number;
}): Carrier {
  const { client, members, now } = options;

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
    return attemptOf(called, egress.ip, () =>
      members.count(`${app.credentials.corpId}/${app.agentId}`, recipients(message)),
    );
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
      const way = egressOf(bot, options.egress);
      const egress = { via: way.via, ip: way.ip() };
      return { kind: 'go', reservation: { bot: bot.id, egress, slot: null } };
    },
    async send(message, reservation) {
      const start = now();
      const result = await attempt(message.message, reservation).catch(failureOf);
      return { ...result, durationMs: Math.max(0, now() - start) };
    },
    coolDown: () => false,
    freeAt: () => now(),
    remaining: () => null,
  };
}

function attemptOf(
  called: Called<AppAnswer>,
  knownIp: string | null,
  count: () => Attempt['warnings'] & object,
): Omit<Attempt, 'durationMs'> {
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
  const warnings = count();
  return {
    ...base,
    ...(msgId === null ? {} : { msgId }),
    ...(responseCode === null ? {} : { responseCode }),
    ...(invalid === null ? {} : { invalid }),
    ...(warnings.length === 0 ? {} : { warnings }),
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

function recipients({ touser = '' }: AppMessage): string[] {
  return touser === '@all' ? [] : touser.split('|').filter((id) => id !== '');
}

import { createHash } from 'node:crypto';
import type { BotKind } from '../../common/domain/bot.ts';
import { AppMessage, appLimits } from '../../common/domain/app-message.ts';
import {
  MAX_SCHEDULE_MS,
  robotLimits,
  RobotMessage,
  type OutgoingMessage,
  type SendOptions,
} from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { firstIssue } from '../../common/errors/first-issue.ts';
import type { BotConfig } from '../types.ts';
import { checkAppMessage, checkRobotMessage } from '../wecom/index.ts';
import { appOf } from './app-client/app-client.ts';
import type { Channel, NewMessage } from './outbox/outbox-store.ts';
import { splitMarkdown, splitText } from './split/split.ts';

/** How long a message may wait when nobody says otherwise. */
export const LIFE_MS = 86_400_000;
const NORMAL_PRIORITY = 4;

/**
 * By which door a bot's messages leave. Throws SEND_NOT_SUPPORTED, WEBHOOK_MISSING, AES_KEY_INVALID,
 * APP_CREDENTIALS_MISSING.
 */
export function channelOf(bot: BotConfig): Exclude<Channel, 'response_url'> {
  if (bot.kind === 'robot' || bot.kind === 'sealed') {
    if (bot.webhook === undefined) throw new AppError('WEBHOOK_MISSING', { bot: bot.id });
    if (bot.kind === 'sealed' && bot.encodingAesKey === undefined) {
      throw new AppError('AES_KEY_INVALID', { bot: bot.id });
    }
    return 'webhook';
  }
  if (bot.kind !== 'app') throw new AppError('SEND_NOT_SUPPORTED', { bot: bot.id, kind: bot.kind });
  appOf(bot);
  return 'app';
}

/**
 * What is sent for a message: itself, or its parts where it is too long and may be split; checked against WeCom's limits.
 * Throws BAD_INPUT {field, reason}, MESSAGE_EMPTY, MESSAGE_TOO_LONG {used, limit}.
 */
export function partsOf(
  channel: Channel,
  kind: BotKind,
  message: OutgoingMessage,
  split: boolean,
): OutgoingMessage[] {
  const known = read(channel === 'app' ? AppMessage : RobotMessage, message);
  const [broken] = illFormed(known);
  if (broken !== undefined)
    throw new AppError('BAD_INPUT', { field: broken, reason: 'not Unicode' });
  if (kind === 'sealed') checkPlainText(known);
  const parts = split ? splitMessage(known, channel === 'app') : [known];
  for (const part of parts) {
    if (channel === 'app') checkAppMessage(AppMessage.parse(part));
    else checkRobotMessage(RobotMessage.parse(part));
  }
  return parts;
}

/** The fields of a message that hold half of a surrogate pair: WeCom refuses such text (40033). */
function illFormed(value: unknown): string[] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [''];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    illFormed(part).map((rest) => (rest === '' ? name : `${name}.${rest}`)),
  );
}

/** The guide's envelope (§5.2) holds a text, and nothing beside it. */
function checkPlainText(message: OutgoingMessage): void {
  if (message.msgtype !== 'text') {
    throw new AppError('BAD_INPUT', { field: 'msgtype', reason: 'text' });
  }
  const [extra] = Object.keys(message.text).filter((key) => key !== 'content');
  if (extra !== undefined) throw new AppError('BAD_INPUT', { field: `text.${extra}` });
}

function read(schema: typeof AppMessage | typeof RobotMessage, value: unknown): OutgoingMessage {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AppError('BAD_INPUT', { ...firstIssue(result.error) });
}

function splitMessage(message: OutgoingMessage, isApp: boolean): OutgoingMessage[] {
  switch (message.msgtype) {
    case 'text': {
      const limit = isApp ? appLimits.textBytes : robotLimits.textBytes;
      // Whom the whole mentions is called once, by its first part.
      return splitText(message.text.content, limit).map(({ text: content }, index) => ({
        ...message,
        text: index === 0 ? { ...message.text, content } : { content },
      }));
    }
    case 'markdown': {
      const limit = isApp ? appLimits.markdownBytes : robotLimits.markdownBytes;
      return splitMarkdown(message.markdown.content, limit).map(({ text }) => ({
        ...message,
        markdown: { content: text },
      }));
    }
    case 'markdown_v2':
      return splitMarkdown(message.markdown_v2.content, robotLimits.markdownBytes).map(
        ({ text }) => ({ ...message, markdown_v2: { content: text } }),
      );
    default:
      return [message];
  }
}

/** When a message may leave and when it is given up. Throws BAD_INPUT {field, reason}. */
function scheduleOf(
  options: SendOptions,
  now: number,
): { readonly sendAt: number | null; readonly expiresAt: number } {
  const wanted = options.sendAt === undefined ? now : Date.parse(options.sendAt);
  if (!Number.isFinite(wanted)) throw new AppError('BAD_INPUT', { field: 'sendAt' });
  if (wanted > now + MAX_SCHEDULE_MS) {
    throw new AppError('BAD_INPUT', { field: 'sendAt', reason: 'too_far', days: 30 });
  }
  const sendAt = wanted > now ? wanted : null;
  const expiresAt = options.expires_at ?? (sendAt ?? now) + LIFE_MS;
  if (sendAt !== null && expiresAt <= sendAt) {
    throw new AppError('BAD_INPUT', { field: 'expires_at', reason: 'before_send_at' });
  }
  return { sendAt, expiresAt };
}

/** The rows for a message's parts; several make a series. */
export function rowsOf(
  bot: string,
  channel: Channel,
  parts: readonly Readonly<Record<string, unknown>>[],
  options: SendOptions & { readonly address?: string },
  clock: { readonly now: number; readonly newId: (now: number) => string },
): NewMessage[] {
  const ids = parts.map(() => clock.newId(clock.now));
  const { sendAt, expiresAt } = scheduleOf(options, clock.now);
  return parts.map((part, index) => ({
    id: ids[index] ?? '',
    at: clock.now,
    bot,
    channel,
    type: String(part['msgtype']),
    message: JSON.stringify(part),
    priority: options.priority ?? NORMAL_PRIORITY,
    expiresAt,
    sendAt,
    coalesceKey: parts.length === 1 ? (options.coalesce_key ?? null) : null,
    series: parts.length === 1 ? null : (ids[0] ?? null),
    repeatable: part['enable_duplicate_check'] === 1,
    address: options.address ?? null,
  }));
}

/** What an idempotency key stands for: the bot, the message and how it is sent. */
export function digestOf(bot: string, message: OutgoingMessage, options: SendOptions): string {
  const { priority, coalesce_key, expires_at, split, sendAt } = options;
  return createHash('sha256')
    .update(JSON.stringify([bot, message, priority, coalesce_key, expires_at, split, sendAt]))
    .digest('hex');
}

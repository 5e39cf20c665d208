import { createHash } from 'node:crypto';
import { robotLimits, RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { BotConfig, Egress } from '../types.ts';
import { sendSealed, sendToRobot, type RobotAnswer } from '../wecom/index.ts';
import { createCalendar, type Calendar } from './limiter/calendar.ts';
import { egressOf } from './egress.ts';
import type { Attempt } from './outbox/attempt.ts';
import type { Carrier, Reservation, Room } from './outbox/carrier.ts';
import type { OutboxStore, WaitingMessage } from './outbox/outbox-store.ts';

/** 20 messages in every sliding minute of one robot (wecom.md §1). */
export const ROBOT_RULE = { limit: robotLimits.messagesPerMinute, windowMs: 60_000 } as const;

/** Errors of a send that surely did not reach WeCom; after any other it may have. */
const unsent: ReadonlySet<string> = new Set([
  'WECOM_UNREACHABLE',
  'WEBHOOK_INVALID',
  'AES_KEY_INVALID',
  'EGRESS_NOT_ALLOWED',
  'EGRESS_UNREACHABLE',
  'TUNNEL_OFFLINE',
]);

/** Types that name a file of one robot, which no other can send. */
const ownMedia: ReadonlySet<string> = new Set(['file', 'voice']);

/** Whether a card has a file to download (D91770: a fact of type 2). */
function offersFile(message: RobotMessage): boolean {
  if (message.msgtype !== 'template_card') return false;
  const facts = message.template_card.horizontal_content_list ?? [];
  return facts.some(({ media_id: file }) => file !== undefined);
}

type Robot = BotConfig & { readonly webhook: string };

export interface RobotCarrierOptions {
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly store: Pick<OutboxStore, 'calendar' | 'pauseRobot' | 'get'>;
  readonly egress: Egress;
  readonly now: () => number;
  /** How long one attempt may be under way, milliseconds. */
  readonly sendTimeoutMs: number;
}

export interface RobotCarrier extends Carrier {
  quota(bot: Robot): { remaining: number; resetAt: number };
}

/** Sends through the webhooks of group robots and private relays, each within its own minute, also over a restart. */
export function createRobotCarrier(options: RobotCarrierOptions): RobotCarrier {
  const { store, now, sendTimeoutMs } = options;
  const calendars = new Map<string, Calendar>();
  /** What waits is looked at again and again; its text is read once. */
  const withFile = new WeakMap<WaitingMessage, boolean>();

  /** Parts of one message belong into one chat, in one voice; files belong to the robot that they were uploaded for. */
  function staysOwn(message: WaitingMessage): boolean {
    const { series, type, id } = message;
    if (series !== null || ownMedia.has(type)) return true;
    if (type !== 'template_card') return false;
    let known = withFile.get(message);
    if (known === undefined) {
      const stored = store.get(id);
      known = stored !== null && offersFile(RobotMessage.parse(JSON.parse(stored.message)));
      withFile.set(message, known);
    }
    return known;
  }

  function calendarOf(robot: Robot): Calendar {
    const key = robotKey(robot.webhook);
    let calendar = calendars.get(key);
    if (calendar === undefined) {
      const since = now() - ROBOT_RULE.windowMs;
      calendar = createCalendar(ROBOT_RULE, sendTimeoutMs, store.calendar(key, since));
      calendars.set(key, calendar);
    }
    return calendar;
  }

  /** A private relay is in the building, where the way through the public one does not lead. */
  function wayOf(robot: Robot): Egress {
    const egress = robot.egress ?? (robot.kind === 'sealed' ? 'direct' : undefined);
    return egressOf(egress === undefined ? {} : { egress }, options.egress);
  }

  function robotOf(id: string): Robot | null {
    const bot = options.bots().get(id);
    const posts = bot?.kind === 'robot' || bot?.kind === 'sealed';
    return posts && bot.webhook !== undefined ? { ...bot, webhook: bot.webhook } : null;
  }

  /** The bot's own robot and those that may take over; an empty list where the bot is gone. */
  function pool(bot: string, own: boolean): Robot[] {
    const robot = robotOf(bot);
    if (robot === null) return [];
    const others = own ? [] : (robot.overflow ?? []).filter((id) => id !== bot);
    return [robot, ...others.flatMap((id) => robotOf(id) ?? [])];
  }

  function room(message: WaitingMessage): Room {
    const robots = pool(message.bot, staysOwn(message));
    if (robots.length === 0) {
      return {
        kind: 'never',
        error: new AppError('WEBHOOK_MISSING', { bot: message.bot }).toInfo(),
      };
    }
    for (const robot of robots) {
      const handle = calendarOf(robot).reserve(now());
      if (handle === null) continue;
      const way = wayOf(robot);
      const slot = { robot: robotKey(robot.webhook), handle };
      const egress = { via: way.via, ip: way.ip() };
      return { kind: 'go', reservation: { bot: robot.id, egress, slot } };
    }
    const until = Math.min(...robots.map((robot) => calendarOf(robot).freeAt(now())));
    return { kind: 'wait', until };
  }

  function post(robot: Robot, message: RobotMessage): Promise<RobotAnswer> {
    const way = {
      webhook: robot.webhook,
      dispatcher: wayOf(robot).dispatcher(),
      timeoutMs: sendTimeoutMs,
    };
    if (robot.kind !== 'sealed') return sendToRobot({ ...way, message });
    const { encodingAesKey: key } = robot;
    if (key === undefined || message.msgtype !== 'text') throw new AppError('AES_KEY_INVALID');
    const timestamp = Math.floor(now() / 1000);
    return sendSealed({ ...way, key, content: message.text.content, timestamp });
  }

  async function attempt(
    message: string,
    { bot }: Reservation,
  ): Promise<Omit<Attempt, 'durationMs'>> {
    try {
      const robot = robotOf(bot);
      if (robot === null) throw new AppError('WEBHOOK_INVALID');
      const answer = await post(robot, RobotMessage.parse(JSON.parse(message)));
      const { errcode, errmsg, fromIp = null } = answer;
      const delivered = errcode === 0;
      return {
        outcome: delivered ? 'delivered' : 'refused',
        errcode,
        errmsg,
        error: delivered ? null : new AppError('WECOM_REFUSED', { errcode }).toInfo(),
        reached: true,
        fromIp,
      };
    } catch (error) {
      const info = toErrorInfo(error);
      const reached = !unsent.has(info.code);
      return {
        outcome: reached ? 'unknown' : 'failed',
        errcode: null,
        errmsg: info.code,
        error: info,
        reached,
        fromIp: null,
      };
    }
  }

  return {
    concurrency: 1,
    reserve: room,
    async send(message, reservation) {
      const start = now();
      const result = await attempt(message.message, reservation);
      return { ...result, durationMs: Math.max(0, now() - start) };
    },
    coolDown({ bot, slot }, until) {
      const robot = robotOf(bot);
      if (robot === null || slot === null) return false;
      calendarOf(robot).pause(until);
      // Only over a restart is it read again: a write that fails costs one more 45009 then.
      store.pauseRobot(slot.robot, until).catch(() => undefined);
      return true;
    },
    freeAt(bot, ahead, message) {
      const robots = pool(bot, message !== null && staysOwn(message));
      if (robots.length === 0) return now();
      const share = Math.floor(ahead / robots.length);
      return Math.min(...robots.map((robot) => calendarOf(robot).freeAt(now(), share)));
    },
    remaining(bot) {
      const robot = robotOf(bot);
      return robot === null ? null : calendarOf(robot).quota(now()).remaining;
    },
    quota: (bot) => calendarOf(bot).quota(now()),
  };
}

/**
 * Names a robot by the `key` of its webhook, which is what WeCom counts by, however the address is spelt; without giving it away.
 * An address without one stands for itself.
 */
export function robotKey(webhook: string): string {
  const { origin, pathname, searchParams, href } = new URL(webhook);
  const key = searchParams.get('key');
  const robot = key === null ? href : `${origin}${pathname}?key=${key}`;
  return createHash('sha256').update(robot).digest('hex').slice(0, 32);
}

import { appLimits, type AppMessage } from '../../../common/domain/app-message.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { App } from '../app-client/app-client.ts';
import type { BotConfig } from '../../types.ts';
import type { OutboxStore, Use } from '../outbox/outbox-store.ts';
import type { CalendarRule, Slot } from './calendar.ts';
import { createMeter, spanOf, type Meter } from './meter.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SPAN_MS = 1_000;
/** Meters in memory; those that are not in use are read from the store again. */
const MAX_METERS = 20_000;

/** What one member gets of one app: WeCom drops what goes beyond without a word (D90236). */
const memberRules: readonly CalendarRule[] = [
  { limit: appLimits.memberPerMinute, windowMs: MINUTE_MS },
  { limit: appLimits.memberPerHour, windowMs: HOUR_MS },
];
/** Calls of one API by one corp (D90312): beyond it the corp is blocked for a minute or an hour. */
const corpRules: readonly CalendarRule[] = [
  { limit: appLimits.callsPerMinute, windowMs: MINUTE_MS },
  { limit: appLimits.callsPerHour, windowMs: HOUR_MS },
];

/** Calls of one address (D90312), of all corps that leave by it. */
const addressRules: readonly CalendarRule[] = [
  { limit: appLimits.addressCallsPerMinute, windowMs: MINUTE_MS },
  { limit: appLimits.addressCallsPerHour, windowMs: HOUR_MS },
];

/** Whether a message may leave within WeCom's limits, and what it then takes of them. */
export type AppRoom =
  | { readonly kind: 'go'; readonly uses: { readonly handle: Slot; at(moment: number): Use[] } }
  | { readonly kind: 'wait'; readonly until: number; readonly why?: ErrorInfo };

/** WeCom's limits of apps, kept over restarts and shared by all bots of one corp. */
export interface AppLimits {
  reserve(app: App, message: AppMessage): AppRoom;
  /** When a message would leave behind `ahead` others: an estimate. */
  freeAt(app: App, message: AppMessage | null, ahead: number): number;
  /** WeCom said that the corp's limit is reached. */
  pause(app: App, until: number): void;
  /** Of the corp's minute. */
  quota(app: App): { remaining: number; resetAt: number };
}

/** `openMs`: how long a send may be under way at most; `exitOf`: names the way by which a bot's calls leave, and so their address. */
export function createAppLimits(options: {
  readonly store: Pick<OutboxStore, 'usage' | 'calendar' | 'pauseRobot'>;
  readonly now: () => number;
  readonly openMs: number;
  readonly exitOf: (bot: BotConfig) => string;
}): AppLimits {
  const { store, now, openMs, exitOf } = options;
  const meters = new Map<string, Meter>();
  const pauses = new Map<string, number>();

  function meterOf(key: string, rules: readonly CalendarRule[]): Meter {
    const known = meters.get(key);
    if (known !== undefined) return known;
    for (const [oldest, { idle }] of meters) {
      if (meters.size < MAX_METERS) break;
      if (idle) meters.delete(oldest);
    }
    const meter = createMeter(rules, SPAN_MS, openMs, store.usage(key, now() - HOUR_MS - SPAN_MS));
    meters.set(key, meter);
    return meter;
  }

  function corpOf({ credentials: { base, corpId } }: App): { key: string; meter: Meter } {
    const key = `corp/${base}/${corpId}/message/send`;
    return { key, meter: meterOf(key, corpRules) };
  }

  function addressOf({ bot, credentials: { base } }: App): { key: string; meter: Meter } {
    const key = `address/${base}/${exitOf(bot)}`;
    return { key, meter: meterOf(key, addressRules) };
  }

  function pausedUntil(key: string): number {
    let until = pauses.get(key);
    if (until === undefined) {
      until = store.calendar(key, Infinity).pausedUntil;
      pauses.set(key, until);
    }
    // A clock that was set back must not lengthen it.
    return Math.min(until, now() + MINUTE_MS);
  }

  function membersOf(app: App, message: AppMessage): { key: string; meter: Meter }[] {
    const { agentId, credentials } = app;
    return recipients(message).map((user) => {
      const key = `member/${credentials.base}/${credentials.corpId}/${agentId}/${user}`;
      return { key, meter: meterOf(key, memberRules) };
    });
  }

  return {
    reserve(app, message) {
      const at = now();
      const corp = corpOf(app);
      const address = addressOf(app);
      const free = Math.max(
        pausedUntil(corp.key),
        corp.meter.freeAt(at, 1),
        address.meter.freeAt(at, 1),
      );
      if (free > at) return { kind: 'wait', until: free };
      const members = membersOf(app, message);
      const until = Math.max(at, ...members.map(({ meter }) => meter.freeAt(at, 1)));
      if (until > at) return { kind: 'wait', until, why: memberLimit(until - at) };
      const taken = [corp, address, ...members].map(({ key, meter }) => ({
        key,
        slot: meter.take(1),
      }));
      return {
        kind: 'go',
        uses: {
          handle: {
            end: (moment) => taken.forEach(({ slot }) => slot.end(moment)),
            release: () => taken.forEach(({ slot }) => slot.release()),
          },
          at: (moment) => taken.map(({ key }) => ({ key, weight: 1, at: spanOf(moment, SPAN_MS) })),
        },
      };
    },
    freeAt(app, message, ahead) {
      const at = now();
      const corp = corpOf(app);
      const own = message === null ? [] : membersOf(app, message);
      return Math.max(
        pausedUntil(corp.key),
        corp.meter.freeAt(at, 1, ahead),
        addressOf(app).meter.freeAt(at, 1, ahead),
        ...own.map(({ meter }) => meter.freeAt(at, 1)),
      );
    },
    pause(app, until) {
      const { key } = corpOf(app);
      pauses.set(key, until);
      // Only over a restart is it read again: a write that fails costs one more 45009 then.
      store.pauseRobot(key, until).catch(() => undefined);
    },
    quota: (app) => corpOf(app).meter.quota(now()),
  };
}

/** Members that are named, each once; departments, tags and `@all` cannot be counted from here. */
function recipients({ touser = '' }: AppMessage): string[] {
  if (touser === '@all') return [];
  const named = touser.split('|').filter((id) => id !== '');
  // WeCom takes user ids whatever the case of their letters.
  return [...new Set(named.map((id) => id.toLowerCase()))];
}

function memberLimit(waitMs: number): ErrorInfo {
  const [limit, period] =
    waitMs > MINUTE_MS + SPAN_MS * 12
      ? [appLimits.memberPerHour, 'hour']
      : [appLimits.memberPerMinute, 'minute'];
  return new AppError('MEMBER_LIMIT', { count: limit, limit, period }).toInfo();
}

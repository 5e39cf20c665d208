import { appLimits } from '../../../common/domain/app-message.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MAX_MEMBERS = 50_000;

/** Counts what members get of an app: what goes beyond the limit is dropped by WeCom without a word (D90236). */
export interface MemberCount {
  /** Counts one message to `users`; returns a warning where somebody gets more than WeCom lets through. */
  count(app: string, users: readonly string[]): ErrorInfo[];
}

interface Member {
  minute: number;
  inMinute: number;
  hour: number;
  inHour: number;
}

/** Counted by calendar minute and hour, in bounded memory; departments, tags and `@all` cannot be counted from here. */
export function createMemberCount(now: () => number): MemberCount {
  const members = new Map<string, Member>();

  function add(key: string): Member {
    const minute = Math.floor(now() / MINUTE_MS);
    const hour = Math.floor(now() / HOUR_MS);
    const member = members.get(key) ?? { minute, inMinute: 0, hour, inHour: 0 };
    if (member.minute !== minute) Object.assign(member, { minute, inMinute: 0 });
    if (member.hour !== hour) Object.assign(member, { hour, inHour: 0 });
    member.inMinute += 1;
    member.inHour += 1;
    // Set anew, so that the first of the map is who was written to the longest time ago.
    members.delete(key);
    members.set(key, member);
    for (const oldest of members.keys()) {
      if (members.size <= MAX_MEMBERS) break;
      members.delete(oldest);
    }
    return member;
  }

  return {
    count(app, users) {
      let inMinute = 0;
      let inHour = 0;
      for (const user of users) {
        const member = add(`${app}/${user.toLowerCase()}`);
        inMinute = Math.max(inMinute, member.inMinute);
        inHour = Math.max(inHour, member.inHour);
      }
      const over = (count: number, limit: number, period: string): ErrorInfo[] =>
        count > limit ? [new AppError('MEMBER_LIMIT', { count, limit, period }).toInfo()] : [];
      return [
        ...over(inMinute, appLimits.memberPerMinute, 'minute'),
        ...over(inHour, appLimits.memberPerHour, 'hour'),
      ];
    },
  };
}

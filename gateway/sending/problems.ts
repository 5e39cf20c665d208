import type { GatewayView } from '../../common/domain/gateway.ts';
import type { Attempt } from './outbox/attempt.ts';

type Problem = GatewayView['problems'][number];

/** WeCom's answers that stay the same until somebody changes something in WeCom or in the bot. */
const lasting: ReadonlySet<number> = new Set([
  40001, 40013, 40056, 48002, 50003, 60020, 93000, 93004, 93008, 301002,
]);

/** What keeps bots from sending; at most one for each bot, until something of it is delivered. */
export interface Problems {
  note(bot: string, attempt: Attempt): void;
  list(): Problem[];
  /** Forgets bots that are gone. */
  keep(bots: ReadonlySet<string>): void;
}

export function createProblems(now: () => number): Problems {
  const byBot = new Map<string, Problem>();
  return {
    note(bot, { outcome, errcode, error }) {
      if (outcome === 'delivered') byBot.delete(bot);
      if (error === null || errcode === null || !lasting.has(errcode)) return;
      const known = byBot.get(bot);
      const same = known?.error.code === error.code && known.error.params['errcode'] === errcode;
      byBot.set(bot, { bot, since: same ? known.since : now(), error });
    },
    list: () => [...byBot.values()],
    keep(bots) {
      for (const bot of byBot.keys()) if (!bots.has(bot)) byBot.delete(bot);
    },
  };
}

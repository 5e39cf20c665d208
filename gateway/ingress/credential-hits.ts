import type { BotConfig } from '../types.ts';
import type { Pair } from './open.ts';

/** Callbacks that came under one pair of keys since the program started. */
export interface PairHits {
  readonly count: number;
  /** Milliseconds since the epoch; null before the first. */
  readonly lastAt: number | null;
}

export type CredentialHits = Readonly<Record<Pair, PairHits>>;

const none: PairHits = { count: 0, lastAt: null };

/** Counts which of a bot's two pairs its callbacks are made with, so that the old one can be retired in peace. */
export interface HitCounter {
  note(bot: BotConfig, pair: Pair, at: number): void;
  /** By bot. */
  all(): ReadonlyMap<string, CredentialHits>;
  /** Begins anew where a bot's keys have changed, and forgets bots that are gone. */
  reconfigure(bots: ReadonlyMap<string, BotConfig>): void;
}

export function createHitCounter(): HitCounter {
  const hits = new Map<string, { bot: BotConfig; current: PairHits; previous: PairHits }>();
  const keysOf = (bot: BotConfig): string =>
    [bot.token, bot.encodingAesKey, bot.previousToken, bot.previousEncodingAesKey].join('\n');
  return {
    note(bot, pair, at) {
      let known = hits.get(bot.id);
      if (known === undefined) {
        known = { bot, current: none, previous: none };
        hits.set(bot.id, known);
      }
      known[pair] = { count: known[pair].count + 1, lastAt: at };
    },
    all: () => new Map([...hits].map(([id, { current, previous }]) => [id, { current, previous }])),
    reconfigure(bots) {
      for (const [id, known] of hits) {
        const bot = bots.get(id);
        if (bot === undefined || keysOf(bot) !== keysOf(known.bot)) hits.delete(id);
        else known.bot = bot;
      }
    },
  };
}

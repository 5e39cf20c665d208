import type { Database } from 'better-sqlite3';

/** SQL that gives the period of a row: the first 24 of the 48 bits of time in its id (RFC 9562 §5.7), 4 hours and 40 minutes. */
export const PERIOD_OF_ID = 'substr(id, 1, 6)';
/** Of period, sender and id. It is named in queries: with a bot besides, SQLite would walk all of that bot's. */
export const SENDER_INDEX = 'inbound_sender';
const LENGTH = 6;

/** The periods from which there are callbacks, so that what is sought in each can be sought in one after the other. */
export interface Periods {
  /** From the one of the newest id below `before` to the oldest. */
  newestFirst(before: string): Iterable<string>;
  /** From the one of the oldest id above `after` to the newest. */
  oldestFirst(after: string): Iterable<string>;
}

export function createPeriods(db: Database): Periods {
  const below = db.prepare('SELECT id FROM inbound WHERE id < ? ORDER BY id DESC LIMIT 1').pluck();
  const above = db.prepare('SELECT id FROM inbound WHERE id > ? ORDER BY id LIMIT 1').pluck();
  return {
    *newestFirst(before) {
      for (let id = below.get(before); typeof id === 'string';) {
        const period = id.slice(0, LENGTH);
        yield period;
        id = below.get(period);
      }
    },
    *oldestFirst(after) {
      for (let id = above.get(after); typeof id === 'string';) {
        const period = id.slice(0, LENGTH);
        yield period;
        // Ids are lower hex: nothing of the period comes after this.
        id = above.get(`${period}g`);
      }
    },
  };
}

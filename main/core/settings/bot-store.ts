import type { Database } from 'better-sqlite3';
import { BotKind, BotSending } from '../../../common/domain/bot.ts';

/** A bot without its secrets, as it is stored. */
export interface BotRecord extends BotSending {
  readonly id: string;
  readonly kind: BotKind;
  readonly name: string;
  readonly receiveId: string;
  readonly target: string | null;
  readonly isDefault: boolean;
}

/** A bot to be stored; what is left out of its sending is not set. */
export type NewBot = Omit<BotRecord, keyof BotSending> & Partial<BotSending>;

export interface BotStore {
  /** By id. */
  list(): BotRecord[];
  get(id: string): BotRecord | undefined;
  /** Adds or replaces; a default bot takes that place from the one before it. */
  save(bot: NewBot): void;
  /** Whether there was one. */
  remove(id: string): boolean;
  /** Ids of the bots that hand their messages to this target. */
  usersOf(target: string): string[];
}

interface Row {
  id: string;
  kind: string;
  name: string;
  receive_id: string;
  target: string | null;
  is_default: number;
  sending: string;
}

export function createBotStore(database: Database): BotStore {
  const all = database.prepare<[], Row>('SELECT * FROM bots ORDER BY id');
  const one = database.prepare<[string], Row>('SELECT * FROM bots WHERE id = ?');
  const users = database
    .prepare<[string], string>('SELECT id FROM bots WHERE target = ? ORDER BY id')
    .pluck();
  const clearDefault = database.prepare('UPDATE bots SET is_default = 0 WHERE id <> ?');
  const put = database.prepare(`
    INSERT INTO bots (id, kind, name, receive_id, target, is_default, sending) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name,
      receive_id = excluded.receive_id, target = excluded.target, is_default = excluded.is_default,
      sending = excluded.sending`);
  const drop = database.prepare('DELETE FROM bots WHERE id = ?');
  return {
    list: () => all.all().map(toRecord),
    get(id) {
      const row = one.get(id);
      return row === undefined ? undefined : toRecord(row);
    },
    save: database.transaction((bot: NewBot) => {
      if (bot.isDefault) clearDefault.run(bot.id);
      const sending = JSON.stringify(BotSending.parse(bot));
      const isDefault = bot.isDefault ? 1 : 0;
      put.run(bot.id, bot.kind, bot.name, bot.receiveId, bot.target, isDefault, sending);
    }),
    remove: (id) => drop.run(id).changes > 0,
    usersOf: (target) => users.all(target),
  };
}

function toRecord(row: Row): BotRecord {
  return {
    id: row.id,
    kind: BotKind.parse(row.kind),
    name: row.name,
    receiveId: row.receive_id,
    target: row.target,
    isDefault: row.is_default === 1,
    ...readSending(row.sending),
  };
}

/** What no longer fits its schema falls back to what is usual, so that the bot stays. */
function readSending(json: string): BotSending {
  try {
    return BotSending.parse(JSON.parse(json));
  } catch {
    return BotSending.parse({});
  }
}

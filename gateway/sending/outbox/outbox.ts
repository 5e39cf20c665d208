import type { Logger } from '../../../common/domain/log.ts';
import type { QueuePlace, SendResult } from '../../../common/domain/outgoing.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import { defectFields } from '../../defect.ts';
import type { Attempt } from './attempt.ts';
import { createBacklog } from './backlog.ts';
import type { Carrier, Reservation } from './carrier.ts';
import {
  createLane,
  isDue,
  nextDue,
  nextEntry,
  nextExpiry,
  place,
  positionOf,
  readyCount,
  remove,
  seriesOf,
  type Entry,
  type Lane,
} from './lane.ts';
import type { Added, Channel, NewMessage, OutboxStore, StoredMessage } from './outbox-store.ts';
import { overEntry } from './over.ts';
import { createRunner } from './runner.ts';
import type { Timers } from './timers.ts';
import { createWaiters } from './waiters.ts';

/** Clocks are set and machines sleep: no timer is trusted for longer, milliseconds. */
const LONGEST_TIMER_MS = 15_000;
/** How long a lane rests when the store does not take its mark. */
const STORE_REST_MS = 1_000;
/** Messages that are passed over at once because they wait for limits of their own. */
const MAX_PASSED = 64;

export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly carriers: Readonly<Record<Channel, Carrier>>;
  readonly timers: Timers;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Logger;
  /** How long one attempt may be under way at most, milliseconds. */
  readonly sendTimeoutMs: number;
  readonly retryDelaysMs?: readonly number[];
  /** The message's row changed. */
  readonly onChange: (id: string) => void;
  readonly onAttempt: (entry: Entry['message'], attempt: Attempt, reservation: Reservation) => void;
  /** A message had to wait for its robot's minute. */
  readonly onWaited: (bot: string, ms: number) => void;
}

/** Sends what is stored, in order and within WeCom's limits. */
export interface Outbox {
  /** Throws BUSY {retryAfterMs} where the bot has too much waiting, CONFLICT, STORE_UNAVAILABLE. */
  add(
    messages: readonly NewMessage[],
    idempotency: Parameters<OutboxStore['add']>[1],
  ): Promise<Added>;
  /** Resolves with the result once the message has ended, or null after `ms`. */
  wait(id: string, ms: number): Promise<SendResult | null>;
  placeOf(id: string): QueuePlace | null;
  /** The limit of its own that a message waits for; null where it waits for none. */
  reasonOf(id: string): ErrorInfo | null;
  lanes(): Iterable<Lane>;
  lane(channel: Channel, bot: string): Lane;
  /** When a new message of this lane would leave. */
  freeAt(lane: Lane, ahead?: number): number;
  /** Messages of a lane that wait for nothing but their turn. */
  ready(lane: Lane): number;
  /** Throws CONFLICT {state} where it is not queued. */
  cancel(id: string): Promise<void>;
  /** Queues an ended message anew. Throws CONFLICT {state} where it has not ended, or was delivered, and BUSY as {@link add} does. */
  retry(stored: StoredMessage, expiresAt: number): Promise<void>;
  /** Looks at every lane again: a configuration or a way to WeCom has changed. */
  wake(): void;
  /** Begins nothing more and resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, carriers, timers, now, log } = options;
  const byKey = new Map<string, Lane>();
  const byId = new Map<string, { lane: Lane; entry: Entry }>();
  const backlog = createBacklog();
  const waiters = createWaiters();
  const open = new Set<Promise<void>>();
  let stopped = false;
  const runner = createRunner(options, (lane, entry, result) => {
    leave(lane, entry);
    options.onChange(result.id);
    waiters.settle(result.id, result);
  });

  function laneOf(channel: Channel, bot: string): Lane {
    const key = `${channel}/${bot}`;
    let lane = byKey.get(key);
    if (lane === undefined) {
      lane = createLane(bot, channel);
      byKey.set(key, lane);
    }
    return lane;
  }

  function enter(message: Entry['message']): void {
    const lane = laneOf(message.channel, message.bot);
    const entry: Entry = { message, sending: false };
    place(lane, entry);
    byId.set(message.id, { lane, entry });
  }

  function leave(lane: Lane, entry: Entry): void {
    remove(lane, entry);
    byId.delete(entry.message.id);
    backlog.add(lane.bot, -1, -entry.message.size);
  }

  /** A newer message of the same subject took a queued one's place. */
  function merge({ id, coalesced }: { id: string; coalesced: number }, newer: NewMessage): void {
    const known = byId.get(id);
    if (known === undefined) return;
    const { lane, entry } = known;
    const { message } = entry;
    const size = newer.message.length;
    backlog.add(message.bot, 0, size - message.size);
    const { type, expiresAt, sendAt, repeatable } = newer;
    const priority = Math.max(message.priority, newer.priority);
    const own = { type, size, coalesced, expiresAt, sendAt, repeatable, priority };
    entry.message = { ...message, ...own, repeatUntil: null };
    place(lane, entry);
  }

  function freeAt(lane: Lane, ahead = 0, message: Entry['message'] | null = null): number {
    return Math.max(lane.pausedUntil, carriers[lane.channel].freeAt(lane.bot, ahead, message));
  }

  function arm(lane: Lane, at: number): void {
    lane.disarm?.();
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, at - now()));
    lane.disarm = timers.set(ms, () => {
      lane.disarm = null;
      pump(lane);
    });
  }

  function pump(lane: Lane): void {
    const carrier = carriers[lane.channel];
    if (lane.restUntil > now()) {
      arm(lane, lane.restUntil);
      return;
    }
    const passed = new Set<Entry>();
    let soonest = Infinity;
    for (;;) {
      if (stopped) return;
      const over = overEntry(lane, now(), options.sendTimeoutMs);
      if (over !== null) {
        begin(lane, over.entry, null, over.error);
        continue;
      }
      const entry = passed.size < MAX_PASSED ? nextEntry(lane, now(), passed) : undefined;
      if (entry === undefined) {
        armFor(lane, soonest);
        break;
      }
      if (lane.inFlight >= carrier.concurrency) break;
      const until = lane.pausedUntil;
      const room =
        until > now() ? ({ kind: 'wait', until } as const) : carrier.reserve(entry.message);
      if (room.kind === 'wait' && room.why !== undefined) {
        entry.why = room.why;
        soonest = Math.min(soonest, room.until);
        passed.add(entry);
        for (const other of seriesOf(lane, entry)) passed.add(other);
        continue;
      }
      if (room.kind === 'wait') {
        arm(lane, Math.min(room.until, soonest, nextExpiry(lane), nextDue(lane, now())));
        break;
      }
      if (room.kind === 'go') begin(lane, entry, room.reservation, null);
      else begin(lane, entry, null, room.error);
    }
  }

  /**
   * Nothing may leave now: the lane is looked at again when the first scheduled message comes due, or at `soonest`, when one has
   * room in its own limit.
   */
  function armFor(lane: Lane, soonest: number): void {
    const expiry = soonest === Infinity ? Infinity : nextExpiry(lane);
    const due = Math.min(soonest, expiry, nextDue(lane, now()));
    if (due !== Infinity) arm(lane, due);
  }

  /** `failure`: it cannot or need not be sent any more, and ends so. */
  function begin(
    lane: Lane,
    entry: Entry,
    reservation: Reservation | null,
    failure: ErrorInfo | null,
  ): void {
    entry.sending = true;
    entry.why = null;
    if (reservation !== null) lane.inFlight += 1;
    const work = runner
      .run(lane, entry, reservation, failure)
      .catch((error: unknown) => {
        log.error({ message: entry.message.id, ...defectFields(error) }, 'sending failed');
        entry.sending = false;
        lane.restUntil = now() + STORE_REST_MS;
      })
      .finally(() => {
        open.delete(work);
        if (reservation !== null) lane.inFlight -= 1;
        // A slot that was given back may be what another bot of the same robot waits for.
        wake();
      });
    open.add(work);
  }

  function wake(): void {
    for (const lane of byKey.values()) if (lane.entries.length > 0) pump(lane);
  }

  const untilFree = (lane: Lane) => (): number => freeAt(lane) - now();

  for (const message of store.waiting()) {
    enter(message);
    backlog.add(message.bot, 1, message.size);
  }
  wake();

  return {
    async add(messages, idempotency) {
      const [first] = messages;
      if (first === undefined) throw new AppError('MESSAGE_EMPTY');
      const { bot } = first;
      const bytes = messages.reduce((sum, { message }) => sum + message.length, 0);
      const lane = laneOf(first.channel, bot);
      const added = await backlog.claim(bot, messages.length, bytes, untilFree(lane), () =>
        store.add(messages, idempotency),
      );
      if (added.kind === 'added') for (const message of added.waiting) enter(message);
      else backlog.add(bot, -messages.length, -bytes);
      if (added.kind === 'coalesced') merge(added, first);
      if (added.kind !== 'repeated') pump(lane);
      return added;
    },
    wait: (id, ms) => (stopped ? Promise.resolve(null) : waiters.wait(id, ms, timers)),
    placeOf(id) {
      const known = byId.get(id);
      if (known === undefined) return null;
      const { lane, entry } = known;
      if (entry.sending) return { position: 0, etaMs: 0 };
      const { sendAt } = entry.message;
      const position = positionOf(lane, entry, now());
      const ahead = isDue(entry, now()) ? position : 0;
      const at = Math.max(freeAt(lane, ahead, entry.message), sendAt ?? 0);
      const etaMs = Math.ceil(Math.max(0, at - now()));
      return { position, etaMs, ...(sendAt === null ? {} : { sendAt }) };
    },
    reasonOf: (id) => byId.get(id)?.entry.why ?? null,
    lanes: () => byKey.values(),
    lane: laneOf,
    freeAt,
    ready: (lane) => readyCount(lane, now()),
    async cancel(id) {
      const known = byId.get(id);
      if (known === undefined || known.entry.sending) {
        throw new AppError('CONFLICT', { state: known === undefined ? 'ended' : 'sending' });
      }
      const { lane, entry } = known;
      entry.sending = true;
      const error = new AppError('MESSAGE_CANCELLED').toInfo();
      await runner.giveUp(lane, entry, error);
    },
    async retry({ id, bot, channel, message }, expiresAt) {
      const known = byId.get(id);
      if (known !== undefined) {
        throw new AppError('CONFLICT', { state: known.entry.sending ? 'sending' : 'queued' });
      }
      const lane = laneOf(channel, bot);
      const revived = await backlog.claim(bot, 1, message.length, untilFree(lane), async () => {
        const one = await store.revive(id, expiresAt);
        if (one === null) throw new AppError('CONFLICT', { state: 'delivered' });
        return one;
      });
      enter(revived);
      options.onChange(id);
      pump(lane);
    },
    wake,
    async stop() {
      stopped = true;
      for (const lane of byKey.values()) lane.disarm?.();
      waiters.release();
      await Promise.allSettled(open);
    },
  };
}

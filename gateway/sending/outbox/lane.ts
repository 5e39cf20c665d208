import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Channel, WaitingMessage } from './outbox-store.ts';

/** A message in memory: its place, and what may still change of it. */
export interface Entry {
  message: WaitingMessage;
  sending: boolean;
  /** The limit of its own that it waits for. */
  why?: ErrorInfo | null;
}

/** The messages of one bot on one channel, in the order in which they leave. */
export interface Lane {
  readonly bot: string;
  readonly channel: Channel;
  entries: Entry[];
  inFlight: number;
  /** Nothing leaves before this moment, milliseconds since the epoch. */
  pausedUntil: number;
  /** The store failed: nothing at all is begun before this moment. */
  restUntil: number;
  /** Cancels the timer that looks at the lane again. */
  disarm: (() => void) | null;
}

export function createLane(bot: string, channel: Channel): Lane {
  return { bot, channel, entries: [], inFlight: 0, pausedUntil: 0, restUntil: 0, disarm: null };
}

/** Higher priority first, then the order of arrival, which is that of the ids. */
function isBefore(a: WaitingMessage, b: WaitingMessage): boolean {
  return a.priority === b.priority ? a.id < b.id : a.priority > b.priority;
}

/** Puts a message where it belongs; one that is there already is moved. */
export function place(lane: Lane, entry: Entry): void {
  remove(lane, entry);
  let low = 0;
  let high = lane.entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = lane.entries[middle];
    if (other !== undefined && isBefore(other.message, entry.message)) low = middle + 1;
    else high = middle;
  }
  lane.entries.splice(low, 0, entry);
}

export function remove(lane: Lane, entry: Entry): void {
  lane.entries = lane.entries.filter((other) => other !== entry);
}

/** Whether its time has come. */
export function isDue({ message }: Entry, now: number): boolean {
  return message.sendAt === null || message.sendAt <= now;
}

/** The next that may leave, those in `passed` aside: its time has come, and none of its series is under way before it. */
export function nextEntry(
  lane: Lane,
  now: number,
  passed: ReadonlySet<Entry> = new Set(),
): Entry | undefined {
  const busy = new Set(
    lane.entries.flatMap(({ sending, message }) =>
      sending && message.series !== null ? [message.series] : [],
    ),
  );
  return lane.entries.find(
    (entry) =>
      !entry.sending &&
      !passed.has(entry) &&
      isDue(entry, now) &&
      (entry.message.series === null || !busy.has(entry.message.series)),
  );
}

/** When the next message comes due that is not yet; Infinity where none waits for its time. */
export function nextDue(lane: Lane, now: number): number {
  return lane.entries.reduce(
    (least, entry) =>
      isDue(entry, now) ? least : Math.min(least, entry.message.sendAt ?? Infinity),
    Infinity,
  );
}

/** How many of the lane leave before this one; those under way are not counted. */
export function positionOf(lane: Lane, { message }: Entry, now: number): number {
  const at = Math.max(now, message.sendAt ?? now);
  let position = 0;
  let before = true;
  for (const entry of lane.entries) {
    if (entry.message.id === message.id) before = false;
    else if (!entry.sending) {
      const time = Math.max(now, entry.message.sendAt ?? now);
      if (time < at || (time === at && before)) position += 1;
    }
  }
  return position;
}

/** When the first of its messages expires; Infinity where it has none. */
export function nextExpiry(lane: Lane): number {
  return lane.entries.reduce((least, { message }) => Math.min(least, message.expiresAt), Infinity);
}

/** Messages that wait for nothing but their turn. */
export function readyCount(lane: Lane, now: number): number {
  return lane.entries.filter((entry) => !entry.sending && isDue(entry, now)).length;
}

/** The other parts of the message that `entry` is one of: they keep their order. */
export function seriesOf(lane: Lane, { message }: Entry): Entry[] {
  const { series } = message;
  return series === null ? [] : lane.entries.filter((other) => other.message.series === series);
}

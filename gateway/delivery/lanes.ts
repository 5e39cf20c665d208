/** Messages of one conversation that may wait, and of all together; more are put off. */
const MAX_LANE = 256;
const MAX_WAITING = 4096;
/** How long a message that fails may hold up the later ones of its conversation, milliseconds since its receipt. */
export const HOLD_MS = 120_000;

/** Whether a message may be delivered now: `full` and `stopped` leave it to a later time. */
export type Turn = 'go' | 'full' | 'stopped';

/**
 * Keeps the order of each conversation: its messages are delivered one after the other, and one that has to be tried again
 * keeps its place for a while. Conversations do not wait for each other.
 */
export interface Lanes {
  /**
   * Resolves when every earlier message of `lane` is done with. A message that holds its lane goes at once. `onHeld` is called when
   * one of them has failed and keeps its place: the turn may be two minutes away.
   */
  enter(lane: string, id: string, onHeld?: () => void): Promise<Turn>;
  /** Puts a message in line that was pending when the program started; to be called in the order of receipt. */
  reserve(lane: string, id: string, receivedAt: number): void;
  /** The message is done with. */
  leave(lane: string, id: string): void;
  /** The message failed and will be tried again. */
  hold(lane: string, id: string, receivedAt: number): void;
  figures(): { lanes: number; waiting: number; longest: number };
  /** Lets everybody who waits go with `stopped`. */
  stop(): void;
}

interface Waiting {
  readonly id: string;
  readonly receivedAt: number;
  readonly onHeld?: (() => void) | undefined;
  /** Null while only reserved. */
  resolve: ((turn: Turn) => void) | null;
}

interface Lane {
  head: Waiting;
  timer: NodeJS.Timeout | undefined;
  /** The head has failed and waits to be tried again. */
  isHeld: boolean;
  readonly behind: Waiting[];
}

export function createLanes(options: {
  readonly now: () => number;
  readonly onOvertaken: () => void;
  readonly onFull: () => void;
}): Lanes {
  const { now } = options;
  const lanes = new Map<string, Lane>();
  let waiting = 0;
  let stopped = false;

  function advance(name: string, lane: Lane): void {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    const next = lane.behind.shift();
    if (next === undefined) {
      lanes.delete(name);
      return;
    }
    waiting -= 1;
    lane.head = next;
    lane.isHeld = false;
    if (next.resolve === null) keep(name, lane);
    else next.resolve('go');
  }

  /** The head has no attempt under way: it keeps its place until its time is over. */
  function keep(name: string, lane: Lane): void {
    clearTimeout(lane.timer);
    const left = lane.head.receivedAt + HOLD_MS - now();
    lane.timer = setTimeout(
      () => {
        if (lane.behind.length > 0) options.onOvertaken();
        advance(name, lane);
      },
      Math.max(0, left),
    );
    lane.timer.unref();
  }

  function isFull(lane: Lane): boolean {
    return lane.behind.length >= MAX_LANE || waiting >= MAX_WAITING;
  }

  return {
    enter(name, id, onHeld) {
      if (stopped) return Promise.resolve('stopped');
      const lane = lanes.get(name);
      if (lane === undefined) {
        lanes.set(name, {
          head: { id, receivedAt: now(), resolve: null },
          timer: undefined,
          isHeld: false,
          behind: [],
        });
        return Promise.resolve('go');
      }
      if (lane.head.id === id) {
        clearTimeout(lane.timer);
        lane.timer = undefined;
        lane.isHeld = false;
        return Promise.resolve('go');
      }
      const reserved = lane.behind.find((entry) => entry.id === id);
      if (reserved === undefined && isFull(lane)) {
        options.onFull();
        return Promise.resolve('full');
      }
      if (lane.isHeld) onHeld?.();
      return new Promise((resolve) => {
        if (reserved !== undefined) {
          reserved.resolve = resolve;
          return;
        }
        lane.behind.push({ id, receivedAt: now(), onHeld, resolve });
        waiting += 1;
      });
    },
    reserve(name, id, receivedAt) {
      const entry = { id, receivedAt, resolve: null };
      const lane = lanes.get(name);
      if (lane === undefined) {
        const fresh: Lane = { head: entry, timer: undefined, isHeld: false, behind: [] };
        lanes.set(name, fresh);
        keep(name, fresh);
      } else if (!isFull(lane)) {
        lane.behind.push(entry);
        waiting += 1;
      }
    },
    leave(name, id) {
      const lane = lanes.get(name);
      if (lane?.head.id === id) advance(name, lane);
    },
    hold(name, id, receivedAt) {
      const lane = lanes.get(name);
      if (lane?.head.id !== id) return;
      lane.head = { id, receivedAt, resolve: null };
      lane.isHeld = true;
      keep(name, lane);
      for (const { onHeld } of lane.behind) onHeld?.();
    },
    figures() {
      const longest = Math.max(0, ...[...lanes.values()].map(({ behind }) => behind.length));
      return { lanes: lanes.size, waiting, longest };
    },
    stop() {
      stopped = true;
      for (const lane of lanes.values()) {
        clearTimeout(lane.timer);
        for (const entry of lane.behind) entry.resolve?.('stopped');
      }
      lanes.clear();
      waiting = 0;
    },
  };
}

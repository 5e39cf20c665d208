import { robotLimits } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { MessageStore } from '../inbox/message-store.ts';

export const WINDOW_MS = 60_000;
const LIMIT = robotLimits.messagesPerMinute;

/** One of a robot's messages in the running minute. */
export interface Slot {
  /** The attempt ended at `at`; the minute counts from here, because WeCom saw it at the latest then. */
  end(at: number): void;
  /** Nothing reached WeCom: the slot is free again. */
  release(): void;
}

export interface Quota {
  readonly remaining: number;
  /** When more becomes free; now where nothing is used up. */
  readonly resetAt: number;
}

/** At most 20 messages in every sliding 60 s for each robot (wecom.md §1), also over a restart. */
export interface RobotLimit {
  /** Throws RATE_LIMITED {retryAfterMs}. */
  reserve(robot: string): Slot;
  quota(robot: string): Quota;
  /** WeCom said that the limit is reached (45009): nothing is sent until `until`. Kept over a restart. */
  pause(robot: string, until: number): Promise<void>;
}

interface Window {
  /** Ends, oldest first; Infinity for what is still open. */
  ends: number[];
  pausedUntil: number;
}

/** `sendTimeoutMs`: how long a send may be open at most. */
export function createRobotLimit(
  store: Pick<MessageStore, 'robotHistory' | 'pauseRobot'>,
  now: () => number,
  sendTimeoutMs: number,
): RobotLimit {
  const windows = new Map<string, Window>();

  function windowOf(robot: string): Window {
    let window = windows.get(robot);
    if (window === undefined) {
      const { sends, pausedUntil } = store.robotHistory(robot, now() - WINDOW_MS - sendTimeoutMs);
      window = { ends: [...sends], pausedUntil };
      windows.set(robot, window);
    }
    const since = now() - WINDOW_MS;
    window.ends = window.ends.filter((end) => end > since).toSorted((a, b) => a - b);
    return window;
  }

  function replace(window: Window, from: number, to: number | null): void {
    const at = window.ends.indexOf(from);
    if (at < 0) return;
    if (to === null) window.ends.splice(at, 1);
    else window.ends[at] = to;
  }

  /** When the robot may send again; now or earlier where it may at once. */
  function freeAt(window: Window): number {
    const [oldest = 0] = window.ends;
    if (window.ends.length < LIMIT) return window.pausedUntil;
    const end = Number.isFinite(oldest) ? oldest : now() + sendTimeoutMs;
    return Math.max(window.pausedUntil, end + WINDOW_MS);
  }

  return {
    reserve(robot) {
      const window = windowOf(robot);
      const wait = freeAt(window) - now();
      if (wait > 0) throw new AppError('RATE_LIMITED', { retryAfterMs: Math.ceil(wait) });
      window.ends.push(Infinity);
      return {
        end: (at) => replace(windowOf(robot), Infinity, at),
        release: () => replace(windowOf(robot), Infinity, null),
      };
    },
    quota(robot) {
      const window = windowOf(robot);
      const paused = window.pausedUntil > now();
      const [oldest] = window.ends;
      const next =
        oldest === undefined
          ? now()
          : Number.isFinite(oldest)
            ? oldest + WINDOW_MS
            : now() + WINDOW_MS;
      return {
        remaining: paused ? 0 : Math.max(0, LIMIT - window.ends.length),
        resetAt: paused ? Math.max(window.pausedUntil, freeAt(window)) : next,
      };
    },
    async pause(robot, until) {
      windowOf(robot).pausedUntil = until;
      await store.pauseRobot(robot, until);
    },
  };
}

import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often files are looked at. */
const LOOK_MS = 5_000;
/** One that has changed is taken when it has not changed again for so long: it may be half written. */
const SETTLE_MS = 250;
/** Whatever is written without an end is taken as it is after so many times. */
const MAX_SETTLES = 20;

export interface WatchOptions {
  /** Those to look at now: they may be others after a change. */
  readonly files: () => readonly string[];
  /** One of them has changed, has come or gone. Must not reject. */
  readonly onChange: () => Promise<void>;
  /** Whether to call `onChange` at the next look whatever has changed: what was read last named something that was not there. */
  readonly isWaiting?: () => boolean;
  /** Milliseconds between two looks; for testing. */
  readonly lookMs?: number | undefined;
}

/**
 * Looks at files until it is stopped. Asked, not told: notices of the file system do not come over a network, nor through
 * the links by which secrets and mounted configurations are replaced.
 */
export async function watchFiles(options: WatchOptions): Promise<() => void> {
  const { files, onChange, isWaiting, lookMs } = options;
  const seen = new Map<string, string>();
  let working = false;
  const look = async (): Promise<boolean> => {
    let changed = false;
    for (const file of files()) {
      const before = seen.get(file);
      const now = await stampOf(file);
      seen.set(file, now);
      // One that is new to the list was just read.
      changed ||= before !== undefined && before !== now;
    }
    return changed;
  };
  let ended = false;
  const take = async (): Promise<void> => {
    const changed = await look();
    if (!changed && isWaiting?.() !== true) return;
    let again = changed;
    for (let left = MAX_SETTLES; again && left > 0; left--) {
      await sleep(Math.min(SETTLE_MS, lookMs ?? LOOK_MS), undefined, { ref: false });
      again = await look();
    }
    if (!ended) await onChange();
  };
  // Before the first look at its time: two at once would hide a change from each other.
  await look();
  const timer = setInterval(() => {
    if (working) return;
    working = true;
    void take().finally(() => {
      working = false;
    });
  }, lookMs ?? LOOK_MS);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

/** Differs whenever a file was written or replaced; the same for every time that it is not there. */
async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}

import { stat } from 'node:fs/promises';

/** How often files are looked at. */
const LOOK_MS = 5_000;

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
  const timer = setInterval(() => {
    if (working) return;
    working = true;
    void look()
      .then((changed) => (changed || isWaiting?.() === true ? onChange() : undefined))
      .finally(() => {
        working = false;
      });
  }, lookMs ?? LOOK_MS);
  timer.unref();
  await look();
  return () => clearInterval(timer);
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

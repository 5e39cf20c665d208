import type { Logger } from '../../common/domain/log.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { GatewayConfig } from '../config.ts';
import type { MessageStore } from './message-store.ts';

const INTERVAL_MS = 60_000;
/** Rows of one step: small, so that callbacks between two of them do not wait. */
const BATCH = 100;
/** A store that was too large is brought this far below its bound, so that it is not pruned with every message. */
const LOW_WATER = 0.95;

/** How long and how much is kept. */
export interface RetentionPolicy {
  /** Milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes; 0 for no bound. */
  readonly maxBytes: number;
  /** After this age the text goes and the row stays, milliseconds; 0 keeps it. */
  readonly redactMs: number;
}

/** What a configuration keeps. */
export function retentionPolicy(
  config: Pick<GatewayConfig, 'retentionMs' | 'storeMaxBytes' | 'redactMs'>,
): RetentionPolicy {
  return {
    maxAgeMs: config.retentionMs,
    maxBytes: config.storeMaxBytes ?? 0,
    redactMs: config.redactMs ?? 0,
  };
}

/** Keeps the store within its policy, a little at a time. */
export interface Retention {
  /** Looks now and resolves when there is nothing more to do; for tests and for a policy that has changed. */
  run(): Promise<void>;
  stop(): void;
}

export function startRetention(options: {
  readonly store: Pick<MessageStore, 'prune' | 'pruneOldest' | 'redact' | 'size'>;
  readonly policy: () => RetentionPolicy;
  readonly now: () => number;
  readonly log: Logger;
  /** Told how many rows were deleted or redacted. */
  readonly onDone?: (kind: 'age' | 'size' | 'redacted', rows: number) => void;
}): Retention {
  const { store, now, log } = options;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  let shrinking = false;

  const count = (kind: 'age' | 'size' | 'redacted', rows: number): boolean => {
    if (rows > 0) options.onDone?.(kind, rows);
    return rows >= BATCH;
  };

  /** Whether rows had to go that are not too old yet. */
  function shrink(maxBytes: number): boolean {
    if (maxBytes === 0) return false;
    const { used } = store.size();
    if (used > maxBytes) shrinking = true;
    if (used <= maxBytes * LOW_WATER) shrinking = false;
    return shrinking && count('size', store.pruneOldest(BATCH));
  }

  /** One small step of each kind; whether there is more to do. */
  function step(): boolean {
    const { maxAgeMs, maxBytes, redactMs } = options.policy();
    const old = count('age', store.prune(now() - maxAgeMs, BATCH));
    const large = shrink(maxBytes);
    const text = redactMs > 0 && count('redacted', store.redact(now() - redactMs, BATCH));
    return old || large || text;
  }

  async function work(): Promise<void> {
    try {
      while (!stopping.signal.aborted && step()) await new Promise(setImmediate);
    } catch (error) {
      log.warn({ code: toErrorInfo(error).code }, 'old messages not deleted');
    }
  }

  const run = (): Promise<void> =>
    (running ??= work().finally(() => {
      running = undefined;
    }));
  const timer = setInterval(() => void run(), INTERVAL_MS);
  timer.unref();
  return {
    run,
    stop() {
      stopping.abort();
      clearInterval(timer);
    },
  };
}

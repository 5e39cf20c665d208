import type { Logger } from '../../common/domain/log.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { MessageStore } from './message-store.ts';

const INTERVAL_MS = 60_000;
/** Rows of one delete: small, so that callbacks between two of them do not wait. */
const BATCH = 250;

/** Deletes finished rows older than `retentionMs()`, a little at a time; returns the function that stops it. */
export function startRetention(options: {
  readonly store: MessageStore;
  readonly retentionMs: () => number;
  readonly now: () => number;
  readonly log: Logger;
}): () => void {
  const { store, now, log } = options;
  let next: NodeJS.Immediate | undefined;

  function prune(): void {
    next = undefined;
    try {
      const gone = store.prune(now() - options.retentionMs(), BATCH);
      if (gone >= BATCH) next = setImmediate(prune);
    } catch (error) {
      log.warn({ code: toErrorInfo(error).code }, 'old messages not deleted');
    }
  }

  const timer = setInterval(() => {
    if (next === undefined) prune();
  }, INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    clearImmediate(next);
  };
}

import type { SendResult } from '../../../common/domain/outgoing.ts';
import type { Timers } from './timers.ts';

/** Callers that wait for messages to end. */
export interface Waiters {
  /** Resolves with the result, or null after `ms`. */
  wait(id: string, ms: number, timers: Timers): Promise<SendResult | null>;
  settle(id: string, result: SendResult): void;
  /** Lets everyone go. */
  release(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(result: SendResult | null) => void>>();
  return {
    wait: (id, ms, timers) =>
      new Promise((resolve) => {
        const known = waiting.get(id) ?? new Set();
        waiting.set(id, known);
        const done = (result: SendResult | null): void => {
          cancel();
          known.delete(done);
          if (known.size === 0) waiting.delete(id);
          resolve(result);
        };
        const cancel = timers.set(ms, () => done(null));
        known.add(done);
      }),
    settle(id, result) {
      for (const done of waiting.get(id) ?? []) done(result);
    },
    release() {
      for (const all of waiting.values()) for (const done of all) done(null);
    },
  };
}

import type { MessageRow } from '../common/domain/history.ts';
import type { Logger } from '../common/domain/log.ts';
import { defectFields } from './defect.ts';

/** Hands rows of the history on as they come and change. */
export interface RowFeed {
  publish(row: MessageRow): void;
  /** Returns the function that unsubscribes. */
  subscribe(listener: (row: MessageRow) => void): () => void;
}

/** One listener that throws costs the others nothing. */
export function createRowFeed(log: Logger): RowFeed {
  const listeners = new Set<(row: MessageRow) => void>();
  return {
    publish(row) {
      for (const listener of listeners) {
        try {
          listener(row);
        } catch (error) {
          log.error(defectFields(error), 'listener failed');
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

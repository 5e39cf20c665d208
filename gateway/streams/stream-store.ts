import type { AppError } from '../../common/errors/app-error.ts';
import type { StreamState } from './stream.ts';

/**
 * Where streams lie: whoever answers a poll, whichever process, has to know the last state. A promise resolves after the data
 * is on disk and rejects with STORE_UNAVAILABLE.
 */
export interface StreamStore {
  /** Adds a stream, or replaces the one of the same name. */
  put(state: StreamState): Promise<void>;
  get(bot: string, id: string): StreamState | null;
  /** The stream that answers a message. */
  ofMessage(message: string): StreamState | null;
  /**
   * Replaces a stream by what `change` makes of it, in one transaction. Resolves with the new state, with the error that
   * `change` returned, or with null where there is no such stream.
   */
  update(
    bot: string,
    id: string,
    change: (state: StreamState) => StreamState | AppError,
  ): Promise<StreamState | AppError | null>;
  /** Streams that are kept. */
  readonly count: number;
  /** Forgets up to `limit` streams opened before `before`; returns how many. */
  prune(before: number, limit: number): number;
}

import { isDeepStrictEqual } from 'node:util';
import type { ConfigFileView } from '../../../common/domain/config-file.ts';
import type { Logger } from '../../../common/domain/log.ts';
import { toErrorInfo, type ErrorInfo } from '../../../common/errors/app-error.ts';

export interface KeptFileOptions<T> {
  readonly path: string;
  /** What the program started with; null where there was no file. */
  readonly first: T | null;
  /** Throws CONFIG_INVALID. */
  readonly read: () => T;
  /** Puts it in force. What it throws leaves everything as it was. */
  readonly apply: (next: T, before: T | null) => void | Promise<void>;
  /** Keys that only a start looks at, of those that differ. */
  readonly restart?: (first: T | null, next: T) => string[];
  /** {@link KeptFile.view} has changed. */
  readonly onChange: () => void;
  readonly log: Logger;
  readonly now: () => number;
}

/** A configuration file of the running program. */
export interface KeptFile<T> {
  readonly path: string;
  /** What is in force. */
  readonly current: () => T | null;
  /** Null while there is no file and never was. */
  readonly view: () => ConfigFileView | null;
  /**
   * Reads it again and puts it in force as a whole. Rejects with what `read` and `apply` throw; what was in force stays, and
   * {@link view} says why. Not to be called while it works.
   */
  readonly reload: () => Promise<void>;
}

export function keepFile<T>(options: KeptFileOptions<T>): KeptFile<T> {
  const { path, first, log, now } = options;
  let current = first;
  let readAt = now();
  let error: ErrorInfo | null = null;
  let restart: string[] = [];

  const take = async (): Promise<void> => {
    const before = current;
    const next = options.read();
    try {
      current = next;
      await options.apply(next, before);
    } catch (thrown) {
      current = before;
      throw thrown;
    }
    readAt = now();
    restart = options.restart?.(first, next) ?? [];
  };

  return {
    path,
    current: () => current,
    view: () => (current === null && error === null ? null : { path, readAt, error, restart }),
    reload: async () => {
      try {
        await take();
        error = null;
        log.info(
          { file: path, restart: restart.join(' ') },
          'the configuration file was read again',
        );
      } catch (thrown) {
        const before = error;
        error = toErrorInfo(thrown);
        // It may be tried many times while something that it names is missing.
        if (!isDeepStrictEqual(before, error)) {
          log.error(
            { ...error.params, code: error.code },
            'the configuration file was not taken; the one before stays in force',
          );
        }
        throw thrown;
      } finally {
        options.onChange();
      }
    },
  };
}

import { join } from 'node:path';
import { pino } from 'pino';
import type { LogEntry, Logger, LogLevel } from '../../../common/domain/log.ts';
import { toEntry } from './entry.ts';
import { createFileWriter } from './file-writer.ts';
import { createLogRing } from './ring.ts';

/** Lines that the console can look back on. */
export const RING_LINES = 50_000;
const FILE_BYTES = 10 * 1024 * 1024;
const FILES = 5;

/** The log of a running core: a logger, the newest lines in memory, and a rotating file of JSON lines. */
export interface Logs {
  readonly logger: Logger;
  recent(query: { after?: number | undefined; limit: number }): LogEntry[];
  /** Returns the function that unsubscribes. */
  onEntry(listener: (entry: LogEntry) => void): () => void;
  /** Takes effect at once for every logger, children made before included. */
  setLevel(level: LogLevel): void;
  /** Writes out what is queued without returning to the event loop. */
  flushSync(): void;
  close(): Promise<void>;
}

export interface LogsOptions {
  /** Directory of `causeway.log`; made if missing. */
  readonly dir: string;
  readonly level: LogLevel;
  /** Gets every line as well; one that fails is left alone. */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * pino serialises; every line then becomes a {@link LogEntry} without secrets before anything keeps or prints it. Nothing in
 * here throws into the program.
 */
export function createLogs(options: LogsOptions): Logs {
  const ring = createLogRing(RING_LINES);
  const listeners = new Set<(entry: LogEntry) => void>();
  const { stream } = options;
  const ignore = (): void => undefined;
  stream?.on('error', ignore);
  let seq = 0;
  let threshold = rank[options.level];

  const root = pino(
    { level: 'debug', base: null, serializers: { err: pino.stdSerializers.err, error: errorOf } },
    {
      write(line: string) {
        seq += 1;
        const entry = toEntry(JSON.parse(line) as Record<string, unknown>, seq);
        ring.push(entry);
        const text = `${JSON.stringify(entry)}\n`;
        writer.write(text);
        if (stream?.writable === true) stream.write(text);
        for (const listener of listeners) listener(entry);
      },
    },
  );
  const logger = levelled(root, () => threshold);
  const writer = createFileWriter({
    file: join(options.dir, 'causeway.log'),
    maxBytes: FILE_BYTES,
    files: FILES,
    onTrouble: ({ failing, reason, lost }) => {
      const log = logger.child({ module: 'logs' });
      if (failing) log.error({ reason }, 'the log file cannot be written');
      else log.warn({ lost }, 'the log file is written again; some lines are missing');
    },
  });
  return {
    logger,
    recent: (query) => ring.recent(query),
    onEntry(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setLevel(level) {
      threshold = rank[level];
    },
    flushSync: () => writer.flushSync(),
    async close() {
      await writer.close();
      stream?.removeListener('error', ignore);
    },
  };
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

/** A pino child keeps the level it was made with; here the level is asked with each line, so that a change reaches all. */
function levelled(sink: Logger, threshold: () => number): Logger {
  const at =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      if (rank[level] >= threshold()) sink[level](fields, message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => levelled(sink.child(fields), threshold),
  };
}

/** `error` is an `ErrorInfo` as a rule; an Error under that name would serialise to nothing. */
function errorOf(value: unknown): unknown {
  return value instanceof Error ? pino.stdSerializers.err(value) : value;
}

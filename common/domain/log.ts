import * as z from 'zod';

export const LogLevel = z.enum(['debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

/** One line of the log, already free of secrets and message text. */
export const LogEntry = z.object({
  /** Grows by one with each line of a running program. */
  seq: z.int(),
  time: z.int(),
  level: LogLevel,
  /** The part of the program that speaks: `tunnel`, `gateway`, `relay`, `settings` … */
  module: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** What a room needs of a logger; pino's loggers fit. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds `fields` (usually `{ module }`) to every line. */
  child(fields: Record<string, unknown>): Logger;
}

/** A logger that says nothing. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

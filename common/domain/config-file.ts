import * as z from 'zod';
import { ErrorInfo, type ErrorParams } from '../errors/app-error.ts';

/** A configuration file of a running program: what of it is in force, and what is not. */
export const ConfigFileView = z.object({
  /** Absolute. */
  path: z.string(),
  /** When what is in force was read, milliseconds since the epoch. */
  readAt: z.int(),
  /** Why the file as it is now was not taken; null when it is in force. */
  error: ErrorInfo.nullable(),
  /** Keys that have changed and take effect at the next start. */
  restart: z.array(z.string()),
});
export type ConfigFileView = z.infer<typeof ConfigFileView>;

/** What can be wrong at one place of a configuration file; each has words, `config.problem.…`. */
export const configReasons = [
  'syntax',
  'unknown_key',
  'missing',
  'value',
  'duplicate',
  'secret',
  'unknown_name',
] as const;
export type ConfigReason = (typeof configReasons)[number];

/** The words for the parameters of CONFIG_INVALID: which sentence of `config.problem`, and what to put into it. */
export function configProblem(params: ErrorParams): {
  readonly reason: ConfigReason | 'unreadable';
  readonly words: { readonly place: string; readonly key: string; readonly allowed: string };
} {
  const { file = '', line, column, key = '', reason = '', allowed = '' } = params;
  const place = line === undefined ? String(file) : [file, line, column ?? 1].join(':');
  const known = configReasons.find((one) => one === reason);
  return {
    reason: known ?? 'unreadable',
    words: {
      place,
      key: String(key),
      allowed: known === undefined ? String(reason) : String(allowed),
    },
  };
}

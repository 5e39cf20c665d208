import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Where a command writes and what it reads besides its arguments; tests give their own. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

/** A command line that makes no sense: exit code 2, and the help is named. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface ParsedCommand {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** Parses options strictly. Throws {@link UsageError}. */
export function parseCommand(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): ParsedCommand {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : 'bad arguments');
  }
}

/** The value of an option that takes a text. */
export function text(command: ParsedCommand, name: string): string | undefined {
  const value = command.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The same, where it has to be given. Throws {@link UsageError}. */
export function requiredText(command: ParsedCommand, name: string): string {
  const value = text(command, name);
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing`);
  return value;
}

/** All values of an option that may be given several times. */
export function texts(command: ParsedCommand, name: string): string[] {
  const value = command.values[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

export const DEFAULT_DATA_DIR = '/var/lib/causeway-relay';

export const dataDirOption = {
  'data-dir': { type: 'string', default: DEFAULT_DATA_DIR },
} as const satisfies ParseArgsOptionsConfig;

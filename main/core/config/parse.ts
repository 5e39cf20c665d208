import { parse, TomlError } from 'smol-toml';
import type * as z from 'zod';
import type { ConfigReason } from '../../../common/domain/config-file.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import { locateKeys, pathText, type Path, type Position } from './positions.ts';
import { ConfigSchema, type ConfigValues } from './schema.ts';

/** Longest file that is read, bytes. */
export const MAX_CONFIG_BYTES = 1 << 20;

/** One thing that is wrong with a configuration file. Values are not repeated: they may be secrets. */
export interface ConfigProblem extends Position {
  /** `bots[0].token`; empty where the text is no TOML. */
  readonly key: string;
  readonly reason: Exclude<ConfigReason, 'unknown_name'>;
  /** What may stand there instead. */
  readonly allowed: string;
}

/** A file that was read without a problem, and where its keys stand. */
export interface ParsedConfig {
  readonly values: ConfigValues;
  readonly locate: (path: Path) => Position;
}

/** What is wrong with a file, in the order of the file. */
export interface Refused {
  readonly problems: readonly ConfigProblem[];
}

/** Reads a configuration file's text; all that is wrong with it, in the order of the file. */
export function parseConfig(text: string): ParsedConfig | Refused {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.split('\n');
    const allowed = what.replace(/^Invalid TOML document: /, '');
    return {
      problems: [{ line: error.line, column: error.column, key: '', reason: 'syntax', allowed }],
    };
  }
  const locate = locateKeys(text);
  const result = ConfigSchema.safeParse(raw, { reportInput: true });
  const problems = result.success
    ? []
    : result.error.issues.flatMap((issue) => ofIssue(issue, locate));
  if (result.success) problems.push(...contradictions(result.data, locate));
  if (!result.success || problems.length > 0) {
    return { problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column) };
  }
  return { values: result.data, locate };
}

/** The first problem as an error: CONFIG_INVALID {file, line, column, key, reason, allowed, more}. */
export function configError(file: string, problems: readonly ConfigProblem[]): AppError {
  const [first] = problems;
  return new AppError('CONFIG_INVALID', {
    file,
    ...(first ?? {}),
    ...(problems.length > 1 ? { more: problems.length - 1 } : {}),
  });
}

/** What a schema of `fields.ts` says of a value, as problems of the file that `locate` knows its way in. */
export function ofIssue(
  issue: z.core.$ZodIssue,
  locate: (path: Path) => Position,
): ConfigProblem[] {
  const problem = (
    path: Path,
    reason: ConfigProblem['reason'],
    allowed = issue.message,
  ): ConfigProblem => ({ ...locate(path), key: pathText(path), reason, allowed });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem([...issue.path, key], 'unknown_key'));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // Where a table was meant, what is wrong in it says more than what else could have stood there.
    const inner = issue.errors.find((issues) => issues.every(({ path }) => path.length > 0));
    if (inner !== undefined) {
      return inner.flatMap((one) =>
        ofIssue({ ...one, path: [...issue.path, ...one.path] }, locate),
      );
    }
  }
  return [problem(issue.path, issue.input === undefined ? 'missing' : 'value')];
}

/** What no single value shows: names given twice, keys that exclude each other. */
function contradictions(values: ConfigValues, locate: (path: Path) => Position): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (path: Path, reason: ConfigProblem['reason'], allowed: string): void =>
    void problems.push({ ...locate(path), key: pathText(path), reason, allowed });

  for (const kind of ['bots', 'targets', 'services'] as const) {
    const seen = new Set<string>();
    for (const [index, { id }] of (values[kind] ?? []).entries()) {
      if (seen.has(id)) report([kind, index, 'id'], 'duplicate', 'a name that is not used yet');
      seen.add(id);
    }
  }
  const routeIds = new Set<string>();
  for (const [index, { id }] of (values.routes ?? []).entries()) {
    if (id === undefined) continue;
    if (routeIds.has(id))
      report(['routes', index, 'id'], 'duplicate', 'a name that is not used yet');
    routeIds.add(id);
  }
  for (const [index, target] of (values.targets ?? []).entries()) {
    if ((target.url === undefined) === (target.websocket !== true)) {
      report(['targets', index, 'url'], 'value', 'either url = "…" or websocket = true');
    }
  }
  for (const kind of ['routes', 'services'] as const) {
    for (const [index, entry] of (values[kind] ?? []).entries()) {
      if (entry.target !== undefined && entry.targets !== undefined) {
        report([kind, index, 'targets'], 'value', 'either target or targets');
      }
    }
  }
  let defaults = 0;
  for (const [index, bot] of (values.bots ?? []).entries()) {
    if (bot.default !== true) continue;
    defaults += 1;
    if (bot.kind === 'robot' || defaults > 1) {
      report(['bots', index, 'default'], 'value', 'true for one bot that receives callbacks');
    }
  }
  const pool = values.connection_pool;
  if ((pool?.max_idle ?? 0) > (pool?.max_open ?? Infinity)) {
    report(['connection_pool', 'max_idle'], 'value', 'not more than max_open');
  }
  return problems;
}

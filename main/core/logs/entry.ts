import type { LogEntry, LogLevel } from '../../../common/domain/log.ts';
import { redact } from '../../../common/text/redact.ts';

type Field = string | number | boolean;

/** Bounds of one line, so that no caller can make the log grow by what it was handed. */
const MAX_FIELDS = 40;
const MAX_DEPTH = 4;
const MAX_TEXT = 4_000;

/** Members whose value is a secret whatever it looks like. */
const secretName =
  /(?:token|secret|password|passwd|authorization|cookie|webhook|private_?key|aes_?key|api_?key)$/i;

/** Members of a pino line that are not fields. */
const ownNames: ReadonlySet<string> = new Set(['level', 'time', 'module', 'msg']);

/** A pino line as an entry: flat fields under dotted names, secrets taken out of every string, bounded. */
export function toEntry(line: Record<string, unknown>, seq: number): LogEntry {
  const fields: Record<string, Field> = {};
  for (const [name, value] of Object.entries(line)) {
    if (!ownNames.has(name)) flatten(fields, name, value, 1);
  }
  return {
    seq,
    time: typeof line['time'] === 'number' ? line['time'] : 0,
    level: toLevel(line['level']),
    module: clean(typeof line['module'] === 'string' ? line['module'] : 'core'),
    message: clean(typeof line['msg'] === 'string' ? line['msg'] : ''),
    fields,
  };
}

/** pino's numbers: 20 debug, 30 info, 40 warn, 50 error. */
function toLevel(level: unknown): LogLevel {
  if (typeof level !== 'number') return 'info';
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}

function flatten(out: Record<string, Field>, name: string, value: unknown, depth: number): void {
  if (value === null || value === undefined || Object.keys(out).length >= MAX_FIELDS) return;
  if (secretName.test(name) && typeof value !== 'boolean') {
    out[name] = '[redacted]';
  } else if (typeof value === 'number' || typeof value === 'boolean') {
    out[name] = value;
  } else if (typeof value === 'string') {
    out[name] = clean(value);
  } else if (Array.isArray(value) || depth >= MAX_DEPTH) {
    out[name] = clean(JSON.stringify(value));
  } else if (typeof value === 'object') {
    for (const [member, inner] of Object.entries(value)) {
      flatten(out, `${name}.${member}`, inner, depth + 1);
    }
  }
}

function clean(text: string): string {
  const bounded = text.length > MAX_TEXT * 2 ? text.slice(0, MAX_TEXT * 2) : text;
  const safe = redact(bounded);
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
}

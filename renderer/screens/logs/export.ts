import type { LogItem } from './filter.ts';

/** The lines shown as NDJSON: one JSON object a line, time as ISO 8601 in UTC, a line break after the last. */
export function toNdjson(items: readonly LogItem[]): string {
  let out = '';
  for (const item of items) {
    if (item.kind === 'gap') continue;
    const { seq, time, level, module, message, fields } = item.entry;
    const line = { time: new Date(time).toISOString(), level, module, message, fields, seq };
    out += `${JSON.stringify(line)}\n`;
  }
  return out;
}

/** `causeway-log-20261103-140322.ndjson`, by the local clock. */
export function exportName(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(at.getFullYear())}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `causeway-log-${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}.ndjson`;
}

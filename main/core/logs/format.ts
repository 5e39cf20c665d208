import { LogEntry } from '../../../common/domain/log.ts';

/** `14:03:59 warn  tunnel   lost the relay  code=SESSION_LOST`; a line that is not an entry stays as it is. */
export function formatLine(line: string): string {
  let entry: LogEntry;
  try {
    entry = LogEntry.parse(JSON.parse(line));
  } catch {
    return line;
  }
  const time = new Date(entry.time).toTimeString().slice(0, 8);
  const fields = Object.entries(entry.fields).map(([name, value]) => `${name}=${String(value)}`);
  return [
    time,
    entry.level.padEnd(5),
    entry.module.padEnd(8),
    [entry.message, ...fields].join('  '),
  ].join(' ');
}

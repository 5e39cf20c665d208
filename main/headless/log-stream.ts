import { Writable } from 'node:stream';
import { LogEntry } from '../../common/domain/log.ts';

/** Turns the log's JSON lines into lines for a person at a terminal. */
export function readableLog(out: NodeJS.WritableStream): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of String(chunk).split('\n')) {
        if (line !== '') out.write(`${formatLine(line)}\n`);
      }
      done();
    },
  });
}

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

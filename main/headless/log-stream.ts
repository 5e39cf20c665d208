import { Writable } from 'node:stream';
import { formatLine } from '../core/index.ts';

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

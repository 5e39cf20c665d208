import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Build output: programs in `out/node` and `out/desktop`, the console in `out/renderer`. */
export const out = join(root, 'out');

/** Writes to stderr: stdout of `npm start` belongs to the program. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

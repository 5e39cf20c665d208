import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const script = fileURLToPath(new URL('testing/run-thread-order.ts', import.meta.url));

it.each([
  [1, 'long short'],
  [2, 'short long'],
  [8, 'short long'],
])('with %i worker threads a short compression ends in this order: %s', async (threads, order) => {
  const { stdout } = await run(process.execPath, [script, String(threads)]);
  expect(stdout).toBe(order);
});

// `npm test`: finds or installs what the tests need, builds, runs the suites, and ends with a line of counts.
// `--faults` adds the injected faults T1 to T30 (four minutes), `npm run test:long` these and the runs that take longer still.
// Further arguments go to vitest.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from './lib/build.ts';
import { ensureDebianPackages } from './lib/chromium.ts';
import { root, say } from './lib/paths.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

const args = process.argv.slice(2);
const long = args.includes('--long');
const faults = long || args.includes('--faults');
const passed = args.filter((argument) => argument !== '--long' && argument !== '--faults');

ensureDebianPackages(say);
await buildIfStale();

const scratch = await mkdtemp(join(tmpdir(), 'causeway-test-'));
const report = join(scratch, 'report.json');
const projects = [
  'unit',
  'integration',
  'e2e',
  ...(faults ? ['faults'] : []),
  ...(long ? ['long'] : []),
];
const vitest = [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  ...projects.flatMap((project) => ['--project', project]),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...passed,
];
const code = await new Promise<number>((resolve) => {
  spawn(process.execPath, vitest, { stdio: 'inherit', cwd: root }).on('exit', (exit) => {
    resolve(exit ?? 1);
  });
});

const counts = await readFile(report, 'utf8').then(
  (text) => JSON.parse(text) as Report,
  () => null,
);
await rm(scratch, { recursive: true, force: true });
if (counts === null) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
// A file that does not even load has no failed test of its own.
const broken = counts.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
).length;
const failed =
  counts.numFailedTests + broken + (code !== 0 && counts.numFailedTests + broken === 0 ? 1 : 0);
const skipped = counts.numPendingTests + counts.numTodoTests;
console.log(
  `${counts.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(failed === 0 && counts.numPassedTests > 0 ? 0 : 1);

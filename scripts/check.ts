// `npm run check`: types, lint, format and the lockfile, side by side.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './lib/paths.ts';

const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const checks: readonly (readonly [string, readonly string[]])[] = [
  ['types (node)', [bin('tsc'), '-p', 'tsconfig.json']],
  ['types (renderer)', [bin('tsc'), '-p', 'renderer/tsconfig.json']],
  ['types (e2e)', [bin('tsc'), '-p', 'tests/e2e/tsconfig.json']],
  ['lint', [bin('oxlint'), '--type-aware', '--deny-warnings', '.']],
  ['format', [bin('prettier'), '--check', '--log-level', 'warn', '.']],
];

async function run([name, [command, ...args]]: (typeof checks)[number]): Promise<boolean> {
  const chunks: Buffer[] = [];
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn(command ?? '', args, { cwd: root });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('exit', resolve);
  });
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (code !== 0) console.log(Buffer.concat(chunks).toString());
  return code === 0;
}

const results = await Promise.all(checks.map(run));
process.exit(results.every(Boolean) ? 0 : 1);

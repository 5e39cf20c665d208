// `npm run dev`: the headless program in practice mode, built anew whenever a source changes.
import { spawn, type ChildProcess } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './lib/build.ts';
import { out, root, say } from './lib/paths.ts';

const WATCHED = ['common', 'main', 'gateway', 'relay', 'practice', 'renderer'];
const SETTLE_MS = 200;

let running: ChildProcess | null = null;
let timer: NodeJS.Timeout | undefined;
let building: Promise<void> = Promise.resolve();

async function restart(): Promise<void> {
  try {
    await buildAll();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return;
  }
  const previous = running;
  if (previous !== null && previous.exitCode === null) {
    await new Promise((resolve) => {
      previous.once('exit', resolve);
      previous.kill('SIGTERM');
    });
  }
  running = spawn(
    process.execPath,
    [join(out, 'node', 'causeway.js'), 'start', '--practice', ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
}

for (const folder of WATCHED) {
  watch(join(root, folder), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(restart);
    }, SETTLE_MS);
  });
}
building = restart();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exit(0);
  });
}

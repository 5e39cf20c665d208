// `npm start [-- --practice] [--json] [--data-dir DIR] [--headless]`: builds what is missing and starts the desktop app, or
// the same program headless where no Electron runtime can be had.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale } from './lib/build.ts';
import { findElectron } from './lib/electron.ts';
import { out, root, say } from './lib/paths.ts';

const args = process.argv.slice(2);
const wantsHeadless = args.includes('--headless') || args.includes('--json');
const passed = args.filter((argument) => argument !== '--headless');

await buildIfStale();

const electron = wantsHeadless ? null : await findElectron(say);
if (electron === null) {
  if (!wantsHeadless) {
    say(
      'No Electron runtime is to be had here: starting headless; the console opens in a browser.',
    );
  }
  const program = join(out, 'node', 'causeway.js');
  process.argv = [process.execPath, program, 'start', ...passed];
  await import(pathToFileURL(program).href);
} else {
  const child = spawn(electron, [root, ...passed], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 0));
}

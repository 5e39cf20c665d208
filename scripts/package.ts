// `npm run package [-- electron-builder's options]`: installers for this system, from a fresh build.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildAll } from './lib/build.ts';
import { root } from './lib/paths.ts';

await buildAll();
const builder = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'electron-builder', 'cli.js'),
    '--publish',
    'never',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', cwd: root },
);
builder.on('exit', (code) => process.exit(code ?? 1));

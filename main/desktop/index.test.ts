import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

// The rest of the program, which the second instance does not run.
vi.mock('./lifecycle.ts', () => ({ runDesktop: vi.fn<() => void>() }));

let dir: string;
const argv = process.argv;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'causeway-desktop-'));
  vi.resetModules();
});

afterEach(() => {
  process.argv = argv;
  rmSync(dir, { recursive: true, force: true });
});

it.each([
  [[], ''],
  [['--practice'], 'practice'],
  [['--data-dir', 'asked'], 'asked'],
  [['--practice', '--data-dir', 'asked'], 'asked'],
])('keeps its data apart: %s', async (args, place) => {
  process.argv = [
    'electron',
    '.',
    ...args.map((arg) => (arg === 'asked' ? relative(process.cwd(), join(dir, arg)) : arg)),
  ];
  const { app, callOrder } = await import('../../tests/fakes/electron.ts');
  app.paths.set('userData', dir);
  // Another instance runs: this one goes no further than it has to.
  app.hasLock = false;
  await import('./index.ts');
  expect(app.getPath('userData')).toBe(join(dir, place));
  expect(existsSync(app.getPath('userData'))).toBe(true);
  // The lock of the single instance lies there.
  expect(callOrder.slice(-2)).toEqual(['app.requestSingleInstanceLock', 'app.quit']);
});

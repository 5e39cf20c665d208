import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AppError } from '../../../common/errors/app-error.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { lockDirectory } from './lock.ts';

test('a second program on one data directory is refused and told whose it is', () => {
  const dir = tempDir();
  const lock = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow(
    new AppError('DATA_DIR_IN_USE', { dir, pid: process.pid }),
  );
  lock.release();
  lockDirectory(dir).release();
});

test('the lock of a program that was killed is taken over, another one is not', async () => {
  const dir = tempDir();
  const source = fileURLToPath(new URL('./lock.ts', import.meta.url));
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(source)});
    lockDirectory(${JSON.stringify(dir)});
    process.stdout.write('locked');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(() => lockDirectory(dir)).toThrow(
    new AppError('DATA_DIR_IN_USE', { dir, pid: child.pid ?? 0 }),
  );

  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  lockDirectory(dir).release();
});

test('a pid file that says nonsense costs only the pid', () => {
  const dir = tempDir();
  const lock = lockDirectory(dir);
  writeFileSync(join(dir, 'causeway.pid'), 'x');
  expect(() => lockDirectory(dir)).toThrow(new AppError('DATA_DIR_IN_USE', { dir, pid: 0 }));
  lock.release();
});

test('a pid that cannot be written or taken away costs only the pid', () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'causeway.pid'));
  const lock = lockDirectory(dir);
  expect(() => lockDirectory(dir)).toThrow(new AppError('DATA_DIR_IN_USE', { dir, pid: 0 }));
  lock.release();
  lockDirectory(dir).release();
});

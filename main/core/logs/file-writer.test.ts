import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { createFileWriter } from './file-writer.ts';

const line = (number: number): string => `${String(number).padStart(99, '0')}\n`;

test('it rotates by size and keeps so many files', async () => {
  const dir = tempDir();
  const file = join(dir, 'a.log');
  for (let batch = 0; batch < 10; batch++) {
    const writer = createFileWriter({
      file,
      maxBytes: 1_000,
      files: 3,
      onTrouble: () => undefined,
    });
    for (let number = 0; number < 5; number++) writer.write(line(batch * 5 + number));
    await writer.close();
  }
  expect(readdirSync(dir).toSorted()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
  for (const name of readdirSync(dir))
    expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(1_000);
  const lines = ['a.log.2', 'a.log.1', 'a.log']
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').trim().split('\n'))
    .map(Number);
  expect(lines.at(-1)).toBe(49);
  expect(lines).toEqual(lines.map((_, index) => (lines[0] ?? 0) + index));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a disk that takes nothing is told once, and again when it does', async () => {
  const dir = tempDir();
  const blocked = join(dir, 'logs');
  writeFileSync(blocked, 'a file where the directory should be');
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  const { promise: recovered, resolve: recover } = Promise.withResolvers<number>();
  const events: boolean[] = [];
  const file = join(blocked, 'a.log');
  const writer = createFileWriter({
    file,
    maxBytes: 1_000,
    files: 2,
    retryMs: 0,
    onTrouble: ({ failing, lost }) => {
      events.push(failing);
      if (failing) fail();
      else recover(lost);
    },
  });
  writer.write(line(1));
  await failed;
  rmSync(blocked);
  mkdirSync(blocked);
  writer.write(line(2));
  expect(await recovered).toBe(1);
  await writer.close();
  expect(events).toEqual([true, false]);
  expect(readFileSync(file, 'utf8')).toBe(line(2));
});

test('what is queued is written when the program dies', () => {
  const file = join(tempDir(), 'a.log');
  const writer = createFileWriter({ file, maxBytes: 1_000, files: 2, onTrouble: () => undefined });
  writer.write(line(1));
  writer.write(line(2));
  writer.flushSync();
  expect(readFileSync(file, 'utf8')).toContain(line(2));
});

test('a line that was cut off, by a full disk or a kill, spoils none after it', async () => {
  const file = join(tempDir(), 'a.log');
  writeFileSync(file, `${line(1)}{"seq":2,"mess`);
  for (const number of [3, 4]) {
    const writer = createFileWriter({
      file,
      maxBytes: 1_000,
      files: 2,
      onTrouble: () => undefined,
    });
    writer.write(line(number));
    await writer.close();
  }
  expect(readFileSync(file, 'utf8')).toBe(`${line(1)}{"seq":2,"mess\n${line(3)}${line(4)}`);
});

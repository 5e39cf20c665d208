import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { tempDir } from '../testing/temp-dir.ts';
import { watchFiles } from './watch-files.ts';

it('tells of a file that was written, replaced or taken away, and of one that others newly name', async () => {
  const dir = tempDir();
  const [one, two] = [join(dir, 'one'), join(dir, 'two')];
  writeFileSync(one, 'a');
  const named = [one];
  const onChange = vi.fn<() => Promise<void>>(async () => undefined);
  const times = async (count: number): Promise<void> => {
    await expect.poll(() => onChange.mock.calls.length).toBe(count);
  };
  onTestFinished(await watchFiles({ files: () => named, onChange, lookMs: 5 }));
  writeFileSync(one, 'ab');
  await times(1);
  named.push(two);
  rmSync(one);
  await times(2);
  writeFileSync(two, 'new');
  await times(3);
});

it('waits for the end of what is being written', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const file = join(tempDir(), 'file');
  writeFileSync(file, 'whole');
  const seen: number[] = [];
  let size = 0;
  const stop = await watchFiles({
    // Each look finds more of it, until it is all there.
    files: () => {
      if (size > 0 && size < 5) writeSync(open, 'x'.repeat(size++));
      return [file];
    },
    onChange: async () => void seen.push(size),
    lookMs: 1_000,
  });
  const open = openSync(file, 'w');
  onTestFinished(() => {
    stop();
    closeSync(open);
  });
  size = 1;
  await vi.advanceTimersByTimeAsync(1_000);
  await expect.poll(() => seen).toEqual([5]);
});

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bundlePrograms } from '../../scripts/lib/build.ts';
import { root } from '../../scripts/lib/paths.ts';

/**
 * Bundles a program (its source, from the root) as the build does and gives back the file, which goes when the test ends. Node starts it
 * in a third of the time that it needs to find, strip and compile each source: that is most of the life of a process that is to be killed.
 */
export async function bundleProgram(source: string): Promise<string> {
  const folder = join(root, '.cache', 'programs');
  await mkdir(folder, { recursive: true });
  const outdir = await mkdtemp(join(folder, 'test-'));
  onTestFinished(() => rm(outdir, { recursive: true, force: true }));
  const name = basename(source, '.ts');
  await bundlePrograms({ [name]: source }, outdir, '0.0.0-test');
  return join(outdir, `${name}.js`);
}

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Text of a file, or null where there is none. */
export async function readPrivate(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces a file as a whole, mode 0600, in a directory of mode 0700. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  // A file left by a crash may have another mode, which writing to it would keep.
  await rm(next, { force: true });
  await writeFile(next, text, { mode: 0o600, flush: true });
  await rename(next, file);
}

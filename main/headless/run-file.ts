import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** How the other commands find and drive a running program. The token is a credential: the file is its owner's alone. */
export const RunInfo = z.object({
  pid: z.int(),
  /** `http://127.0.0.1:P` */
  console: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }),
  token: z.string(),
});
export type RunInfo = z.infer<typeof RunInfo>;

const pathIn = (dataDir: string): string => join(dataDir, 'run.json');

export async function writeRunFile(dataDir: string, info: RunInfo): Promise<void> {
  const file = pathIn(dataDir);
  const draft = `${file}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(info)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}

/** Null when there is none or it is not one. Throws the system's error where this user may not read it. */
export async function readRunFile(dataDir: string): Promise<RunInfo | null> {
  let text: string;
  try {
    text = await readFile(pathIn(dataDir), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  try {
    return RunInfo.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export async function removeRunFile(dataDir: string): Promise<void> {
  await rm(pathIn(dataDir), { force: true });
}

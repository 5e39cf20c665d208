import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A file that a member sent, decrypted. */
export interface SpooledFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  open(): Readable;
}

/** Files of received messages on disk, for a time and up to a size. */
export interface Spool {
  /** Null where there is none. */
  find(key: string): Promise<SpooledFile | null>;
  /** Where to write a file before {@link keep}. */
  draft(key: string): Promise<string>;
  keep(key: string, name: string): Promise<SpooledFile>;
  /** Deletes what is too old, and the oldest of what is too much. */
  prune(): Promise<void>;
}

/** Keeps files in `dir` for `maxAgeMs`, at most `maxBytes` of them in all. Keys are file names. */
export function createSpool(
  dir: string,
  bounds: { readonly maxAgeMs: number; readonly maxBytes: number },
  now: () => number,
): Spool {
  const data = (key: string): string => join(dir, `${key}.data`);
  const name = (key: string): string => join(dir, `${key}.name`);
  const remove = (key: string): Promise<unknown> =>
    Promise.all([rm(data(key), { force: true }), rm(name(key), { force: true })]);

  async function find(key: string): Promise<SpooledFile | null> {
    const file = await stat(data(key)).catch(() => null);
    const shown = await readFile(name(key), 'utf8').catch(() => null);
    if (file === null || shown === null || file.mtimeMs < now() - bounds.maxAgeMs) return null;
    return { name: shown, size: file.size, open: () => createReadStream(data(key)) };
  }

  return {
    find,
    async draft(key) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      return join(dir, `${key}.draft`);
    },
    async keep(key, shown) {
      await writeFile(name(key), shown, { mode: 0o600 });
      await rename(join(dir, `${key}.draft`), data(key));
      const kept = await find(key);
      if (kept === null) throw new Error('spooled file is gone');
      return kept;
    },
    async prune() {
      const names = await readdir(dir).catch(() => []);
      const files = await Promise.all(
        names.map(async (file) => ({ file, info: await stat(join(dir, file)).catch(() => null) })),
      );
      const newest = files
        .flatMap(({ file, info }) => (info === null ? [] : [{ file, info }]))
        .toSorted((a, b) => b.info.mtimeMs - a.info.mtimeMs);
      let total = 0;
      for (const { file, info } of newest) {
        total += info.size;
        if (info.mtimeMs >= now() - bounds.maxAgeMs && total <= bounds.maxBytes) continue;
        await (file.endsWith('.data')
          ? remove(file.slice(0, -'.data'.length))
          : rm(join(dir, file), { force: true }));
      }
    },
  };
}

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../../common/errors/app-error.ts';

/** A file on disk for the time of one upload: its digest decides whether it has to be uploaded at all. */
export interface Spooled {
  readonly size: number;
  /** Lower hex SHA-256. */
  readonly digest: string;
  /** Its first bytes, at most 16. */
  readonly head: Buffer;
  open(): Readable;
  remove(): Promise<void>;
}

/** Writes a stream to a file of its own in `dir`, at most `limit` bytes. Throws MEDIA_REFUSED {reason} beyond that. */
export async function spool(
  dir: string,
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Spooled> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, randomUUID());
  const remove = (): Promise<void> => rm(file, { force: true });
  const hash = createHash('sha256');
  let size = 0;
  let head = Buffer.alloc(0);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      for await (const chunk of body) {
        size += chunk.length;
        if (size > limit) throw tooLarge(limit);
        if (head.length < 16) head = Buffer.concat([head, chunk.subarray(0, 16 - head.length)]);
        hash.update(chunk);
        await handle.writeFile(chunk);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { size, digest: hash.digest('hex'), head, open: () => createReadStream(file), remove };
}

function tooLarge(limit: number): AppError {
  return new AppError('MEDIA_REFUSED', { reason: `over ${limit} bytes`, limit });
}

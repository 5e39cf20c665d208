import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A log file that never gets in the way of the program. */
export interface FileWriter {
  /** Queues a line; drops it when the queue is full or the disk does not take any. */
  write(line: string): void;
  /** Writes what is queued at once, for a program that is about to die. */
  flushSync(): void;
  close(): Promise<void>;
}

export interface FileWriterOptions {
  readonly file: string;
  /** Bytes after which the file is rotated. */
  readonly maxBytes: number;
  /** Files kept, the current one included. */
  readonly files: number;
  /** Told once when writing begins to fail, and once, with what was lost, when it works again. */
  readonly onTrouble: (event: { failing: boolean; reason: string; lost: number }) => void;
  /** Milliseconds before a failed write is tried again. */
  readonly retryMs?: number;
}

/** Bytes that may wait for a slow disk. */
const QUEUE_BYTES = 4 * 1024 * 1024;

/**
 * Appends lines in batches and rotates `name`, `name.1`, … by size. An error (disk full, removed directory) closes the file;
 * lines are counted as lost until a later try succeeds.
 */
export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { file, maxBytes, files, onTrouble, retryMs = 5_000 } = options;
  let queue: string[] = [];
  let queued = 0;
  let lost = 0;
  let failing = false;
  let retryAt = 0;
  let size = 0;
  let handle: FileHandle | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  const reopen = async (): Promise<FileHandle> => {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const opened = await open(file, 'a', 0o600);
    size = (await opened.stat()).size;
    if (size > 0 && (await isTorn(file, size))) {
      await opened.appendFile('\n');
      size += 1;
    }
    return opened;
  };

  const rotate = async (): Promise<void> => {
    await handle?.close();
    handle = undefined;
    await rm(`${file}.${files - 1}`, { force: true });
    for (let number = files - 2; number >= 0; number--) {
      const from = number === 0 ? file : `${file}.${number}`;
      await rename(from, `${file}.${number + 1}`).catch(ignoreMissing);
    }
  };

  const append = async (batch: string): Promise<void> => {
    handle ??= await reopen();
    const bytes = Buffer.byteLength(batch);
    if (size > 0 && size + bytes > maxBytes) {
      await rotate();
      handle = await reopen();
    }
    await handle.appendFile(batch);
    size += bytes;
  };

  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      queued = 0;
      try {
        await append(batch.join(''));
        if (!failing) continue;
        failing = false;
        const missing = lost;
        lost = 0;
        onTrouble({ failing: false, reason: '', lost: missing });
      } catch (error) {
        lost += batch.length;
        retryAt = Date.now() + retryMs;
        await handle?.close().catch(() => undefined);
        handle = undefined;
        if (failing) continue;
        failing = true;
        onTrouble({ failing: true, reason: codeOf(error), lost });
      }
    }
    // Cleared here and not in a finally: a line that is queued from now on has to start a new run.
    running = undefined;
  };

  const start = (): void => {
    running ??= drain();
  };

  return {
    write(line) {
      if (closed) return;
      if (queued + line.length > QUEUE_BYTES || (failing && Date.now() < retryAt)) {
        lost += 1;
        return;
      }
      queue.push(line);
      queued += line.length;
      start();
    },
    flushSync() {
      const batch = queue.join('');
      queue = [];
      queued = 0;
      if (batch === '') return;
      try {
        const descriptor = openSync(file, 'a', 0o600);
        writeSync(descriptor, batch);
        closeSync(descriptor);
      } catch {
        // The program is dying and the disk is full: nobody is left to tell.
      }
    },
    async close() {
      closed = true;
      await running;
      await handle?.close().catch(() => undefined);
      handle = undefined;
    },
  };
}

/** Whether the last line was cut off, by a disk that was full or a program that was killed: it must not spoil the next one. */
async function isTorn(file: string, size: number): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
      return bytesRead === 1 && buffer[0] !== 0x0a;
    } finally {
      await handle.close();
    }
  } catch {
    // One that can be written and not read.
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

import { stat } from 'node:fs/promises';
import { AppError } from '../../../common/errors/app-error.ts';
import { connectTo, type Connection } from '../client.ts';
import type { Io } from '../io.ts';
import { readRunFile, type RunInfo } from '../run-file.ts';
import type { Words } from '../words.ts';

/** What every command works with. */
export interface CommandContext {
  readonly io: Io;
  readonly words: Words;
  readonly dataDir: string;
}

/** A command line that makes no sense: exit code 2. Its message is in the user's language. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** No program runs on the data directory: exit code 3. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

export function print(stream: NodeJS.WritableStream, text: string): void {
  stream.write(text.endsWith('\n') ? text : `${text}\n`);
}

/**
 * A program of root's own on a data directory that was made for a service of another user would leave files there that the
 * service cannot open. Throws {@link UsageError}.
 */
export async function requireOwner({ dataDir, words }: CommandContext): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const uid = await stat(dataDir).then(
    (info) => info.uid,
    () => 0,
  );
  if (uid !== 0)
    throw new UsageError(words.t('cli.usage.otherOwner', { dir: dataDir, uid: String(uid) }));
}

/** The running program of a data directory. Throws {@link NotRunningError}. */
export async function findRunning(dataDir: string): Promise<RunInfo> {
  const run = await readRunFile(dataDir);
  if (run === null) throw new NotRunningError();
  return run;
}

/** Connects to the running program for the length of `work`. Throws {@link NotRunningError}. */
export async function withRunning<T>(
  dataDir: string,
  work: (client: Connection['client']) => Promise<T>,
): Promise<T> {
  const run = await findRunning(dataDir);
  const connection = await connectTo(run).catch((error: unknown) => {
    // The file of a program that was killed stays behind.
    throw error instanceof AppError && error.code === 'HOST_GONE' ? new NotRunningError() : error;
  });
  try {
    return await work(connection.client);
  } finally {
    connection.close();
  }
}

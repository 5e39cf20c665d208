import { statSync } from 'node:fs';
import { setWorkerThreads } from '../../../gateway/index.ts';
import { DEFAULT_CONFIG, readConfigFile } from './config-file.ts';

/** The `config.toml` that was named, else the one at the guide's place; undefined where there is none. */
export function findConfigFile(named?: string): string | undefined {
  if (named !== undefined) return named;
  const there = statSync(DEFAULT_CONFIG, { throwIfNoEntry: false });
  return there?.isFile() === true ? DEFAULT_CONFIG : undefined;
}

/**
 * Applies what a process can decide only once, before it looks up its first file or name off the main thread: `[server]
 * worker_threads`. A host calls it before anything else of the core. Throws CONFIG_INVALID.
 */
export function applyProcessConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const { worker_threads: threads } = readConfigFile(file, env).server;
  if (threads !== undefined) setWorkerThreads(threads);
}

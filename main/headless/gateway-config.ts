import { statSync } from 'node:fs';
import { DEFAULT_CONFIG, readConfigFile } from '../core/index.ts';

/** The `config.toml` that was named, else the one at the guide's place; undefined where there is none. */
export function findConfig(named: string | undefined): string | undefined {
  if (named !== undefined) return named;
  const there = statSync(DEFAULT_CONFIG, { throwIfNoEntry: false });
  return there?.isFile() === true ? DEFAULT_CONFIG : undefined;
}

/**
 * Applies what has to be known before the first file or name is looked up: the size of the pool of threads that does such work
 * (`[server] worker_threads`). Throws CONFIG_INVALID.
 */
export function readServer(file: string, env: Readonly<Record<string, string | undefined>>): void {
  const { server } = readConfigFile(file, env);
  // libuv looks at it when the pool is first used.
  if (server.worker_threads !== undefined) {
    process.env['UV_THREADPOOL_SIZE'] = String(server.worker_threads);
  }
}

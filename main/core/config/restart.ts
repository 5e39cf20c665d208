import { isDeepStrictEqual } from 'node:util';
import type { ConfigFile } from './index.ts';

/** Keys that are only looked at when the program starts. */
const fixed = {
  server: ['port', 'worker_threads'],
  tunnel: ['endpoint', 'retry_interval'],
  logging: ['format', 'output'],
  security: ['admin_listen', 'trusted_proxies'],
  storage: ['path'],
} as const satisfies Partial<Record<keyof ConfigFile, readonly string[]>>;

/** Those of them that differ between the file that the program was started with and the one that is in force. */
export function needsRestart(first: ConfigFile | null, now: ConfigFile): string[] {
  return Object.entries(fixed).flatMap(([place, keys]) => {
    const read = (file: ConfigFile | null): Readonly<Record<string, unknown>> =>
      file?.[place as keyof typeof fixed] ?? {};
    return keys
      .filter((key) => !isDeepStrictEqual(read(first)[key], read(now)[key]))
      .map((key) => `${place}.${key}`);
  });
}

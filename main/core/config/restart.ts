import type { ConfigFile } from './index.ts';

/** Keys that are only looked at when the program starts, of those that differ. */
export function needsRestart(before: ConfigFile | null, after: ConfigFile): string[] {
  const places = ['server', 'tunnel', 'logging', 'storage'] as const;
  const fixed = new Set([
    'port',
    'worker_threads',
    'endpoint',
    'retry_interval',
    'format',
    'output',
  ]);
  return places.flatMap((place) => {
    const old: Readonly<Record<string, unknown>> = before?.[place] ?? {};
    return Object.entries(after[place])
      .filter(([key]) => fixed.has(key) || (place === 'storage' && key === 'path'))
      .filter(([key, value]) => JSON.stringify(old[key]) !== JSON.stringify(value))
      .map(([key]) => `${place}.${key}`);
  });
}

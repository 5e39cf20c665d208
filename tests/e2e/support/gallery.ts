import { join } from 'node:path';
import { createServer } from 'vite';
import type { ScenarioName } from '../../../renderer/testing/scenarios.ts';
import { root } from '../../../scripts/lib/paths.ts';

/** What a page of the gallery shows: a screen of the console in a situation that a running program seldom is in. */
export interface GalleryState {
  readonly scenario: ScenarioName;
  /** What stands after `#/`. */
  readonly place: string;
}

/** The states that practice mode does not come into by itself. */
export const STATES: readonly GalleryState[] = [
  { scenario: 'unenrolled', place: 'enrol' },
  { scenario: 'authFile', place: 'enrol' },
  { scenario: 'authFile', place: 'overview' },
  { scenario: 'turnedDown', place: 'enrol' },
  { scenario: 'unenrolled', place: 'tunnel' },
  { scenario: 'online', place: 'tunnel' },
  { scenario: 'relays', place: 'tunnel' },
  { scenario: 'relays', place: 'overview' },
  { scenario: 'relays', place: 'tunnel?add=relay' },
  { scenario: 'failover', place: 'tunnel' },
  { scenario: 'failover', place: 'overview' },
  { scenario: 'fixed', place: 'tunnel' },
  { scenario: 'fixed', place: 'settings' },
  { scenario: 'fixed', place: 'bots' },
  { scenario: 'fixed', place: 'routes' },
  { scenario: 'fixed', place: 'routes?service=orders' },
];

export interface Gallery {
  address(state: GalleryState, locale: 'en' | 'zh-CN', theme: 'light' | 'dark'): string;
  close(): Promise<void>;
}

/** Serves the console over a host in memory that answers by the real contract (`renderer/testing`). */
export async function startGallery(): Promise<Gallery> {
  const server = await createServer({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    cacheDir: join(root, 'out', 'gallery'),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    optimizeDeps: { entries: ['testing/gallery.html'] },
  });
  await server.listen();
  const base = server.resolvedUrls?.local[0];
  if (base === undefined) throw new Error('the gallery has no address');
  return {
    address: ({ scenario, place }, locale, theme) =>
      `${base}testing/gallery.html?${new URLSearchParams({ scenario, locale, theme }).toString()}#/${place}`,
    close: () => server.close(),
  };
}

/** `failover-tunnel`, for a file name. */
export function stateName({ scenario, place }: GalleryState): string {
  return `${scenario}-${place.replaceAll(/[^a-z]+/gi, '-')}`;
}

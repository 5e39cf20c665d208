import { join } from 'node:path';
import { build, preview } from 'vite';
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
  { scenario: 'busy', place: 'messages' },
  { scenario: 'busy', place: 'routes' },
  { scenario: 'busy', place: 'services' },
  { scenario: 'broken', place: 'overview' },
  { scenario: 'broken', place: 'certificates' },
  { scenario: 'empty', place: 'bots' },
  { scenario: 'empty', place: 'messages' },
  { scenario: 'long', place: 'overview' },
  { scenario: 'long', place: 'tunnel' },
  { scenario: 'long', place: 'bots' },
  { scenario: 'long', place: 'routes' },
  { scenario: 'long', place: 'services' },
  { scenario: 'long', place: 'send' },
  { scenario: 'long', place: 'messages' },
  { scenario: 'long', place: 'logs' },
  { scenario: 'many', place: 'bots' },
  { scenario: 'many', place: 'bots/ward-150' },
  { scenario: 'many', place: 'routes' },
  { scenario: 'many', place: 'send' },
];

export interface Gallery {
  address(state: GalleryState, locale: 'en' | 'zh-CN', theme: 'light' | 'dark'): string;
  close(): Promise<void>;
}

/** Builds and serves the console over a host in memory that answers by the real contract (`renderer/testing`). */
export async function startGallery(): Promise<Gallery> {
  const outDir = join(root, 'out', 'gallery');
  await build({
    configFile: join(root, 'renderer', 'vite.config.ts'),
    logLevel: 'error',
    build: {
      outDir,
      rolldownOptions: { input: join(root, 'renderer', 'testing', 'gallery.html') },
    },
  });
  const server = await preview({
    configFile: false,
    root: outDir,
    logLevel: 'error',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0 },
  });
  const base = server.resolvedUrls?.local[0];
  if (base === undefined) throw new Error('the gallery has no address');
  return {
    address(state, locale, theme) {
      const { scenario, place } = state;
      // The place stands in the query too: addresses that differ in their hash alone are one page.
      const query = new URLSearchParams({ scenario, locale, theme, state: stateName(state) });
      return `${base}testing/gallery.html?${query.toString()}#/${place}`;
    },
    close: () => server.close(),
  };
}

/** `failover-tunnel`, for a file name. */
export function stateName({ scenario, place }: GalleryState): string {
  return `${scenario}-${place.replaceAll(/[^a-z]+/gi, '-')}`;
}

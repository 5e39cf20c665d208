import { useSyncExternalStore } from 'react';
import { rememberScroll } from '../app/scroll.ts';

/** Every screen of the relay's console, in the order of the rail. */
export const screenNames = [
  'overview',
  'tunnels',
  'traffic',
  'certificates',
  'audit',
  'settings',
] as const;
export type RelayScreen = (typeof screenNames)[number];

/** Where the console is: `#/tunnels/acme/domains`. */
export interface Route {
  readonly screen: RelayScreen;
  /** The tunnel that is open. */
  readonly param: string | null;
  /** The tab of it. */
  readonly tab: string | null;
}

const HOME: Route = { screen: 'overview', param: null, tab: null };

/** Reads a location hash; an unknown one is the overview. Never throws, whatever was typed. */
export function parseHash(hash: string): Route {
  const [name = '', param = '', tab = ''] = hash.replace(/^#\/?/, '').split('/');
  const screen = screenNames.find((each) => each === name);
  if (screen === undefined) return HOME;
  return { screen, param: param === '' ? null : decode(param), tab: tab === '' ? null : tab };
}

/** The hash of a place; also what links use as `href`. */
export function formatHash(screen: RelayScreen, param?: string, tab?: string): string {
  const parts = [screen, ...(param === undefined ? [] : [encodeURIComponent(param)])];
  return `#/${[...parts, ...(tab === undefined ? [] : [tab])].join('/')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Goes to a place; the browser's Back returns, to where it was scrolled. */
export function navigate(screen: RelayScreen, param?: string, tab?: string): void {
  rememberScroll();
  window.location.hash = formatHash(screen, param, tab);
}

/** Goes to a place in the stead of the present one, which is gone: Back does not return to it. */
export function leave(screen: RelayScreen, param?: string): void {
  window.history.replaceState(null, '', formatHash(screen, param));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

const read = ((): (() => Route) => {
  let last: { readonly hash: string; readonly route: Route } | null = null;
  return () => {
    const { hash } = window.location;
    if (last?.hash !== hash) last = { hash, route: parseHash(hash) };
    return last.route;
  };
})();

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, read);
}

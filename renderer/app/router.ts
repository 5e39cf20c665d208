import { useSyncExternalStore } from 'react';
import { rememberScroll } from './scroll.ts';
import { isScreenName, type ScreenName } from './screen-names.ts';

/** Where the console is: `#/messages/01J…?outcome=failed`. */
export interface Route {
  readonly screen: ScreenName;
  /** The one thing that is open on the screen, e.g. a message's id. */
  readonly param: string | null;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads a location hash; null when it names no screen. Never throws, whatever was typed. */
export function parseHash(hash: string): Route | null {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [screen = '', ...rest] = path.split('/');
  if (!isScreenName(screen)) return null;
  const param = rest.length === 0 ? '' : decode(rest.join('/'));
  return {
    screen,
    param: param === '' ? null : param,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The hash of a place in the console; also what links use as `href`. */
export function formatHash(
  screen: ScreenName,
  param: string | null = null,
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString();
  return `#/${screen}${param === null ? '' : `/${encodeURIComponent(param)}`}${search === '' ? '' : `?${search}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Goes to a screen; the browser's Back returns, to where it was scrolled. `replace` leaves no step behind, for filters;
 * `rename` also stays where it is scrolled: the same page goes on under another address.
 */
export function navigate(
  screen: ScreenName,
  param: string | null = null,
  query: Readonly<Record<string, string>> = {},
  how: 'push' | 'replace' | 'rename' = 'push',
): void {
  const hash = formatHash(screen, param, query);
  if (how !== 'replace') rememberScroll();
  if (how === 'push') {
    window.location.hash = hash;
    return;
  }
  window.history.replaceState(how === 'rename' ? window.history.state : null, '', hash);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

const HOME: Route = { screen: 'overview', param: null, query: {} };
const reader = ((): (() => Route) => {
  let last: { hash: string; route: Route } | null = null;
  return () => {
    const { hash } = window.location;
    if (last === null || last.hash !== hash) last = { hash, route: parseHash(hash) ?? HOME };
    return last.route;
  };
})();

/** The present route; an unknown one is the overview. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, reader);
}

import { useEffect } from 'react';
import type { ScreenName } from './screen-names.ts';

/** The letter after `g` that opens a screen. */
export const goKeys: Readonly<Record<string, ScreenName>> = {
  o: 'overview',
  m: 'messages',
  s: 'send',
  b: 'bots',
  r: 'routes',
  p: 'services',
  n: 'tunnel',
  c: 'certificates',
  l: 'logs',
  t: 'settings',
};

/** How long `g` waits for its letter, milliseconds. */
const WAIT_MS = 1500;

/** What a key means to the frame. `none` leaves it to whatever has the focus. */
export type KeyAct<Screen extends string> =
  | { readonly act: 'none' }
  | { readonly act: 'wait' }
  | { readonly act: 'help' }
  | { readonly act: 'search' }
  | { readonly act: 'go'; readonly screen: Screen };

/** Reads one key press; `waiting` says that `g` came just before. Pure, so that it is tested without a browser. */
export function readKey<Screen extends string>(
  screens: Readonly<Record<string, Screen>>,
  key: string,
  waiting: boolean,
): KeyAct<Screen> {
  if (waiting) {
    const letter = key.toLowerCase();
    const screen = Object.hasOwn(screens, letter) ? screens[letter] : undefined;
    return screen === undefined ? { act: 'none' } : { act: 'go', screen };
  }
  if (key === 'g') return { act: 'wait' };
  if (key === '?') return { act: 'help' };
  if (key === '/') return { act: 'search' };
  return { act: 'none' };
}

export interface FrameKeys<Screen extends string> {
  /** Screens by their letters after `g`; the same object each time. */
  readonly screens: Readonly<Record<string, Screen>>;
  readonly help: () => void;
  readonly go: (screen: Screen) => void;
}

/** The keys that work everywhere but where one types, and not behind a dialog or an open list. A toast hinders nothing. */
export function useFrameKeys<Screen extends string>(keys: FrameKeys<Screen>): void {
  const { screens, help, go } = keys;
  useEffect(() => {
    let waitingSince = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.isComposing ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTyping(event.target)
      )
        return;
      if (document.querySelector('[role="dialog"],[role="listbox"]') !== null) return;
      const read = readKey(screens, event.key, event.timeStamp - waitingSince < WAIT_MS);
      waitingSince = read.act === 'wait' ? event.timeStamp : -Infinity;
      if (read.act === 'none') return;
      // Lists search as one types; a letter that means something here must not move their focus too.
      event.preventDefault();
      event.stopPropagation();
      if (read.act === 'help') help();
      if (read.act === 'go') go(read.screen);
      if (read.act === 'search') document.querySelector<HTMLElement>('[data-search]')?.focus();
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [screens, help, go]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !['radio', 'checkbox', 'range'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

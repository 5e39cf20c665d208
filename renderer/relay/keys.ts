import { useEffect } from 'react';
import type { RelayScreen } from './router.ts';

/** The letter after `g` that opens a screen. */
export const goKeys: Readonly<Record<string, RelayScreen>> = {
  o: 'overview',
  t: 'tunnels',
  r: 'traffic',
  c: 'certificates',
  a: 'audit',
  s: 'settings',
};

/** How long `g` waits for its letter, milliseconds. */
const WAIT_MS = 1500;

/** `g` and a letter, `?` and `/`: everywhere but where one types, and not behind a dialog. */
export function useFrameKeys(help: () => void, go: (screen: RelayScreen) => void): void {
  useEffect(() => {
    let waitingSince = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (event.isComposing || modified || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"],[role="listbox"]') !== null) return;
      const waits = event.timeStamp - waitingSince < WAIT_MS;
      waitingSince = !waits && event.key === 'g' ? event.timeStamp : -Infinity;
      const screen = waits ? goKeys[event.key.toLowerCase()] : undefined;
      if (screen !== undefined) go(screen);
      else if (event.key === '?') help();
      else if (event.key === '/') document.querySelector<HTMLElement>('[data-search]')?.focus();
      else return;
      // Lists search as one types; a letter that means something here must not move their focus too.
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [help, go]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

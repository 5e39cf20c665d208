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

/** Every screen, in the order of the rail. */
export const screenNames = [
  'overview',
  'messages',
  'send',
  'bots',
  'routes',
  'services',
  'tunnel',
  'certificates',
  'logs',
  'settings',
  'enrol',
] as const;
export type ScreenName = (typeof screenNames)[number];

const known: ReadonlySet<string> = new Set(screenNames);

export function isScreenName(name: string): name is ScreenName {
  return known.has(name);
}

import { createElement, lazy, type ComponentType, type ReactElement } from 'react';

/** Every screen, in the order of the rail. A screen's module is `screens/<name>/index.tsx`, its default export the component. */
export const screenNames = [
  'overview',
  'messages',
  'send',
  'bots',
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

type ScreenModule = { default: ComponentType };
const modules = import.meta.glob<ScreenModule>('../screens/*/index.tsx');

/** The screens that this build contains, each loaded when it is first opened. */
export const screens: ReadonlyMap<ScreenName, ReactElement> = new Map(
  screenNames.flatMap((name) => {
    const load = modules[`../screens/${name}/index.tsx`];
    return load === undefined ? [] : [[name, createElement(lazy(load))] as const];
  }),
);

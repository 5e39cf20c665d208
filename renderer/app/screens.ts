import { createElement, type ComponentType, type ReactElement } from 'react';
import { screenNames, type ScreenName } from './screen-names.ts';

// One bundle, not a chunk for each screen: it comes from this machine, and a tab that outlives an upgrade must not ask for a
// file that is gone.
const modules = import.meta.glob<ComponentType>('../screens/*/index.tsx', {
  eager: true,
  import: 'default',
});

/** The screens of this build: the default export of `screens/<name>/index.tsx`, in the order of the rail. */
export const screens: ReadonlyMap<ScreenName, ReactElement> = new Map(
  screenNames.flatMap((name) => {
    const screen = modules[`../screens/${name}/index.tsx`];
    return screen === undefined ? [] : [[name, createElement(screen)] as const];
  }),
);

import {
  createContext,
  use,
  useMemo,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react';
import type { Client } from '../../common/contract/client.ts';
import type { Capability } from '../../common/contract/define.ts';
import type { Snapshot } from '../../common/domain/snapshot.ts';
import type { ConsoleState, ConsoleStore } from './store.ts';

interface Console {
  readonly client: Client;
  readonly store: ConsoleStore;
}

const ConsoleContext = createContext<Console | null>(null);

export function ConsoleProvider(props: Console & { children: ReactNode }): ReactElement {
  const { client, store, children } = props;
  const value = useMemo(() => ({ client, store }), [client, store]);
  return <ConsoleContext value={value}>{children}</ConsoleContext>;
}

function useConsole(): Console {
  const value = use(ConsoleContext);
  if (value === null) throw new Error('ConsoleProvider is missing above this component');
  return value;
}

/** The typed client of the operator contract. */
export function useClient(): Client {
  return useConsole().client;
}

/** The store itself, for predictions. */
export function useConsoleStore(): ConsoleStore {
  return useConsole().store;
}

/** A part of the console's state; works before the first snapshot too. */
export function useConsoleState<T>(select: (state: ConsoleState) => T): T {
  const { store } = useConsole();
  const read = useMemo(() => memoised(() => store.get(), select), [store, select]);
  return useSyncExternalStore(store.subscribe, read);
}

/**
 * A part of the snapshot, e.g. `useSnapshot((s) => s.bots)`. Screens are shown only once there is a snapshot; used above that
 * it throws. Parts keep their identity until they change, so the component draws again only then.
 */
export function useSnapshot<T>(select: (snapshot: Snapshot) => T): T {
  const { store } = useConsole();
  const read = useMemo(() => memoised(() => presentSnapshot(store.get()), select), [store, select]);
  return useSyncExternalStore(store.subscribe, read);
}

/** Whether this console may do what a capability covers. */
export function useCan(capability: Capability): boolean {
  const { store } = useConsole();
  return useSyncExternalStore(
    store.subscribe,
    () => store.get().info?.capabilities.includes(capability) ?? false,
  );
}

function presentSnapshot(state: ConsoleState): Snapshot {
  if (state.snapshot === null)
    throw new Error('useSnapshot needs a snapshot: render it below the frame');
  return state.snapshot;
}

/** A selector may build a new object each time; React needs the same one for the same state. */
function memoised<S, T>(source: () => S, select: (state: S) => T): () => T {
  let last: { state: S; value: T } | null = null;
  return () => {
    const state = source();
    if (last === null || last.state !== state) last = { state, value: select(state) };
    return last.value;
  };
}

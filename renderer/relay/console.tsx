import {
  createContext,
  use,
  useMemo,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react';
import type { RelaySnapshot } from '../../common/domain/relay/views.ts';
import type { RelayClient, RelayState, RelayStore } from './store.ts';

interface RelayConsole {
  readonly client: RelayClient;
  readonly store: RelayStore;
  /** Ends the session and shows the sign-in page. */
  readonly signOut: () => void;
}

const RelayContext = createContext<RelayConsole | null>(null);

export function RelayProvider(props: RelayConsole & { children: ReactNode }): ReactElement {
  const { client, store, signOut, children } = props;
  const value = useMemo(() => ({ client, store, signOut }), [client, store, signOut]);
  return <RelayContext value={value}>{children}</RelayContext>;
}

function useRelay(): RelayConsole {
  const value = use(RelayContext);
  if (value === null) throw new Error('RelayProvider is missing above this component');
  return value;
}

/** The typed client of the relay's contract. */
export function useClient(): RelayClient {
  return useRelay().client;
}

export function useRelayStore(): RelayStore {
  return useRelay().store;
}

export function useSignOut(): () => void {
  return useRelay().signOut;
}

/** A part of the state; works before the first snapshot too. The selector gives parts, not new objects. */
export function useRelayState<T>(select: (state: RelayState) => T): T {
  const { store } = useRelay();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** A part of the snapshot; used above the frame it throws. The selector gives parts, not new objects. */
export function useSnapshot<T>(select: (snapshot: RelaySnapshot) => T): T {
  return useRelayState(({ snapshot }) => {
    if (snapshot === null) throw new Error('useSnapshot needs a snapshot: render it below Frame');
    return select(snapshot);
  });
}

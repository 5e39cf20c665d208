import type { ClientOf } from '../../common/contract/client.ts';
import type { RelayApi } from '../../common/contract/relay-api.ts';
import type {
  RelayInfo,
  RelaySnapshot,
  RelaySnapshotPatch,
} from '../../common/domain/relay/views.ts';
import type { ConsoleTransport, LinkStatus } from '../transport/link.ts';

export type RelayClient = ClientOf<RelayApi>;

/** What every view of the relay's console is drawn from. */
export interface RelayState {
  readonly link: LinkStatus;
  readonly info: RelayInfo | null;
  readonly snapshot: RelaySnapshot | null;
}

export interface RelayStore {
  readonly get: () => RelayState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Takes over what the host answered to a change of the account. */
  readonly setAccount: (account: RelayInfo['account']) => void;
  readonly stop: () => void;
}

/** Patches kept while `state.get` is under way; more than this and it is read once more. */
const MAX_WAITING = 64;

/**
 * The browser's copy of the relay's state: a snapshot, then patches by revision. A missed revision, or a link that came
 * back, reads everything again; patches that arrive meanwhile wait and are applied on top.
 */
export function createRelayStore(
  client: RelayClient,
  link: Pick<ConsoleTransport, 'status' | 'onStatus'>,
): RelayStore {
  const listeners = new Set<() => void>();
  let state: RelayState = { link: link.status(), info: null, snapshot: null };
  let waiting: RelaySnapshotPatch[] = [];
  let loading = false;
  let stale = false;
  let stopped = false;

  const set = (parts: Partial<RelayState>): void => {
    state = { ...state, ...parts };
    for (const listener of listeners) listener();
  };
  /** Applies what waited; false when a revision is missing. */
  const applyWaiting = (from: RelaySnapshot): { snapshot: RelaySnapshot; whole: boolean } => {
    let snapshot = from;
    for (const { rev, patch } of waiting.splice(0)) {
      if (rev > snapshot.rev + 1) return { snapshot, whole: false };
      if (rev === snapshot.rev + 1) {
        const parts = Object.entries(patch).filter(([, part]) => part !== undefined);
        snapshot = { ...snapshot, ...Object.fromEntries(parts), rev };
      }
    }
    return { snapshot, whole: true };
  };
  const load = async (): Promise<void> => {
    stale = true;
    if (loading) return;
    loading = true;
    try {
      while (stale && link.status() === 'open') {
        stale = false;
        const [info, read] = await Promise.all([
          client.call('relay.info'),
          client.call('state.get'),
        ]);
        const { snapshot, whole } = applyWaiting(read);
        if (!whole) stale = true;
        if (stopped) return;
        set({ info, snapshot });
      }
    } catch {
      // The link's own status says that the host is gone; its return loads again.
      waiting = [];
    } finally {
      loading = false;
    }
  };

  const unsubscribe = client.on('state.changed', (patch) => {
    if (waiting.length >= MAX_WAITING) {
      waiting = [];
      stale = true;
    }
    waiting.push(patch);
    if (loading || state.snapshot === null) return;
    const { snapshot, whole } = applyWaiting(state.snapshot);
    set({ snapshot });
    if (!whole) void load();
  });
  const unwatch = link.onStatus(() => {
    set({ link: link.status() });
    if (link.status() === 'open') void load();
  });
  if (link.status() === 'open') void load();

  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setAccount: (account) => {
      if (state.info !== null) set({ info: { ...state.info, account } });
    },
    stop: () => {
      stopped = true;
      unsubscribe();
      unwatch();
      listeners.clear();
    },
  };
}

import type { AppInfo } from '../../common/contract/api.ts';
import type { Client } from '../../common/contract/client.ts';
import type { Snapshot, SnapshotPatch } from '../../common/domain/snapshot.ts';
import type { TunnelPhase, TunnelState } from '../../common/domain/tunnel.ts';
import type { LinkStatus } from '../transport/link.ts';

/** How long a wished-for state is shown before the real one counts again, milliseconds. */
export const PREDICTION_MS = 3000;
/** Patches kept while `state.get` is under way; more than this and it is read once more. */
const MAX_BUFFERED = 256;

/** What every view is drawn from. `snapshot` and `info` stay what they were while the host is lost. */
export interface ConsoleState {
  readonly link: LinkStatus;
  readonly info: AppInfo | null;
  readonly snapshot: Snapshot | null;
}

export interface ConsoleStore {
  get(): ConsoleState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Shows `next` as the tunnel's state until the host reports another phase, or for {@link PREDICTION_MS}. */
  predictTunnel(next: TunnelState): void;
  dropPrediction(): void;
  stop(): void;
}

export interface StorePorts {
  readonly client: Client;
  readonly link: { status(): LinkStatus; onStatus(listener: () => void): () => void };
  readonly after: (ms: number, run: () => void) => () => void;
}

/**
 * The console's copy of the host's state: a snapshot, then patches by revision. A missed revision, or a link that came back,
 * reads `state.get` again; patches that arrive meanwhile wait and are applied on top.
 */
export function createConsoleStore({ client, link, after }: StorePorts): ConsoleStore {
  const listeners = new Set<() => void>();
  let real: Snapshot | null = null;
  let info: AppInfo | null = null;
  let prediction: { state: TunnelState; from: TunnelPhase } | null = null;
  let cancelPrediction: () => void = () => undefined;
  let loading = false;
  let stale = false;
  let waiting: SnapshotPatch[] = [];
  let stopped = false;
  let view: ConsoleState = { link: link.status(), info: null, snapshot: null };

  const publish = (): void => {
    view = { link: link.status(), info, snapshot: shown() };
    for (const listener of listeners) listener();
  };

  const shown = (): Snapshot | null => {
    if (real === null || prediction === null) return real;
    return { ...real, tunnel: { ...real.tunnel, state: prediction.state } };
  };

  const accept = (next: Snapshot): void => {
    real = next;
    if (prediction !== null && next.tunnel.state.phase !== prediction.from) clearPrediction();
  };

  const clearPrediction = (): void => {
    cancelPrediction();
    prediction = null;
  };

  /** Applies what waited; false when a revision is missing. */
  const applyWaiting = (): boolean => {
    const patches = waiting;
    waiting = [];
    for (const { rev, patch } of patches) {
      if (real === null || rev > real.rev + 1) return false;
      if (rev === real.rev + 1) accept({ ...real, ...withoutUndefined(patch), rev });
    }
    return true;
  };

  const load = async (): Promise<void> => {
    if (loading) {
      stale = true;
      return;
    }
    loading = true;
    stale = false;
    try {
      const [nextInfo, next] = await Promise.all([
        client.call('app.info'),
        client.call('state.get'),
      ]);
      if (stopped) return;
      info = nextInfo;
      accept(next);
      if (!applyWaiting()) stale = true;
    } catch {
      // The link's own status says that the host is gone; its return loads again.
      waiting = [];
    } finally {
      loading = false;
    }
    if (stopped) return;
    publish();
    if (stale && link.status() === 'open') await load();
  };

  const unsubscribe = client.on('state.changed', (patch) => {
    if (waiting.length >= MAX_BUFFERED) {
      waiting = [];
      stale = true;
    }
    waiting.push(patch);
    if (loading) return;
    if (applyWaiting()) publish();
    else void load();
  });

  const unwatch = link.onStatus(() => {
    if (link.status() === 'open') void load();
    publish();
  });
  if (link.status() === 'open') void load();

  return {
    get: () => view,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    predictTunnel(next) {
      if (real === null) return;
      clearPrediction();
      prediction = { state: next, from: real.tunnel.state.phase };
      cancelPrediction = after(PREDICTION_MS, () => {
        prediction = null;
        publish();
      });
      publish();
    },
    dropPrediction() {
      if (prediction === null) return;
      clearPrediction();
      publish();
    },
    stop() {
      stopped = true;
      clearPrediction();
      unsubscribe();
      unwatch();
      listeners.clear();
    },
  };
}

/** A patch whose parts may be written as `undefined` must not erase what is known. */
function withoutUndefined(patch: SnapshotPatch['patch']): Partial<Snapshot> {
  return Object.fromEntries(Object.entries(patch).filter(([, part]) => part !== undefined));
}

import type { RelayApi } from '../../common/contract/relay-api.ts';
import type { Payload, TopicName } from '../../common/contract/define.ts';
import type { RelaySnapshot } from '../../common/domain/relay/views.ts';
import type { Logger } from '../../common/domain/log.ts';
import { liveView, storedParts, type StoredParts, type ViewSources } from './views.ts';

type Topic = TopicName<RelayApi>;
type Listener = (payload: unknown) => void;

/** At most four payloads of a topic a second. */
const TICK = 250;
/** Figures of what passes are read at every fourth tick. */
const LIVE_EVERY = 4;
const PRUNE = 60_000;

/** Tells consoles what changed. Nothing is read while nobody listens. */
export interface Feed {
  readonly snapshot: () => RelaySnapshot;
  /** Returns the function that unsubscribes. */
  readonly subscribe: (topic: Topic, listener: Listener) => () => void;
  /** Something stored was just changed by an operator, who should not wait for the next tick. */
  readonly flush: () => void;
  /** A certificate was replaced, which the database does not know of. */
  readonly certificatesChanged: () => void;
  readonly stop: () => void;
}

export function createFeed(sources: ViewSources, log: Logger): Feed {
  const listeners: Readonly<Record<Topic, Set<Listener>>> = {
    'state.changed': new Set(),
    'traffic.changed': new Set(),
  };
  let rev = 0;
  let readAt = -1;
  let stored: StoredParts | null = null;
  let published: Partial<Record<keyof RelaySnapshot, string>> = {};
  let timer: NodeJS.Timeout | null = null;
  let ticks = 0;

  const publish = <K extends Topic>(topic: K, payload: Payload<RelayApi, K>): void => {
    for (const listener of listeners[topic]) {
      try {
        listener(payload);
      } catch (err) {
        log.error({ err, topic }, 'a console could not be told');
      }
    }
  };
  const readStored = (): StoredParts => {
    const changes = sources.store.changes();
    if (stored === null || changes !== readAt) stored = storedParts(sources);
    readAt = changes;
    return stored;
  };
  /** Certificates are renewed without a row being written. */
  const readLive = (): Pick<RelaySnapshot, 'certificates' | 'live'> => ({
    certificates: sources.certificates(),
    live: liveView(sources),
  });
  const publishState = (withLive: boolean): void => {
    const parts = { ...readStored(), ...(withLive ? readLive() : {}) };
    const patch: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(parts)) {
      const text = JSON.stringify(part);
      if (published[name as keyof RelaySnapshot] === text) continue;
      published = { ...published, [name]: text };
      patch[name] = part;
    }
    if (Object.keys(patch).length === 0) return;
    rev += 1;
    publish('state.changed', { rev, patch });
  };
  const flush = (): void => {
    if (listeners['state.changed'].size > 0) publishState(true);
  };
  const tick = (): void => {
    ticks += 1;
    try {
      if (listeners['state.changed'].size > 0) publishState(ticks % LIVE_EVERY === 0);
      const rows = sources.traffic.takeChanged();
      if (rows.length > 0) publish('traffic.changed', { rows });
    } catch (err) {
      log.error({ err }, 'the console’s state could not be read');
    }
  };
  const schedule = (): void => {
    const wanted = Object.values(listeners).some((set) => set.size > 0);
    if (wanted && timer === null) {
      timer = setInterval(tick, TICK);
      timer.unref();
    } else if (!wanted && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
  const prune = setInterval(() => {
    sources.traffic.prune(
      new Set(sources.registry.sessions().map(({ id }) => id)),
      new Set(sources.store.tunnels.all().map(({ name }) => name)),
    );
  }, PRUNE);
  prune.unref();

  return {
    snapshot: () => ({ rev, relay: sources.relay(), ...readStored(), ...readLive() }),
    subscribe: (topic, listener) => {
      // The same function may be subscribed twice; each subscription ends on its own.
      const own: Listener = (payload) => listener(payload);
      listeners[topic].add(own);
      schedule();
      return () => {
        listeners[topic].delete(own);
        schedule();
      };
    },
    flush,
    certificatesChanged: flush,
    stop: () => {
      for (const set of Object.values(listeners)) set.clear();
      schedule();
      clearInterval(prune);
    },
  };
}

import { useSyncExternalStore, createContext, use, type ReactElement, type ReactNode } from 'react';

/** Time for views: everything that ticks at the same pace ticks together, on one timer. */
export interface Clock {
  /** Milliseconds since the epoch as of the last tick of this pace. */
  now(interval: number): number;
  subscribe(interval: number, listener: () => void): () => void;
}

interface Pace {
  now: number;
  readonly listeners: Set<() => void>;
  timer: ReturnType<typeof setInterval> | null;
}

export function createClock(read: () => number = Date.now): Clock {
  const paces = new Map<number, Pace>();

  const paceOf = (interval: number): Pace => {
    let pace = paces.get(interval);
    if (pace === undefined) {
      pace = { now: read(), listeners: new Set(), timer: null };
      paces.set(interval, pace);
    }
    return pace;
  };

  return {
    now: (interval) => {
      const pace = paceOf(interval);
      // Nobody listened, so nothing ticked: the stored time may be old.
      if (pace.timer === null && read() - pace.now >= interval) pace.now = read();
      return pace.now;
    },
    subscribe(interval, listener) {
      const pace = paceOf(interval);
      pace.listeners.add(listener);
      pace.timer ??= setInterval(() => {
        pace.now = read();
        for (const each of pace.listeners) each();
      }, interval);
      return () => {
        pace.listeners.delete(listener);
        if (pace.listeners.size > 0 || pace.timer === null) return;
        clearInterval(pace.timer);
        pace.timer = null;
      };
    },
  };
}

const ClockContext = createContext<Clock>(createClock());

export function ClockProvider(props: { clock: Clock; children: ReactNode }): ReactElement {
  return <ClockContext value={props.clock}>{props.children}</ClockContext>;
}

/** The present, milliseconds since the epoch, renewed every `interval` milliseconds. */
export function useNow(interval = 1000): number {
  const clock = use(ClockContext);
  return useSyncExternalStore(
    (listener) => clock.subscribe(interval, listener),
    () => clock.now(interval),
  );
}

import type { Deadline } from './state.ts';

/** Timers for the deadlines of a state. */
export interface Alarms {
  /** Makes the running timers those of `wanted`; one that is wanted as before keeps running. */
  set(wanted: readonly Deadline[]): void;
}

/** `onDue` is called once for each deadline that comes due while it is wanted. */
export function createAlarms(now: () => number, onDue: (deadline: Deadline) => void): Alarms {
  const running = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();

  const start = (name: string, deadline: Deadline): void => {
    const ring = (): void => {
      running.delete(name);
      onDue(deadline);
    };
    const timer = setTimeout(ring, Math.max(0, deadline.at - now()));
    running.set(name, { at: deadline.at, timer });
  };

  return {
    set: (wanted) => {
      const byName = new Map(wanted.map((deadline) => [nameOf(deadline), deadline]));
      for (const [name, { at, timer }] of running) {
        if (byName.get(name)?.at === at) continue;
        clearTimeout(timer);
        running.delete(name);
      }
      for (const [name, deadline] of byName) if (!running.has(name)) start(name, deadline);
    },
  };
}

function nameOf(deadline: Deadline): string {
  return deadline.name === 'slot' ? `slot ${deadline.slot}` : deadline.name;
}

/** Those who wait for something, by its name, in the order in which they came. */
export interface Turns {
  /** Resolves when it is let go, when `ms` are over, or when `signal` aborts; whoever it lets go looks for itself. */
  wait(name: string, ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets the first one go. */
  pass(name: string): void;
  passAll(name: string): void;
}

export function createTurns(): Turns {
  const waiting = new Map<string, Set<() => void>>();

  return {
    wait: (name, ms, signal) =>
      new Promise((resolve) => {
        const line = waiting.get(name) ?? new Set();
        waiting.set(name, line);
        const go = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', go);
          line.delete(go);
          if (line.size === 0) waiting.delete(name);
          resolve();
        };
        const timer = setTimeout(go, ms);
        signal?.addEventListener('abort', go, { once: true });
        line.add(go);
      }),
    pass(name) {
      if (waiting.size === 0) return;
      const [first] = waiting.get(name) ?? [];
      first?.();
    },
    passAll(name) {
      for (const go of [...(waiting.get(name) ?? [])]) go();
    },
  };
}

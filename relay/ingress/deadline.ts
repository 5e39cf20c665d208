/** Time that a request has until the head of its answer. */
export interface Deadline {
  /** Who is told; at once when it has already passed. Null for nobody. */
  onExpire(listener: (() => void) | null): void;
  /** Starts the time anew: an upload that moves is not late. Does nothing for a fixed deadline. */
  extend(): void;
  readonly expired: boolean;
  stop(): void;
}

/** A deadline of `ms`; a fixed one counts from now whatever happens. */
export function createDeadline(ms: number, fixed: boolean): Deadline {
  let listener: (() => void) | null = null;
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    listener?.();
  }, ms);
  return {
    onExpire: (next) => {
      listener = next;
      if (expired) next?.();
    },
    extend: () => {
      if (!fixed && !expired) timer.refresh();
    },
    get expired() {
      return expired;
    },
    stop: () => clearTimeout(timer),
  };
}
